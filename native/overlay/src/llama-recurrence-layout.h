#pragma once

// layout of layers and cache slots of recurrent-depth models, and what upstream code asks of it

#include "llama-memory.h"

#include <cstdint>

struct llama_cparams;
struct llama_model;
struct llama_recurrence;

//
// layout of layers and cache slots; the physical layers are [prelude | core | coda]
//   slot of prelude layer i       : i
//   slot of core layer j, step t  : n_prelude + (t % n_kv_budget)*n_core + j
//   slot of coda layer k          : n_prelude + n_slots*n_core + k
//

struct llama_recurrence_layout {
    uint32_t n_prelude = 0;
    uint32_t n_core    = 0;
    uint32_t n_coda    = 0;
    uint32_t n_slots   = 0; // slots per core layer that have an index: the largest possible n_kv_budget

    uint32_t n_steps     = 0;
    uint32_t n_steps_min = 0;
    uint32_t n_steps_max = 0;

    float state_std = 0.0f;

    uint32_t n_layer() const { return n_prelude + n_core + n_coda; }
    uint32_t n_index() const { return n_prelude + n_core*n_slots + n_coda; }

    int slot_core(uint32_t t, uint32_t j) const { return n_prelude + t*n_core + j; }
    int slot_coda(uint32_t k)             const { return n_prelude + n_slots*n_core + k; }

    // physical layer of a slot
    int layer(int slot) const;
};

// null if the model has no recurrence
const llama_recurrence_layout * llama_recurrence_get_layout(const llama_model & model);

// upstream code calls these for every model: they change nothing when there is no recurrence
int      llama_recurrence_layer    (const llama_model & model, int il);
bool     llama_recurrence_clears_kv(const llama_model & model); // the cache clears a slot when it is first used
uint32_t llama_recurrence_max_nodes(const llama_model & model, uint32_t n_tokens);

llama_memory_i * llama_recurrence_create_memory(const llama_model & model, const llama_memory_params & params, const llama_cparams & cparams);
