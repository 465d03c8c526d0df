// The window of a wavefront: positions that are refined together.
#include "plumb-wavefront.h"

#include "llama-recurrence-wavefront.h"
#include "plumb-context.h"


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

// plumbWaveChanges(ctx, shift) -> |x_i - y_(i + shift)| / |x_i| of the last window, after and before the pass
static Napi::Value plumb_wave_changes(const Napi::CallbackInfo & info) {
    plumb_context c(info);
    if (!c.ctx) {
        return info.Env().Undefined();
    }
    const uint32_t shift = info[1].ToNumber().Uint32Value();
    auto arr = plumb_f32(info.Env(), llama_recurrence_wave_changes(c.ctx, shift, nullptr, 0));
    llama_recurrence_wave_changes(c.ctx, shift, arr.Data(), arr.ElementLength());
    return arr;
}

void plumb_wavefront_register(Napi::Env env, Napi::Object exports) {
    (void) env;
    exports.DefineProperties({
        Napi::PropertyDescriptor::Function("plumbWaveBegin",    plumb_wave_begin),
        Napi::PropertyDescriptor::Function("plumbWaveUpdate",   plumb_wave_update),
        Napi::PropertyDescriptor::Function("plumbWaveEnd",      plumb_wave_end),
        Napi::PropertyDescriptor::Function("plumbWaveChanges",  plumb_wave_changes),
    });
}
