// The recurrence of a model and of a context, as functions on the addon's exports.
//
// All of them run on the JS thread and take node-llama-cpp's own AddonModel / AddonContext as first argument. What they touch
// while a decode runs on a worker thread is guarded inside libllama (llama-recurrence.h says which calls are thread-safe).
#include "plumb-recurrence.h"

#include "AddonModel.h"
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
    llama_recurrence_set_next_kv_anchored(info.Length() > 1 && info[1].ToBoolean().Value());
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
    if (options.Get("start").IsNumber()) {
        params.start = (llama_recurrence_start) options.Get("start").As<Napi::Number>().Int32Value();
    }
    params.hold = (llama_recurrence_hold) (options.Get("hold").IsNumber() ? options.Get("hold").As<Napi::Number>().Int32Value() : 0);
    if (options.Get("exit").IsObject()) {
        // kinds are counted as llama_recurrence_criterion counts them; native.ts has the names
        const auto exit = options.Get("exit").As<Napi::Object>();
        params.criterion         = (llama_recurrence_criterion) exit.Get("kind").As<Napi::Number>().Int32Value();
        params.threshold         = exit.Get("threshold").As<Napi::Number>().FloatValue();
        params.n_steps_unchecked = exit.Get("minSteps").As<Napi::Number>().Uint32Value();
        params.check_every       = exit.Get("checkEvery").As<Napi::Number>().Uint32Value();
    } else if (options.Get("exit").IsNull()) {
        params.criterion = LLAMA_RECURRENCE_CRITERION_NONE;
    }
    if (!llama_recurrence_set_params(c.ctx, &params)) {
        return plumb_throw(info.Env(), "Recurrence out of range: nSteps must be within the model's limits, initScale not negative, checkEvery at least 1");
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

static Napi::Value plumb_hurry(const Napi::CallbackInfo & info) {
    plumb_context c(info);
    if (c.ctx) {
        llama_recurrence_set_hurry(c.ctx, info[1].ToBoolean().Value());
    }
    return info.Env().Undefined();
}

void plumb_recurrence_register(Napi::Env env, Napi::Object exports) {
    plumb_trace_register(env, exports);
    exports.DefineProperties({
        Napi::PropertyDescriptor::Function("plumbForkId",          plumb_fork_id),
        Napi::PropertyDescriptor::Function("plumbModelRecurrence", plumb_model_recurrence),
        Napi::PropertyDescriptor::Function("plumbSetNextKvBudget", plumb_set_next_kv_budget),
        Napi::PropertyDescriptor::Function("plumbKv",              plumb_kv),
        Napi::PropertyDescriptor::Function("plumbSetRecurrence",   plumb_set_recurrence),
        Napi::PropertyDescriptor::Function("plumbSetInitialState", plumb_set_initial_state),
        Napi::PropertyDescriptor::Function("plumbRequestStop",     plumb_request_stop),
        Napi::PropertyDescriptor::Function("plumbHurry",           plumb_hurry),
        Napi::PropertyDescriptor::Function("plumbQuantize",        plumb_quantize),
    });
}
