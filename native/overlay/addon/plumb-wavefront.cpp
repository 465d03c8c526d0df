// The window of a wavefront: positions that are refined together.
#include "plumb-wavefront.h"

#include "llama-recurrence-wavefront.h"
#include "plumb-context.h"
#include "plumb-distribution.h"

#include <algorithm>
#include <vector>

static llama_recurrence_wave_params plumb_wave_params(const Napi::Object & options) {
    const auto number = [&](const char * name) { return options.Get(name).ToNumber().FloatValue(); };

    llama_recurrence_wave_params params = {};
    params.first_step   = options.Get("firstStep").ToNumber().Uint32Value();
    params.embd_average = number("embeddingAverage");
    params.state_noise  = number("stateNoise");
    params.average_new  = options.Get("averageNew").ToBoolean();
    params.n_carry      = options.Get("carry").ToNumber().Uint32Value();
    return params;
}

// plumbWaveBegin(ctx, { firstStep, embeddingAverage, stateNoise, averageNew, carry }): decodes are passes over a window from now on
static Napi::Value plumb_wave_begin(const Napi::CallbackInfo & info) {
    plumb_context c(info);
    const auto params = plumb_wave_params(info[1].As<Napi::Object>());
    if (c.ctx && !llama_recurrence_wave_begin(c.ctx, &params)) {
        return plumb_throw(info.Env(), "The model has no recurrence, or a share is not within 0 and 1");
    }
    return info.Env().Undefined();
}

// plumbWaveUpdate(ctx, the same): from the next pass on
static Napi::Value plumb_wave_update(const Napi::CallbackInfo & info) {
    plumb_context c(info);
    const auto params = plumb_wave_params(info[1].As<Napi::Object>());
    if (c.ctx && !llama_recurrence_wave_update(c.ctx, &params)) {
        return plumb_throw(info.Env(), "No wave was begun, or a share is not within 0 and 1");
    }
    return info.Env().Undefined();
}

// plumbWaveEnd(ctx): what is left in the cache is ordinary from now on
static Napi::Value plumb_wave_end(const Napi::CallbackInfo & info) {
    plumb_context c(info);
    if (c.ctx) {
        llama_recurrence_wave_end(c.ctx);
    }
    return info.Env().Undefined();
}

// a pass and the draws behind it, as plumb-draft.cpp: JavaScript decides only over the whole of it
class plumb_refine_worker : public Napi::AsyncWorker {
public:
    plumb_refine_worker(Napi::Env env, AddonContext * addon, const plumb_sampling & sampling) :
        Napi::AsyncWorker(env, "plumbRefine"), deferred(env), sampling(sampling), addon(addon) {
        addon->Ref();
    }
    ~plumb_refine_worker() override {
        addon->Unref();
    }

    Napi::Promise::Deferred deferred;

    plumb_sampling        sampling;
    std::vector<uint32_t> tokens;
    llama_pos             position = 0;
    std::vector<uint32_t> recent;  // before the second token of the window
    std::vector<double>   chances; // one for each token
    uint32_t              shift = 0;

protected:
    void Execute() override {
        const int32_t n = tokens.size();

        llama_batch batch = llama_batch_init(n, 0, 1);
        for (batch.n_tokens = 0; batch.n_tokens < n; ++batch.n_tokens) {
            const int32_t i = batch.n_tokens;
            batch.token[i]     = tokens[i];
            batch.pos[i]       = position + i;
            batch.n_seq_id[i]  = 1;
            batch.seq_id[i][0] = 0;
            batch.logits[i]    = true;
        }
        const int32_t status = llama_decode(addon->ctx, batch);
        llama_batch_free(batch);
        if (status != 0) {
            SetError("Eval has failed");
            return;
        }

        for (int32_t i = 0; i < n; ++i) {
            if (i > 0) {
                plumb_remember(recent, tokens[i]);
            }
            ids.push_back(plumb_distribute(addon->ctx, llama_get_logits_ith(addon->ctx, i), sampling, recent).draw(chances[i]));
        }
        changes.resize(llama_recurrence_wave_changes(addon->ctx, shift, nullptr, 0));
        llama_recurrence_wave_changes(addon->ctx, shift, changes.data(), changes.size());
    }

    void OnOK() override {
        Napi::HandleScope scope(Env());
        auto js_ids     = Napi::Uint32Array::New(Env(), ids.size());
        auto js_changes = plumb_f32(Env(), changes.size());
        std::copy(ids.begin(), ids.end(), js_ids.Data());
        std::copy(changes.begin(), changes.end(), js_changes.Data());

        Napi::Object res = Napi::Object::New(Env());
        res.Set("ids",     js_ids);
        res.Set("changes", js_changes);
        deferred.Resolve(res);
    }

    void OnError(const Napi::Error & err) override {
        deferred.Reject(err.Value());
    }

private:
    AddonContext * addon;

    std::vector<uint32_t> ids;
    std::vector<float>    changes;
};

// plumbRefine(ctx, tokens, position, sampling, recent, chances, shift) -> { ids, changes }: one pass over the window, what follows each
// of its tokens, and |x_i - y_(i + shift)| / |x_i| of its states after and before the pass
static Napi::Value plumb_refine(const Napi::CallbackInfo & info) {
    plumb_context c(info);
    if (!c.ctx) {
        return info.Env().Undefined();
    }
    const auto tokens  = plumb_ids(info[1]);
    const auto chances = info[5].As<Napi::Float64Array>();
    if (tokens.empty() || chances.ElementLength() != tokens.size() || tokens.size() > llama_n_batch(c.ctx)) {
        return plumb_throw(info.Env(), "A window has at least one token, a chance for each, and fits a batch");
    }
    auto * worker = new plumb_refine_worker(info.Env(), c.addon, plumb_sampling(info[3].As<Napi::Object>()));

    worker->tokens   = tokens;
    worker->position = info[2].As<Napi::Number>().Int32Value();
    worker->recent   = plumb_ids(info[4]);
    worker->chances.assign(chances.Data(), chances.Data() + chances.ElementLength());
    worker->shift    = info[6].ToNumber().Uint32Value();

    auto promise = worker->deferred.Promise();
    worker->Queue();
    return promise;
}

void plumb_wavefront_register(Napi::Env env, Napi::Object exports) {
    (void) env;
    exports.DefineProperties({
        Napi::PropertyDescriptor::Function("plumbWaveBegin",    plumb_wave_begin),
        Napi::PropertyDescriptor::Function("plumbWaveUpdate",   plumb_wave_update),
        Napi::PropertyDescriptor::Function("plumbWaveEnd",      plumb_wave_end),
        Napi::PropertyDescriptor::Function("plumbRefine",       plumb_refine),
    });
}
