// What a token is drawn from: the candidates of any row of a decode with their probabilities.
#pragma once

#include "napi.h"

#include "llama.h"

#include <cstddef>
#include <cstdint>
#include <vector>

struct plumb_sampling {
    float   temperature;
    int32_t top_k;
    float   top_p;
    float   min_p;
    float   repeat_penalty;

    explicit plumb_sampling(const Napi::Object & options);
};

// candidates, likeliest first; probabilities add up to 1
struct plumb_distribution {
    std::vector<uint32_t> ids;
    std::vector<double>   probabilities;

    // the candidate in whose share of [0, 1) the chance falls, as drawFrom() of the engine
    uint32_t draw(double chance) const;

    Napi::Object to_js(Napi::Env env) const;
};

// the candidates that AddonSampler's chain draws from: the same samplers of llama.cpp in the same order, without the draw at its end;
// without memory, so that a draft can be taken back: the tokens before the row are given
plumb_distribution plumb_distribute(llama_context * ctx, const float * logits, const plumb_sampling & s, const std::vector<uint32_t> & recent);

// one more token before the row that comes next: the repeat penalty sees the last 64
void plumb_remember(std::vector<uint32_t> & recent, uint32_t id);

std::vector<uint32_t> plumb_ids(const Napi::Value & value);

void plumb_distribution_register(Napi::Env env, Napi::Object exports);
