#pragma once

// C API of recurrent-depth models: a prelude, a core that runs a number of steps chosen while decoding, and a coda.
//
// Everything here is in functions of its own, so that the structs of llama.h stay as upstream ships them.
// Functions that take a context do nothing (or return 0) when its model has no recurrence.

#include "llama.h"

#ifdef __cplusplus
extern "C" {
#endif

struct llama_recurrence_info {
    uint32_t n_layer_prelude;
    uint32_t n_layer_core;
    uint32_t n_layer_coda;

    uint32_t n_steps;     // default of the model
    uint32_t n_steps_min;
    uint32_t n_steps_max;

    float    state_std;   // of one element of the initial latent state, before the truncation at 3 sigma
    uint32_t n_embd;
};

// returns false if the model has no recurrence
LLAMA_API bool llama_model_recurrence(const struct llama_model * model, struct llama_recurrence_info * info);

// rules for leaving the recurrence before the last step; the last four look at the logits of the last position
enum llama_recurrence_criterion {
    LLAMA_RECURRENCE_CRITERION_NONE         = 0,
    LLAMA_RECURRENCE_CRITERION_LATENT_DIFF  = 1,
    LLAMA_RECURRENCE_CRITERION_COSINE       = 2,
    LLAMA_RECURRENCE_CRITERION_SECOND_ORDER = 3,
    LLAMA_RECURRENCE_CRITERION_ENTROPY_DIFF = 4,
    LLAMA_RECURRENCE_CRITERION_KL           = 5,
    LLAMA_RECURRENCE_CRITERION_MINP_KL      = 6,
    LLAMA_RECURRENCE_CRITERION_ARGMAX       = 7,
};

// where a batch of one token starts if the token before it was the last one decoded; all others start from the seeded state
enum llama_recurrence_start {
    LLAMA_RECURRENCE_START_SEEDED     = 0,
    LLAMA_RECURRENCE_START_CARRY      = 1, // from the last latent state of the token before
    LLAMA_RECURRENCE_START_CARRY_NORM = 2, // the same after the final norm
};

// a token is read with few steps, taken out of the cache, and read again with more: the second time goes on where the first ended
enum llama_recurrence_hold {
    LLAMA_RECURRENCE_HOLD_NONE   = 0, // forgets what was held
    LLAMA_RECURRENCE_HOLD_KEEP   = 1, // the tokens of the decode are held
    LLAMA_RECURRENCE_HOLD_RESUME = 2, // all tokens of the decode go on if all are held, in the same cells and with the same steps; else they start anew
};

struct llama_recurrence_params {
    uint32_t n_steps;    // steps of each token of the next decodes, 1 .. n_steps_max
    uint64_t seed;       // of the initial latent state
    float    init_scale; // multiplies state_std; 0 = start from zeros

    enum llama_recurrence_start start;
    enum llama_recurrence_hold  hold;

    // all tokens of a micro-batch leave together; n_steps is the limit
    enum llama_recurrence_criterion criterion;
    float    threshold;         // leave when the value is below (ARGMAX: reaches it)
    uint32_t n_steps_unchecked; // no check after the first so many steps
    uint32_t check_every;       // steps between two checks, at least 1
};

// thread-safe; a change takes effect with the next llama_decode
LLAMA_API bool llama_recurrence_get_params(struct llama_context * ctx,       struct llama_recurrence_params * params);
LLAMA_API bool llama_recurrence_set_params(struct llama_context * ctx, const struct llama_recurrence_params * params);

// initial latent states of the next llama_decode only: n_embd values for all tokens, or n_tokens*n_embd in batch order
// returns false if n is neither a multiple of n_embd nor 0 (0 = forget what was given)
LLAMA_API bool llama_recurrence_set_state(struct llama_context * ctx, const float * data, size_t n);

// cache slots kept per core layer, for contexts created from now on; 0 = as many as the model has steps at most
LLAMA_API void llama_recurrence_set_next_kv_budget(uint32_t n_kv_budget);

struct llama_recurrence_kv {
    uint32_t n_kv_budget;   // slots per core layer
    uint32_t n_slots_open;  // of these, the ones that hold data now (memory of the others was never touched)
    uint64_t n_bytes;       // K and V of all slots
    uint64_t n_bytes_open;  // K and V of prelude, coda and the open slots
    uint64_t n_bytes_token; // K and V of one token in all slots
};

LLAMA_API bool llama_recurrence_kv_info(struct llama_context * ctx, struct llama_recurrence_kv * info);

// how later contexts use their slots: step t has slot t mod n_kv_budget (a ring), or min(t, n_kv_budget - 1) if anchored
LLAMA_API void llama_recurrence_set_next_kv_anchored(bool anchored);

// thread-safe; while set, every micro-batch leaves the recurrence after its next step, not before n_steps_min; stays set until cleared
LLAMA_API void llama_recurrence_set_hurry(struct llama_context * ctx, bool hurry);

// thread-safe; while set, a decode ends with status 2 before its next step; stays set until cleared
LLAMA_API void llama_recurrence_set_stop(struct llama_context * ctx, bool stop);

enum llama_recurrence_exit {
    LLAMA_RECURRENCE_EXIT_NONE    = 0, // nothing decoded yet
    LLAMA_RECURRENCE_EXIT_STEPS   = 1, // ran all the steps that were asked for
    LLAMA_RECURRENCE_EXIT_STOPPED = 2, // stop was requested, or the computation was aborted
    LLAMA_RECURRENCE_EXIT_CONVERGED = 3, // the criterion was met
    LLAMA_RECURRENCE_EXIT_HURRIED   = 4,
};

// delta of step t: |x_t - x_(t-1)| / |x_t| with the raw latent states x, x_(-1) the initial state
struct llama_recurrence_trace {
    uint64_t i_decode; // counts the decodes of the context
    uint32_t n_steps;  // asked for
    uint32_t n_done;   // of the current ubatch
    enum llama_recurrence_exit exit_reason;
};

// both are thread-safe and copy at most n_max deltas of one row to dst (may be NULL)
// progress: the decode in flight, last row of the ubatch; trace: the last decode that ended, last output row
LLAMA_API bool llama_recurrence_get_progress(struct llama_context * ctx, struct llama_recurrence_trace * info, float * dst, size_t n_max);
LLAMA_API bool llama_recurrence_get_trace   (struct llama_context * ctx, struct llama_recurrence_trace * info, float * dst, size_t n_max);

// values of the criterion at the checks of the last micro-batch; returns their number
LLAMA_API size_t llama_recurrence_get_exit_values(struct llama_context * ctx, float * dst, size_t n_max);

// deltas of all positions of the last decode, [n_steps][n_tokens], 0 where a token had left; returns the number of values
LLAMA_API size_t llama_recurrence_get_deltas(struct llama_context * ctx, float * dst, size_t n_max);

// keep the raw latent state of every position after every step, [n_steps][n_tokens][n_embd]; for debugging and parity
LLAMA_API void   llama_recurrence_set_tap   (struct llama_context * ctx, bool enable);
LLAMA_API size_t llama_recurrence_get_states(struct llama_context * ctx, uint32_t * n_steps, uint32_t * n_tokens, float * dst, size_t n_max);

// also keep the tensors inside the blocks, one after the other; slows a decode down a lot
LLAMA_API void llama_recurrence_set_tap_inside(struct llama_context * ctx, bool enable);

// tensor i of the last decode: its name ("l_out-2", counted by layer) and step (0: prelude or coda), or false when there is none
LLAMA_API bool llama_recurrence_get_inside(struct llama_context * ctx, size_t i, const char ** name, uint32_t * step, const float ** data, size_t * n);

#ifdef __cplusplus
}
#endif
