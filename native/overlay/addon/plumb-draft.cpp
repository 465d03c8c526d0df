// The distribution of any row of a decode, and drafting: a few tokens decoded and drawn one after the other in one call.
//
// Between two tokens there is nothing for JavaScript to decide, and going there and back costs a small model as much as the token.
#include "plumb-draft.h"

#include "plumb-context.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

struct plumb_sampling {
    float   temperature;
    int32_t top_k;
    float   top_p;
    float   min_p;
    float   repeat_penalty;

    explicit plumb_sampling(const Napi::Object & options) {
        const auto number = [&](const char * name) { return options.Get(name).As<Napi::Number>(); };

        temperature    = number("temperature").FloatValue();
        top_k          = number("topK").Int32Value();
        top_p          = number("topP").FloatValue();
        min_p          = number("minP").FloatValue();
        repeat_penalty = number("repeatPenalty").FloatValue();
    }
};

// candidates, likeliest first; probabilities add up to 1
struct plumb_distribution {
    std::vector<uint32_t> ids;
    std::vector<double>   probabilities;

    Napi::Object to_js(Napi::Env env) const {
        auto js_ids   = Napi::Uint32Array::New(env, ids.size());
        auto js_probs = Napi::Float64Array::New(env, ids.size());
        std::copy(ids.begin(), ids.end(), js_ids.Data());
        std::copy(probabilities.begin(), probabilities.end(), js_probs.Data());

        Napi::Object res = Napi::Object::New(env);
        res.Set("ids",           js_ids);
        res.Set("probabilities", js_probs);
        return res;
    }
};

// the candidates that AddonSampler's chain draws from: the same samplers of llama.cpp in the same order, without the draw at its end;
// without memory, so that a draft can be taken back: the tokens before the row are given
static plumb_distribution plumb_distribute(llama_context * ctx, const float * logits, const plumb_sampling & s, const std::vector<uint32_t> & recent) {
    const int32_t n_vocab = llama_vocab_n_tokens(llama_model_get_vocab(llama_get_model(ctx)));

    if (s.temperature <= 0.0f && s.repeat_penalty == 1.0f) {
        // of equal ones the lowest id, as llama.cpp's greedy sampler
        return { { (uint32_t) (std::max_element(logits, logits + n_vocab) - logits) }, { 1.0 } };
    }

    std::vector<llama_token_data> data(n_vocab);
    for (int32_t id = 0; id < n_vocab; ++id) {
        data[id] = { id, logits[id], 0.0f };
    }
    llama_token_data_array cand = { data.data(), data.size(), -1, false };

    const auto apply = [&](llama_sampler * sampler) {
        std::unique_ptr<llama_sampler, decltype(&llama_sampler_free)> owner(sampler, llama_sampler_free);
        llama_sampler_apply(sampler, &cand);
    };

    if (s.repeat_penalty != 1.0f) {
        auto * penalties = llama_sampler_init_penalties(n_vocab, 64, s.repeat_penalty, 0.0f, 0.0f);
        for (const uint32_t id : recent) {
            llama_sampler_accept(penalties, id);
        }
        apply(penalties);
    }

    if (s.temperature <= 0.0f) {
        const auto best = std::max_element(cand.data, cand.data + cand.size, [](const auto & a, const auto & b) { return a.logit < b.logit; });
        cand.data[0] = *best;
        cand.size    = 1;
    } else {
        apply(llama_sampler_init_top_k(s.top_k <= 0 ? n_vocab : std::min(s.top_k, n_vocab)));
        apply(llama_sampler_init_top_p(s.top_p, 1));
        if (s.min_p > 0.0f) {
            apply(llama_sampler_init_min_p(s.min_p, 1));
        }
        apply(llama_sampler_init_temp(s.temperature));
        std::sort(cand.data, cand.data + cand.size, [](const auto & a, const auto & b) { return a.logit > b.logit || (a.logit == b.logit && a.id < b.id); });
    }

    plumb_distribution res;
    double sum = 0.0;
    for (size_t i = 0; i < cand.size; ++i) {
        res.ids.push_back(cand.data[i].id);
        res.probabilities.push_back(std::exp((double) cand.data[i].logit - cand.data[0].logit));
        sum += res.probabilities.back();
    }
    for (double & p : res.probabilities) {
        p /= sum;
    }
    return res;
}

static std::vector<uint32_t> plumb_ids(const Napi::Value & value) {
    const auto ids = value.As<Napi::Uint32Array>();
    return std::vector<uint32_t>(ids.Data(), ids.Data() + ids.ElementLength());
}

// plumbDistribution(ctx, row, { temperature, topK, topP, minP, repeatPenalty }, recent)
static Napi::Value plumb_distribution_of_row(const Napi::CallbackInfo & info) {
    plumb_context c(info);
    if (!c.ctx) {
        return info.Env().Undefined();
    }
    const float * logits = llama_get_logits_ith(c.ctx, info[1].As<Napi::Number>().Int32Value());
    if (!logits) {
        return plumb_throw(info.Env(), "No logits for this row");
    }
    return plumb_distribute(c.ctx, logits, plumb_sampling(info[2].As<Napi::Object>()), plumb_ids(info[3])).to_js(info.Env());
}

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

            // the candidate in whose share of [0, 1) the chance falls, as drawFrom() of the engine
            const auto & d = drawn.back();
            size_t i = 0;
            for (double sum = d.probabilities[0]; i + 1 < d.ids.size() && chance >= sum; sum += d.probabilities[i]) {
                ++i;
            }
            token = d.ids[i];
            ids.push_back(token);
            recent.push_back(token);
            if (recent.size() > 64) {
                recent.erase(recent.begin());
            }
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
        Napi::PropertyDescriptor::Function("plumbDistribution", plumb_distribution_of_row),
        Napi::PropertyDescriptor::Function("plumbDraft",        plumb_draft),
    });
}
