#include "llama-recurrence-kv.h"

#include "llama-context.h"
#include "llama-impl.h"
#include "llama-model.h"

#include <algorithm>
#include <cstring>
#include <limits>

llama_kv_cache_recurrence::llama_kv_cache_recurrence(
            const llama_model & model,
    const llama_memory_params & params,
          const llama_cparams & cparams,
                     uint32_t   n_kv_budget,
                         bool   anchored) :
    llama_kv_cache(
            model,
            model.hparams,
            params.type_k,
            params.type_v,
            !cparams.flash_attn,
            cparams.offload_kqv,
            cparams.kv_unified,
            cparams.n_ctx_seq,
            cparams.n_seq_max,
            1,
            model.hparams.n_swa,
            model.hparams.swa_type,
            nullptr,
            [&, n_kv_budget](int32_t il) {
                const auto * lay = llama_recurrence_get_layout(model);
                return il < lay->slot_core(n_kv_budget, 0) || il >= lay->slot_coda(0);
            },
            nullptr,
            nullptr),
    layout(*llama_recurrence_get_layout(model)),
    n_kv_budget(n_kv_budget),
    anchored(anchored),
    v_trans(!cparams.flash_attn),
    no_alloc(model.hparams.no_alloc),
    touched(n_kv_budget, false) {
    // the V tensors are reached through a view, the cache has no accessor for them
    ggml_init_params ctx_params = { (n_kv_budget*layout.n_core + layout.n_layer())*ggml_tensor_overhead(), nullptr, true };
    ggml_context_ptr ctx { ggml_init(ctx_params) };

    slot_info sinfo;
    sinfo.s0 = 0;
    sinfo.s1 = 0;

    const auto get_v_storage = [&](int il) { return get_v(ctx.get(), il, 1, sinfo)->view_src; };

    for (uint32_t t = 0; t < n_kv_budget; ++t) {
        for (uint32_t j = 0; j < layout.n_core; ++j) {
            k_core.push_back(get_k_storage(layout.slot_core(t, j)));
            v_core.push_back(get_v_storage(layout.slot_core(t, j)));
        }
    }
    for (uint32_t i = 0; i < layout.n_prelude + layout.n_coda; ++i) {
        const int il = i < layout.n_prelude ? (int) i : layout.slot_coda(i - layout.n_prelude);
        others.push_back(get_k_storage(il));
        others.push_back(get_v_storage(il));
    }

    llama_kv_cache_recurrence::clear(true);
}

void llama_kv_cache_recurrence::clear(bool data) {
    llama_kv_cache::clear(false);
    n_open = 0;

    if (data && !no_alloc) {
        for (ggml_tensor * t : others) {
            ggml_backend_tensor_memset(t, 0, 0, ggml_nbytes(t));
        }
        for (uint32_t t = 0; t < n_kv_budget; ++t) {
            if (touched[t]) {
                touched[t] = false;
                touch(t);
            }
        }
    }
}

// memory that is masked is still read, and must not hold a NaN
void llama_kv_cache_recurrence::touch(uint32_t t) {
    if (touched[t]) {
        return;
    }
    touched[t] = true;
    for (uint32_t j = 0; j < layout.n_core; ++j) {
        for (ggml_tensor * x : { get_k_core(t, j), get_v_core(t, j) }) {
            ggml_backend_tensor_memset(x, 0, 0, ggml_nbytes(x));
        }
    }
}

bool llama_kv_cache_recurrence::has_data(uint32_t il) const {
    const uint32_t lo = layout.slot_core(0, 0);
    const uint32_t hi = layout.slot_coda(0);
    return il < lo || il >= hi || (il - lo)/layout.n_core < n_open;
}

std::vector<llama_kv_cache_recurrence::cell_range> llama_kv_cache_recurrence::find_cells(llama_seq_id seq_id, llama_pos p0, llama_pos p1) const {
    std::vector<cell_range> res;

    for (uint32_t s = 0; s < get_n_stream(); ++s) {
        // in a unified cache all sequences are in stream 0
        const auto & cells = get_cells(s);

        for (uint32_t i = cells.used_min(); i < cells.used_max_p1(); ++i) {
            if (cells.is_empty(i) || cells.pos_get(i) < p0 || cells.pos_get(i) > p1 || (seq_id >= 0 && !cells.seq_has(i, seq_id))) {
                continue;
            }
            if (!res.empty() && res.back().stream == s && res.back().i1 == i) {
                res.back().i1++;
            } else {
                res.push_back({ s, i, i + 1 });
            }
        }
    }

    return res;
}

int32_t llama_kv_cache_recurrence::get_cell(llama_seq_id seq_id, llama_pos pos) const {
    const auto found = find_cells(seq_id, pos, pos);
    return found.size() == 1 && found[0].i1 == found[0].i0 + 1 ? (int32_t) found[0].i0 : -1;
}

void llama_kv_cache_recurrence::forget_if_empty(const llama_ubatch & ubatch) {
    uint32_t n_used = 0;
    for (uint32_t s = 0; s < get_n_stream(); ++s) {
        n_used += get_cells(s).get_used();
    }
    if (n_used <= ubatch.n_tokens) {
        n_open = 0;
    }
}

void llama_kv_cache_recurrence::open_slot(uint32_t t) {
    GGML_ASSERT(t == n_open && t < n_kv_budget);

    touch(t);
    if (t > 0) {
        copy_slot(t - 1, t, find_cells(-1, 0, std::numeric_limits<llama_pos>::max()));
    }
    n_open = t + 1;
}

void llama_kv_cache_recurrence::fill_forward(const llama_ubatch & ubatch, uint32_t n) {
    if (n >= n_open) {
        return;
    }

    std::vector<cell_range> ranges;
    for (uint32_t i = 0; i < ubatch.n_tokens; ++i) {
        const auto found = find_cells(ubatch.seq_id[i][0], ubatch.pos[i], ubatch.pos[i]);
        ranges.insert(ranges.end(), found.begin(), found.end());
    }

    for (uint32_t t = n; t < n_open; ++t) {
        copy_slot(n - 1, t, ranges);
    }
}

// n_rows pieces of n_bytes, stride apart; the same place in both tensors
static void recurrence_copy(const ggml_tensor * src, ggml_tensor * dst, size_t offs, size_t n_bytes, size_t n_rows, size_t stride) {
    if (ggml_backend_buffer_is_host(src->buffer) && ggml_backend_buffer_is_host(dst->buffer)) {
        const char * s = (const char *) src->data + offs;
              char * d = (      char *) dst->data + offs;
        for (size_t i = 0; i < n_rows; ++i) {
            std::memcpy(d + i*stride, s + i*stride, n_bytes);
        }
        return;
    }

    std::vector<char> tmp(n_bytes*n_rows);
    ggml_backend_tensor_get_2d(src, tmp.data(), offs, n_bytes, n_rows, stride, n_bytes);
    ggml_backend_tensor_set_2d(dst, tmp.data(), offs, n_bytes, n_rows, stride, n_bytes);
}

void llama_kv_cache_recurrence::copy_slot(uint32_t src, uint32_t dst, const std::vector<cell_range> & ranges) {
    for (uint32_t j = 0; j < layout.n_core; ++j) {
        const ggml_tensor * k = get_k_core(src, j);
        const ggml_tensor * v = get_v_core(src, j);

        for (const auto & r : ranges) {
            const size_t n = r.i1 - r.i0;

            recurrence_copy(k, get_k_core(dst, j), r.stream*k->nb[2] + r.i0*k->nb[1], n*k->nb[1], 1, 0);

            if (v_trans) {
                // one row per element of the embedding, one column per cell
                const size_t ts = ggml_type_size(v->type);
                recurrence_copy(v, get_v_core(dst, j), r.stream*v->nb[2] + r.i0*ts, n*ts, v->ne[0], v->ne[1]*ts);
            } else {
                recurrence_copy(v, get_v_core(dst, j), r.stream*v->nb[2] + r.i0*v->nb[1], n*v->nb[1], 1, 0);
            }
        }
    }
}
