#include "plumb-distribution.h"

#include "plumb-context.h"

#include <algorithm>
#include <cmath>
#include <memory>

plumb_sampling::plumb_sampling(const Napi::Object & options) {
    const auto number = [&](const char * name) { return options.Get(name).As<Napi::Number>(); };

    temperature    = number("temperature").FloatValue();
    top_k          = number("topK").Int32Value();
    top_p          = number("topP").FloatValue();
    min_p          = number("minP").FloatValue();
    repeat_penalty = number("repeatPenalty").FloatValue();
}

uint32_t plumb_distribution::draw(double chance) const {
    size_t i = 0;
    for (double sum = probabilities[0]; i + 1 < ids.size() && chance >= sum; sum += probabilities[i]) {
        ++i;
    }
    return ids[i];
}

Napi::Object plumb_distribution::to_js(Napi::Env env) const {
    auto js_ids   = Napi::Uint32Array::New(env, ids.size());
    auto js_probs = Napi::Float64Array::New(env, ids.size());
    std::copy(ids.begin(), ids.end(), js_ids.Data());
    std::copy(probabilities.begin(), probabilities.end(), js_probs.Data());

    Napi::Object res = Napi::Object::New(env);
    res.Set("ids",           js_ids);
    res.Set("probabilities", js_probs);
    return res;
}

plumb_distribution plumb_distribute(llama_context * ctx, const float * logits, const plumb_sampling & s, const std::vector<uint32_t> & recent) {
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

void plumb_remember(std::vector<uint32_t> & recent, uint32_t id) {
    recent.push_back(id);
    if (recent.size() > 64) {
        recent.erase(recent.begin());
    }
}

std::vector<uint32_t> plumb_ids(const Napi::Value & value) {
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

void plumb_distribution_register(Napi::Env env, Napi::Object exports) {
    (void) env;
    exports.DefineProperties({
        Napi::PropertyDescriptor::Function("plumbDistribution", plumb_distribution_of_row),
    });
}
