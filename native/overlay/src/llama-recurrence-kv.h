#pragma once

// KV cache of recurrent-depth models: one slot per core layer and step, up to a budget
//
// A token that ran r steps has data in the slots of its steps only. Later slots must read as its last one ("latest" lookup).
// Instead of a lookup while attending, data is copied forward: slots [0, n_open) are complete for every cell at all times.

#include "llama-kv-cache.h"
#include "llama-recurrence.h"

#include <algorithm>

class llama_kv_cache_recurrence : public llama_kv_cache {
public:
    llama_kv_cache_recurrence(const llama_model & model, const llama_memory_params & params, const llama_cparams & cparams, uint32_t n_kv_budget, bool anchored);

    void clear(bool data) override;

    void state_write(llama_io_write_i & io, llama_seq_id seq_id = -1, llama_state_seq_flags flags = 0) const override;
    void state_read (llama_io_read_i  & io, llama_seq_id seq_id = -1, llama_state_seq_flags flags = 0) override;

    bool has_data(uint32_t il) const override;

    uint32_t get_n_kv_budget() const { return n_kv_budget; }
    uint32_t get_n_open()      const { return n_open; }

    // slot of step t
    uint32_t get_slot(uint32_t t) const { return anchored ? std::min(t, n_kv_budget - 1) : t % n_kv_budget; }

    ggml_tensor * get_k_core(uint32_t t, uint32_t j) const { return k_core[t*layout.n_core + j]; }
    ggml_tensor * get_v_core(uint32_t t, uint32_t j) const { return v_core[t*layout.n_core + j]; }

    // nothing but the tokens of this ubatch is in the cache: no slot has to be complete for anyone else
    void forget_if_empty(const llama_ubatch & ubatch);

    // make slot t complete for all cells, t <= n_open
    void open_slot(uint32_t t);

    // the tokens of this ubatch ran n steps: make the later open slots read as their last one
    void fill_forward(const llama_ubatch & ubatch, uint32_t n);

    // the cell of a token, or -1
    int32_t get_cell(llama_seq_id seq_id, llama_pos pos) const;

    // positions [p0, p1] read in slot s as in slot source[s]
    void copy_positions(const std::vector<uint32_t> & source, llama_pos p0, llama_pos p1);

    llama_recurrence_kv get_info() const;

private:
    struct cell_range {
        uint32_t stream;
        uint32_t i0;
        uint32_t i1;
    };

    // cells that hold a token of seq_id (-1: of any), position in [p0, p1]
    std::vector<cell_range> find_cells(llama_seq_id seq_id, llama_pos p0, llama_pos p1) const;

    void touch(uint32_t t);
    void copy_slot(uint32_t src, uint32_t dst, const std::vector<cell_range> & ranges);

    const llama_recurrence_layout & layout;

    const uint32_t n_kv_budget;
    const bool     anchored;
    const bool     v_trans;
    const bool     no_alloc;

    uint32_t n_open = 0;

    std::vector<bool> touched; // [n_kv_budget] memory was cleared

    std::vector<ggml_tensor *> k_core; // [n_kv_budget][n_core]
    std::vector<ggml_tensor *> v_core;
    std::vector<ggml_tensor *> others; // K and V of prelude and coda
};
