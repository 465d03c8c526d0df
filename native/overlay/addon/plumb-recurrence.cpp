// The recurrence of a model and of a context, as functions on the addon's exports.
//
// All of them run on the JS thread and take node-llama-cpp's own AddonModel / AddonContext as first argument. What they touch
// while a decode runs on a worker thread is guarded inside libllama (llama-recurrence.h says which calls are thread-safe).
#include "plumb-recurrence.h"

#include "AddonModel.h"
#include "llama-recurrence.h"
#include "plumb-context.h"
#include "plumb-quantize.h"

#include <atomic>
#include <map>
#include <memory>
#include <string>

// one flag per context for the abort callback of the CPU backend; kept for the life of the process, a context may be freed at any time
static std::atomic<bool> * plumb_stop_flag(llama_context * ctx, bool & is_new) {
    static std::map<llama_context *, std::unique_ptr<std::atomic<bool>>> flags; // JS thread only
    auto & flag = flags[ctx];
    is_new = !flag;
    if (is_new) {
        flag = std::make_unique<std::atomic<bool>>(false);
    }
    return flag.get();
}

static Napi::Value plumb_fork_id(const Napi::CallbackInfo & info) {
    return Napi::String::New(info.Env(), PLUMB_FORK_ID);
}

static Napi::Value plumb_model_recurrence(const Napi::CallbackInfo & info) {
    auto * addon = Napi::ObjectWrap<AddonModel>::Unwrap(info[0].As<Napi::Object>());
    if (addon->disposed || !addon->model) {
        return plumb_throw(info.Env(), "Model is not loaded");
    }

    llama_recurrence_info r;
    if (!llama_model_recurrence(addon->model, &r)) {
        return info.Env().Null();
    }

    Napi::Object res = Napi::Object::New(info.Env());
    res.Set("nLayerPrelude", r.n_layer_prelude);
    res.Set("nLayerCore",    r.n_layer_core);
    res.Set("nLayerCoda",    r.n_layer_coda);
    res.Set("nSteps",        r.n_steps);
    res.Set("nStepsMin",     r.n_steps_min);
    res.Set("nStepsMax",     r.n_steps_max);
    res.Set("stateStd",      r.state_std);
    res.Set("nEmbd",         r.n_embd);
    return res;
}

static Napi::Value plumb_set_next_kv_budget(const Napi::CallbackInfo & info) {
    llama_recurrence_set_next_kv_budget(info[0].As<Napi::Number>().Uint32Value());
    return info.Env().Undefined();
}

static Napi::Value plumb_kv(const Napi::CallbackInfo & info) {
    plumb_context c(info);
    llama_recurrence_kv kv;
    if (!c.ctx || !llama_recurrence_kv_info(c.ctx, &kv)) {
        return info.Env().Null();
    }

    Napi::Object res = Napi::Object::New(info.Env());
    res.Set("budget",        kv.n_kv_budget);
    res.Set("slotsOpen",     kv.n_slots_open);
    res.Set("sizeBytes",     (double) kv.n_bytes);
    res.Set("touchedBytes",  (double) kv.n_bytes_open);
    res.Set("bytesPerToken", (double) kv.n_bytes_token);
    return res;
}

static Napi::Value plumb_set_recurrence(const Napi::CallbackInfo & info) {
    plumb_context c(info);
    llama_recurrence_params params;
    if (!c.ctx) {
        return info.Env().Undefined();
    }
    if (!llama_recurrence_get_params(c.ctx, &params)) {
        return plumb_throw(info.Env(), "Model has no recurrence");
    }

    const auto options = info[1].As<Napi::Object>();
    if (options.Get("nSteps").IsNumber()) {
        const int64_t n = options.Get("nSteps").As<Napi::Number>().Int64Value();
        params.n_steps = n < 0 || n > UINT32_MAX ? 0 : n;
    }
    if (options.Get("seed").IsNumber()) {
        params.seed = options.Get("seed").As<Napi::Number>().Int64Value();
    }
    if (options.Get("initScale").IsNumber()) {
        params.init_scale = options.Get("initScale").As<Napi::Number>().FloatValue();
    }
    if (!llama_recurrence_set_params(c.ctx, &params)) {
        return plumb_throw(info.Env(), "Recurrence out of range: nSteps must be within the model's limits and initScale not negative");
    }
    return info.Env().Undefined();
}

static Napi::Value plumb_set_initial_state(const Napi::CallbackInfo & info) {
    plumb_context c(info);
    if (!c.ctx) {
        return info.Env().Undefined();
    }
    if (!info[1].IsTypedArray()) {
        llama_recurrence_set_state(c.ctx, nullptr, 0);
        return info.Env().Undefined();
    }
    const auto data = info[1].As<Napi::Float32Array>();
    if (!llama_recurrence_set_state(c.ctx, data.Data(), data.ElementLength())) {
        return plumb_throw(info.Env(), "The given state is not a multiple of the model's width, or the model has no recurrence");
    }
    return info.Env().Undefined();
}

static Napi::Value plumb_request_stop(const Napi::CallbackInfo & info) {
    plumb_context c(info);
    if (!c.ctx) {
        return info.Env().Undefined();
    }
    const bool stop = info[1].ToBoolean().Value();

    bool is_new = false;
    auto * flag = plumb_stop_flag(c.ctx, is_new);
    if (is_new || !stop) {
        // the address of a freed context may come back: the callback is set again whenever the flag is cleared
        llama_set_abort_callback(c.ctx, [](void * data) { return static_cast<std::atomic<bool> *>(data)->load(); }, flag);
    }
    *flag = stop;
    llama_recurrence_set_stop(c.ctx, stop);
    return info.Env().Undefined();
}

static const char * plumb_exit_reason(llama_recurrence_exit reason) {
    switch (reason) {
        case LLAMA_RECURRENCE_EXIT_STEPS:   return "steps";
        case LLAMA_RECURRENCE_EXIT_STOPPED: return "stopped";
        default:                            return "none";
    }
}

static Napi::Value plumb_progress(const Napi::CallbackInfo & info) {
    plumb_context c(info);
    llama_recurrence_trace r;
    float deltas[1024];
    if (!c.ctx || !llama_recurrence_get_progress(c.ctx, &r, deltas, 1024)) {
        return info.Env().Null();
    }

    const size_t n = std::min<size_t>(r.n_done, 1024);
    auto arr = plumb_f32(info.Env(), n);
    std::copy_n(deltas, n, arr.Data());

    Napi::Object res = Napi::Object::New(info.Env());
    res.Set("decode", (double) r.i_decode);
    res.Set("steps",  r.n_done);
    res.Set("nSteps", r.n_steps);
    res.Set("deltas", arr);
    return res;
}

static Napi::Value plumb_trace(const Napi::CallbackInfo & info) {
    plumb_context c(info);
    llama_recurrence_trace r;
    if (!c.ctx || !llama_recurrence_get_trace(c.ctx, &r, nullptr, 0)) {
        return info.Env().Null();
    }
    auto arr = plumb_f32(info.Env(), r.n_done);
    llama_recurrence_get_trace(c.ctx, &r, arr.Data(), arr.ElementLength());

    Napi::Object res = Napi::Object::New(info.Env());
    res.Set("nSteps",     r.n_done);
    res.Set("exitReason", plumb_exit_reason(r.exit_reason));
    res.Set("deltas",     arr);
    return res;
}

static Napi::Value plumb_deltas(const Napi::CallbackInfo & info) {
    plumb_context c(info);
    if (!c.ctx) {
        return info.Env().Undefined();
    }
    auto arr = plumb_f32(info.Env(), llama_recurrence_get_deltas(c.ctx, nullptr, 0));
    llama_recurrence_get_deltas(c.ctx, arr.Data(), arr.ElementLength());
    return arr;
}

static Napi::Value plumb_logits(const Napi::CallbackInfo & info) {
    plumb_context c(info);
    if (!c.ctx) {
        return info.Env().Undefined();
    }
    const int32_t row = info.Length() > 1 && info[1].IsNumber() ? info[1].As<Napi::Number>().Int32Value() : -1;

    const float * logits = llama_get_logits_ith(c.ctx, row);
    if (!logits) {
        return plumb_throw(info.Env(), "No logits for this row");
    }
    auto arr = plumb_f32(info.Env(), llama_vocab_n_tokens(llama_model_get_vocab(llama_get_model(c.ctx))));
    std::copy_n(logits, arr.ElementLength(), arr.Data());
    return arr;
}

static Napi::Value plumb_tap(const Napi::CallbackInfo & info) {
    plumb_context c(info);
    if (c.ctx) {
        llama_recurrence_set_tap(c.ctx, info[1].ToBoolean().Value());
    }
    return info.Env().Undefined();
}

static Napi::Value plumb_latent_states(const Napi::CallbackInfo & info) {
    plumb_context c(info);
    if (!c.ctx) {
        return info.Env().Undefined();
    }

    uint32_t n_steps  = 0;
    uint32_t n_tokens = 0;
    auto arr = plumb_f32(info.Env(), llama_recurrence_get_states(c.ctx, &n_steps, &n_tokens, nullptr, 0));
    llama_recurrence_get_states(c.ctx, &n_steps, &n_tokens, arr.Data(), arr.ElementLength());

    Napi::Object res = Napi::Object::New(info.Env());
    res.Set("nSteps",  n_steps);
    res.Set("nTokens", n_tokens);
    res.Set("nEmbd",   (double) (n_steps*n_tokens == 0 ? 0 : arr.ElementLength()/((size_t) n_steps*n_tokens)));
    res.Set("states",  arr);
    return res;
}

void plumb_recurrence_register(Napi::Env env, Napi::Object exports) {
    (void) env;
    exports.DefineProperties({
        Napi::PropertyDescriptor::Function("plumbForkId",          plumb_fork_id),
        Napi::PropertyDescriptor::Function("plumbModelRecurrence", plumb_model_recurrence),
        Napi::PropertyDescriptor::Function("plumbSetNextKvBudget", plumb_set_next_kv_budget),
        Napi::PropertyDescriptor::Function("plumbKv",              plumb_kv),
        Napi::PropertyDescriptor::Function("plumbSetRecurrence",   plumb_set_recurrence),
        Napi::PropertyDescriptor::Function("plumbSetInitialState", plumb_set_initial_state),
        Napi::PropertyDescriptor::Function("plumbRequestStop",     plumb_request_stop),
        Napi::PropertyDescriptor::Function("plumbProgress",        plumb_progress),
        Napi::PropertyDescriptor::Function("plumbTrace",           plumb_trace),
        Napi::PropertyDescriptor::Function("plumbDeltas",          plumb_deltas),
        Napi::PropertyDescriptor::Function("plumbLogits",          plumb_logits),
        Napi::PropertyDescriptor::Function("plumbTap",             plumb_tap),
        Napi::PropertyDescriptor::Function("plumbLatentStates",    plumb_latent_states),
        Napi::PropertyDescriptor::Function("plumbQuantize",        plumb_quantize),
    });
}
