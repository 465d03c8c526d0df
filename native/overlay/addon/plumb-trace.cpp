// What a context shows of its recurrence: progress, traces, logits, and the taps of states and blocks.
#include "plumb-recurrence.h"

#include "plumb-context.h"

#include <algorithm>

static const char * plumb_exit_reason(llama_recurrence_exit reason) {
    switch (reason) {
        case LLAMA_RECURRENCE_EXIT_STEPS:     return "steps";
        case LLAMA_RECURRENCE_EXIT_STOPPED:   return "stopped";
        case LLAMA_RECURRENCE_EXIT_CONVERGED: return "converged";
        case LLAMA_RECURRENCE_EXIT_HURRIED:   return "hurried";
        default:                              return "none";
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

    auto values = plumb_f32(info.Env(), llama_recurrence_get_exit_values(c.ctx, nullptr, 0));
    llama_recurrence_get_exit_values(c.ctx, values.Data(), values.ElementLength());
    res.Set("exitValues", values);
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
        llama_recurrence_set_tap_inside(c.ctx, info.Length() > 2 && info[2].ToBoolean().Value());
    }
    return info.Env().Undefined();
}

static Napi::Value plumb_inside(const Napi::CallbackInfo & info) {
    plumb_context c(info);
    Napi::Array res = Napi::Array::New(info.Env());

    const char  * name;
    const float * data;
    uint32_t step;
    size_t   n;
    for (uint32_t i = 0; c.ctx && llama_recurrence_get_inside(c.ctx, i, &name, &step, &data, &n); ++i) {
        auto arr = plumb_f32(info.Env(), n);
        std::copy_n(data, n, arr.Data());

        Napi::Object item = Napi::Object::New(info.Env());
        item.Set("name",   name);
        item.Set("step",   step);
        item.Set("values", arr);
        res.Set(i, item);
    }
    return res;
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

void plumb_trace_register(Napi::Env env, Napi::Object exports) {
    (void) env;
    exports.DefineProperties({
        Napi::PropertyDescriptor::Function("plumbProgress",     plumb_progress),
        Napi::PropertyDescriptor::Function("plumbTrace",        plumb_trace),
        Napi::PropertyDescriptor::Function("plumbDeltas",       plumb_deltas),
        Napi::PropertyDescriptor::Function("plumbLogits",       plumb_logits),
        Napi::PropertyDescriptor::Function("plumbTap",          plumb_tap),
        Napi::PropertyDescriptor::Function("plumbLatentStates", plumb_latent_states),
        Napi::PropertyDescriptor::Function("plumbInside",       plumb_inside),
    });
}
