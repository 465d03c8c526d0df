// What samplers need that work on several positions at once: the distribution of any row, and the window of a wavefront.
#include "plumb-wavefront.h"

#include "llama-recurrence-wavefront.h"
#include "plumb-context.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

// plumbDistribution(ctx, row, { temperature, topK, topP, minP, repeatPenalty }, recent)
// The candidates that AddonSampler's chain draws from, likeliest first: the same samplers of llama.cpp in the same order, without the
// draw at its end. Without memory, so that a draft can be taken back: the tokens before the row are given.
static Napi::Value plumb_distribution(const Napi::CallbackInfo & info) {
    plumb_context c(info);
    if (!c.ctx) {
        return info.Env().Undefined();
    }
    const float * logits = llama_get_logits_ith(c.ctx, info[1].As<Napi::Number>().Int32Value());
    if (!logits) {
        return plumb_throw(info.Env(), "No logits for this row");
    }
    const auto options = info[2].As<Napi::Object>();
    const auto number  = [&](const char * name) { return options.Get(name).As<Napi::Number>().FloatValue(); };

    const int32_t n_vocab = llama_vocab_n_tokens(llama_model_get_vocab(llama_get_model(c.ctx)));

    std::vector<llama_token_data> data(n_vocab);
    for (int32_t id = 0; id < n_vocab; ++id) {
        data[id] = { id, logits[id], 0.0f };
    }
    llama_token_data_array cand = { data.data(), data.size(), -1, false };

    const auto apply = [&](llama_sampler * sampler) {
        std::unique_ptr<llama_sampler, decltype(&llama_sampler_free)> owner(sampler, llama_sampler_free);
        llama_sampler_apply(sampler, &cand);
    };

    if (number("repeatPenalty") != 1.0f) {
        const auto recent = info[3].As<Napi::Uint32Array>();
        auto * penalties = llama_sampler_init_penalties(n_vocab, 64, number("repeatPenalty"), 0.0f, 0.0f);
        for (size_t i = 0; i < recent.ElementLength(); ++i) {
            llama_sampler_accept(penalties, recent[i]);
        }
        apply(penalties);
    }

    const float temperature = number("temperature");
    if (temperature <= 0.0f) {
        // of equal ones the lowest id, as llama.cpp's greedy sampler
        const auto best = std::max_element(cand.data, cand.data + cand.size, [](const auto & a, const auto & b) { return a.logit < b.logit; });
        cand.data[0] = *best;
        cand.size    = 1;
    } else {
        const int32_t top_k = options.Get("topK").As<Napi::Number>().Int32Value();
        apply(llama_sampler_init_top_k(top_k <= 0 ? n_vocab : std::min(top_k, n_vocab)));
        apply(llama_sampler_init_top_p(number("topP"), 1));
        if (number("minP") > 0.0f) {
            apply(llama_sampler_init_min_p(number("minP"), 1));
        }
        apply(llama_sampler_init_temp(temperature));
        std::sort(cand.data, cand.data + cand.size, [](const auto & a, const auto & b) { return a.logit > b.logit || (a.logit == b.logit && a.id < b.id); });
    }

    auto ids   = Napi::Uint32Array::New(info.Env(), cand.size);
    auto probs = Napi::Float64Array::New(info.Env(), cand.size);

    double sum = 0.0;
    for (size_t i = 0; i < cand.size; ++i) {
        ids[i]   = cand.data[i].id;
        probs[i] = std::exp((double) cand.data[i].logit - cand.data[0].logit);
        sum += probs[i];
    }
    for (size_t i = 0; i < cand.size; ++i) {
        probs[i] = probs[i]/sum;
    }

    Napi::Object res = Napi::Object::New(info.Env());
    res.Set("ids",           ids);
    res.Set("probabilities", probs);
    return res;
}

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
        Napi::PropertyDescriptor::Function("plumbDistribution", plumb_distribution),
        Napi::PropertyDescriptor::Function("plumbWaveBegin",    plumb_wave_begin),
        Napi::PropertyDescriptor::Function("plumbWaveUpdate",   plumb_wave_update),
        Napi::PropertyDescriptor::Function("plumbWaveEnd",      plumb_wave_end),
        Napi::PropertyDescriptor::Function("plumbWaveChanges",  plumb_wave_changes),
    });
}
