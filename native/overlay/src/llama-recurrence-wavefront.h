#pragma once

// latent states of a window of positions, kept in host memory between the decodes that refine them
//
// Diffusion forcing for recurrent-depth models: "Efficient Parallel Samplers for Recurrent-Depth Models and Their Connection to
// Diffusion Language Models", generate_diffusion_style in https://github.com/seal-rg/recurrent-pretraining

#include "../include/llama-recurrence-wavefront.h"

#include "llama-batch.h"

#include <map>
#include <vector>

struct llama_recurrence_wave {
    struct position {
        std::vector<float> state;
        std::vector<float> inject; // averaged; the averaging of the embedding commutes with the adapter, which is linear
        uint32_t           n_steps = 0;
    };

    llama_recurrence_wave_params params = {};

    uint32_t n_passes = 0;
    uint32_t n_steps  = 0;              // of the last pass
    uint32_t first    = 0;              // first_step of the last pass

    std::map<llama_pos, position> kept; // the last window

    std::vector<float> before;          // [n_tokens][n_embd] states of the last window, before the pass and its noise
    std::vector<float> after;
    std::vector<float> injected;
};

// seeded normal state of a position, see llama-recurrence-state.cpp
void llama_recurrence_init_state(float * dst, uint32_t n, uint64_t seed, uint64_t pos, float std);
