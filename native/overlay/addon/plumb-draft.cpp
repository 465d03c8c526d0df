// Drafting: a few tokens decoded and drawn one after the other in one call.
//
// Between two tokens there is nothing for JavaScript to decide, and going there and back costs a small model as much as the token.
#include "plumb-draft.h"

#include "plumb-context.h"
#include "plumb-distribution.h"

#include <algorithm>
#include <vector>

class plumb_draft_worker : public Napi::AsyncWorker {
public:
    plumb_draft_worker(Napi::Env env, AddonContext * addon, const plumb_sampling & sampling) :
        Napi::AsyncWorker(env, "plumbDraft"), deferred(env), sampling(sampling), addon(addon) {
        addon->Ref();
    }
    ~plumb_draft_worker() override {
        addon->Unref();
    }

    Napi::Promise::Deferred deferred;

    plumb_sampling        sampling;
    uint32_t              token    = 0;
    llama_pos             position = 0;
    std::vector<uint32_t> recent;
    std::vector<double>   chances; // one for each token at most

protected:
    void Execute() override {
        const auto * vocab = llama_model_get_vocab(llama_get_model(addon->ctx));

        llama_batch batch = llama_batch_init(1, 0, 1);
        for (const double chance : chances) {
            if (llama_vocab_is_eog(vocab, token)) {
                break;
            }
            batch.n_tokens     = 1;
            batch.token[0]     = token;
            batch.pos[0]       = position++;
            batch.n_seq_id[0]  = 1;
            batch.seq_id[0][0] = 0;
            batch.logits[0]    = true;

            if (llama_decode(addon->ctx, batch) != 0) {
                SetError("Eval has failed");
                break;
            }
            drawn.push_back(plumb_distribute(addon->ctx, llama_get_logits_ith(addon->ctx, -1), sampling, recent));

            token = drawn.back().draw(chance);
            ids.push_back(token);
            plumb_remember(recent, token);
        }
        llama_batch_free(batch);
    }

    void OnOK() override {
        Napi::HandleScope scope(Env());
        auto js_ids = Napi::Uint32Array::New(Env(), ids.size());
        std::copy(ids.begin(), ids.end(), js_ids.Data());

        Napi::Array js_drawn = Napi::Array::New(Env(), drawn.size());
        for (size_t i = 0; i < drawn.size(); ++i) {
            js_drawn.Set((uint32_t) i, drawn[i].to_js(Env()));
        }
        Napi::Object res = Napi::Object::New(Env());
        res.Set("ids",           js_ids);
        res.Set("distributions", js_drawn);
        deferred.Resolve(res);
    }

    void OnError(const Napi::Error & err) override {
        deferred.Reject(err.Value());
    }

private:
    AddonContext * addon;

    std::vector<uint32_t>           ids;
    std::vector<plumb_distribution> drawn;
};

// plumbDraft(ctx, token, position, sampling, recent, chances) -> { ids, distributions }: decodes the token, draws the next from its
// distribution with the first chance, decodes that, and so on; ends early behind a token that ends an answer
static Napi::Value plumb_draft(const Napi::CallbackInfo & info) {
    plumb_context c(info);
    if (!c.ctx) {
        return info.Env().Undefined();
    }
    auto * worker = new plumb_draft_worker(info.Env(), c.addon, plumb_sampling(info[3].As<Napi::Object>()));

    worker->token    = info[1].As<Napi::Number>().Uint32Value();
    worker->position = info[2].As<Napi::Number>().Int32Value();
    worker->recent   = plumb_ids(info[4]);

    const auto chances = info[5].As<Napi::Float64Array>();
    worker->chances.assign(chances.Data(), chances.Data() + chances.ElementLength());

    auto promise = worker->deferred.Promise();
    worker->Queue();
    return promise;
}

void plumb_draft_register(Napi::Env env, Napi::Object exports) {
    (void) env;
    exports.DefineProperties({
        Napi::PropertyDescriptor::Function("plumbDraft", plumb_draft),
    });
}
