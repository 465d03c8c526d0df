#pragma once

// when a batch leaves the recurrence before its last step: one criterion, asked after every step; formulas in docs/compute.md

#include "../include/llama-recurrence.h"

#include <cstdint>
#include <vector>

class llama_recurrence_exit_check {
public:
    // a batch begins: nothing is known of it
    void begin(const llama_recurrence_params & params, uint32_t n_tokens, uint32_t n_embd);

    bool is_on()       const { return params.criterion != LLAMA_RECURRENCE_CRITERION_NONE; }
    bool uses_logits() const { return params.criterion >= LLAMA_RECURRENCE_CRITERION_ENTROPY_DIFF; }
    bool uses_states() const { return params.criterion == LLAMA_RECURRENCE_CRITERION_SECOND_ORDER; }

    // step t (counted from 0) is followed by a check
    bool is_due(uint32_t t) const {
        return is_on() && t >= params.n_steps_unchecked && (t - params.n_steps_unchecked) % params.check_every == 0;
    }

    // squares of the lengths of the initial states, [n_tokens]
    void set_start(const float * sumsq_x);

    // after every step; sumsq: of x_t - x_(t-1), then of x_t, [2*n_tokens]; x_old and x_new: all states if uses_states(), else null
    bool after_step(uint32_t t, const float * sumsq, const float * x_old, const float * x_new);

    // at a check of a criterion that uses logits: those of the last position
    bool after_logits(const float * logits, uint32_t n_vocab);

    // of every check so far; NaN: not defined there
    const std::vector<float> & get_values() const { return values; }

private:
    bool pass(double value);

    double value_latent_diff (const float * sumsq) const;
    double value_cosine      (const float * sumsq) const;
    double value_second_order(uint32_t t, const float * sumsq, const float * x_old, const float * x_new);

    llama_recurrence_params params = {};

    uint32_t n_tokens = 0;
    uint32_t n_embd   = 0;

    std::vector<float> values;
    uint32_t n_hits = 0; // checks in a row that passed

    std::vector<float> sumsq_prev; // of the states before the step
    std::vector<float> delta_prev; // x_(t-1) - x_(t-2)

    std::vector<float> probs; // of this check and of the one before
    std::vector<float> probs_prev;
    double  entropy_prev = 0.0;
    int64_t argmax_prev  = -1;
    uint32_t n_stable    = 0;
};
