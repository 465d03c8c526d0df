#pragma once

// C API of wavefront decoding: a window of positions is refined a few steps at a time, its latent states are kept between decodes
//
// The caller removes the window from the cache and decodes it again, as an ordinary batch with logits for every token. Positions that
// were in the window of the decode before go on from their last state; new ones start from the seeded state.

#include "llama.h"

#ifdef __cplusplus
extern "C" {
#endif

struct llama_recurrence_wave_params {
    uint32_t first_step;      // the cache slots of a pass are those of steps first_step, first_step + 1, ...
    float    embd_average;    // weight of the pass before in the averaged embedding of a position, 0 = none
    float    state_noise;     // share of a fresh state mixed into a state before each pass; divided by 1 + the steps it has done
    bool     average_new;     // also positions without a pass before: they enter scaled by 1 - embd_average (as in the reference)
    uint32_t n_carry;         // a new position starts from the last state of the position so many before it, 0 = from the seeded state
};

// what was kept of an earlier wave is forgotten; a change of the parameters in between needs llama_recurrence_wave_update
LLAMA_API bool llama_recurrence_wave_begin (struct llama_context * ctx, const struct llama_recurrence_wave_params * params);
LLAMA_API bool llama_recurrence_wave_update(struct llama_context * ctx, const struct llama_recurrence_wave_params * params);

// no decode may be in flight; the positions of the last window that are still in the cache become ordinary ones
LLAMA_API void llama_recurrence_wave_end(struct llama_context * ctx);

// |x_i - y_(i + shift)| / |x_i| for the positions i of the last window: x the states after the pass, y those before it
// returns the number of values: the size of the window - shift, or 0
LLAMA_API size_t llama_recurrence_wave_changes(struct llama_context * ctx, uint32_t shift, float * dst, size_t n_max);

#ifdef __cplusplus
}
#endif
