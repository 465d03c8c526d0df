#include "llama-recurrence.h"

#include "llama-recurrence-kv.h"

#include <algorithm>

// pointing a graph that is kept to the slots and state buffers of another step

// the tensors that step t works on in a slot: K of every core layer, V of every core layer, the state it reads, the state it writes
void llama_recurrence::find_tensors(uint32_t t, uint32_t slot) {
    const uint32_t n_core = layout.n_core;

    tensors.resize(2*n_core + 2);
    for (uint32_t j = 0; j < n_core; ++j) {
        tensors[j]          = kv.get_k_core(slot, j);
        tensors[n_core + j] = kv.get_v_core(slot, j);
    }
    tensors[2*n_core]     = state[    t % 2];
    tensors[2*n_core + 1] = state[1 - t % 2];
}

void llama_recurrence::find_sites(lane & ln) {
    ln.bound = tensors;
    ln.sites.clear();

    const auto find = [&](const ggml_tensor * t) -> int {
        const auto it = std::find(ln.bound.begin(), ln.bound.end(), t);
        return t && it != ln.bound.end() ? it - ln.bound.begin() : -1;
    };

    auto * gf = ln.res->get_gf();
    for (int i = 0; i < ggml_graph_n_nodes(gf); ++i) {
        ggml_tensor * node = ggml_graph_node(gf, i);

        if (const int b = find(node->view_src); b >= 0) {
            ln.sites.push_back({ node, -1, (size_t) b });
        }
        for (int k = 0; k < GGML_MAX_SRC; ++k) {
            if (const int b = find(node->src[k]); b >= 0) {
                ln.sites.push_back({ node, k, (size_t) b });
            }
        }
    }
}

// point a graph to other slots and state buffers
void llama_recurrence::bind(lane & ln, const std::vector<ggml_tensor *> & next) {
    if (next == ln.bound) {
        return;
    }

    for (const auto & s : ln.sites) {
        ggml_tensor * to = next[s.i_bind];

        if (to == ln.bound[s.i_bind]) {
            continue;
        }
        if (s.i_src >= 0) {
            s.tensor->src[s.i_src] = to;
        } else {
            s.tensor->view_src = to;
            s.tensor->buffer   = nullptr;
            s.tensor->data     = nullptr;
            GGML_ASSERT(ggml_backend_view_init(s.tensor) == GGML_STATUS_SUCCESS);
        }
    }

    ln.bound = next;
}
