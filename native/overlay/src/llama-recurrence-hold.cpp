#include "llama-recurrence.h"

#include "llama-recurrence-kv.h"

// tokens that were read with few steps go on with more
//
// The first d steps of a token do not depend on how many follow. Its keys and values of these steps are still in its cell after the
// token was removed, if the cell is the same one again; state and injection are kept here. So drafts cost no step twice.

void llama_recurrence::hold(const llama_ubatch & ubatch, uint32_t n_done) {
    const size_t n_embd = state[0]->ne[0];

    for (uint32_t i = 0; i < ubatch.n_tokens; ++i) {
        if (!ubatch.token || n_done > kv.get_n_kv_budget()) {
            continue; // a slot was used twice: the first steps are gone
        }
        auto & h = held_tokens[{ ubatch.seq_id[i][0], ubatch.pos[i] }];
        h.token      = ubatch.token[i];
        h.cell       = kv.get_cell(ubatch.seq_id[i][0], ubatch.pos[i]);
        h.seed       = cur.seed;
        h.init_scale = cur.init_scale;

        h.state .resize(n_embd);
        h.inject.resize(n_embd);
        ggml_backend_tensor_get(state[i_state], h.state .data(), i*n_embd*sizeof(float), n_embd*sizeof(float));
        ggml_backend_tensor_get(inject,         h.inject.data(), i*n_embd*sizeof(float), n_embd*sizeof(float));

        h.deltas.resize(n_done);
        for (uint32_t t = 0; t < n_done; ++t) {
            h.deltas[t] = deltas[(size_t) t*n_tokens + i_token + i];
        }
    }
}

bool llama_recurrence::resume(const llama_ubatch & ubatch, uint32_t & n_done) {
    const size_t n_embd = state[0]->ne[0];

    std::vector<const held *> found;
    for (uint32_t i = 0; i < ubatch.n_tokens; ++i) {
        const auto it = held_tokens.find({ ubatch.seq_id[i][0], ubatch.pos[i] });
        if (it == held_tokens.end()) {
            return false;
        }
        const auto & h = it->second;
        if (!ubatch.token || h.token != ubatch.token[i] || h.cell < 0 || h.cell != kv.get_cell(ubatch.seq_id[i][0], ubatch.pos[i]) ||
                h.seed != cur.seed || h.init_scale != cur.init_scale || h.deltas.size() >= cur.n_steps ||
                (!found.empty() && h.deltas.size() != found[0]->deltas.size())) {
            return false;
        }
        found.push_back(&h);
    }
    if (wave_cur || tap_cur || !state_cur.empty() || cur.criterion != LLAMA_RECURRENCE_CRITERION_NONE) {
        return false;
    }

    n_done  = found[0]->deltas.size();
    i_state = n_done % 2; // step t reads state t % 2
    for (uint32_t i = 0; i < ubatch.n_tokens; ++i) {
        ggml_backend_tensor_set(state[i_state], found[i]->state .data(), i*n_embd*sizeof(float), n_embd*sizeof(float));
        ggml_backend_tensor_set(inject,         found[i]->inject.data(), i*n_embd*sizeof(float), n_embd*sizeof(float));
    }
    carry.valid = false;

    std::lock_guard<std::mutex> lock(mutex);

    for (uint32_t t = 0; t < n_done; ++t) {
        for (uint32_t i = 0; i < ubatch.n_tokens; ++i) {
            deltas[(size_t) t*n_tokens + i_token + i] = found[i]->deltas[t];
        }
        progress.deltas[t] = found.back()->deltas[t];
    }
    progress.info.n_done = n_done;
    if (ubatch.output && ubatch.output[ubatch.n_tokens - 1]) {
        last.deltas.assign(found.back()->deltas.begin(), found.back()->deltas.end());
    }
    return true;
}
