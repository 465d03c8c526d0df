#include "llama-context.h"
#include "llama-impl.h"
#include "llama-model.h"
#include "llama-recurrence.h"
#include "llama-recurrence-kv.h"

#include "models/models.h"

#include <algorithm>

static std::atomic<uint32_t> g_recurrence_n_kv_budget { 0 };

//
// for the rest of the library
//

int llama_recurrence_layout::layer(int slot) const {
    const int n_core_slots = n_core*n_slots;

    if (slot < (int) n_prelude) {
        return slot;
    }
    if (slot < (int) n_prelude + n_core_slots) {
        return n_prelude + (slot - n_prelude)%n_core;
    }
    return slot - n_core_slots + n_core;
}

const llama_recurrence_layout * llama_recurrence_get_layout(const llama_model & model) {
    return model.arch == LLM_ARCH_HUGINN ? &static_cast<const llama_model_huginn &>(model).layout : nullptr;
}

int llama_recurrence_layer(const llama_model & model, int il) {
    const auto * layout = llama_recurrence_get_layout(model);
    return layout ? layout->layer(il) : il;
}

bool llama_recurrence_clears_kv(const llama_model & model) {
    return llama_recurrence_get_layout(model) != nullptr;
}

uint32_t llama_recurrence_max_nodes(const llama_model & model, uint32_t n_tokens) {
    const auto * layout = llama_recurrence_get_layout(model);

    // the largest graphs: all phases at once, and the K-shift of every slot (at most 6 nodes with a quantized cache)
    uint32_t res = std::max<uint32_t>(1024u, 8u*model.n_tensors());
    for (const auto & lora : model.loras) {
        res += lora->get_n_nodes();
    }
    GGML_UNUSED(n_tokens);
    return std::max<uint32_t>(res, 128u + 8u*layout->n_index());
}

llama_memory_i * llama_recurrence_create_memory(const llama_model & model, const llama_memory_params & params, const llama_cparams & cparams) {
    const auto * layout = llama_recurrence_get_layout(model);

    const uint32_t n_wanted    = g_recurrence_n_kv_budget;
    const uint32_t n_kv_budget = n_wanted == 0 ? layout->n_slots : std::min(n_wanted, layout->n_slots);

    return new llama_kv_cache_recurrence(model, params, cparams, n_kv_budget);
}

std::shared_ptr<llama_recurrence> llama_recurrence_create(llama_context & lctx, llama_memory_i * memory) {
    if (!memory || !llama_recurrence_get_layout(lctx.get_model())) {
        return nullptr;
    }
    return std::make_shared<llama_recurrence>(lctx, static_cast<llama_kv_cache_recurrence &>(*memory));
}

//
// C API
//

bool llama_model_recurrence(const llama_model * model, llama_recurrence_info * info) {
    const auto * layout = llama_recurrence_get_layout(*model);
    if (!layout) {
        return false;
    }
    *info = {
        layout->n_prelude, layout->n_core, layout->n_coda,
        layout->n_steps, layout->n_steps_min, layout->n_steps_max,
        layout->state_std, model->hparams.n_embd,
    };
    return true;
}

bool llama_recurrence_get_params(llama_context * ctx, llama_recurrence_params * params) {
    auto * rec = ctx->get_recurrence();
    if (!rec) {
        return false;
    }
    std::lock_guard<std::mutex> lock(rec->mutex);
    *params = rec->params;
    return true;
}

bool llama_recurrence_set_params(llama_context * ctx, const llama_recurrence_params * params) {
    auto * rec = ctx->get_recurrence();
    if (!rec || params->n_steps < 1 || params->n_steps > rec->layout.n_steps_max || !(params->init_scale >= 0.0f)) {
        return false;
    }
    std::lock_guard<std::mutex> lock(rec->mutex);
    rec->params = *params;
    return true;
}

bool llama_recurrence_set_state(llama_context * ctx, const float * data, size_t n) {
    auto * rec = ctx->get_recurrence();
    if (!rec || n % ctx->get_model().hparams.n_embd != 0) {
        return false;
    }
    std::lock_guard<std::mutex> lock(rec->mutex);
    rec->state_given.assign(data, data + n);
    return true;
}

void llama_recurrence_set_next_kv_budget(uint32_t n_kv_budget) {
    g_recurrence_n_kv_budget = n_kv_budget;
}

bool llama_recurrence_kv_info(llama_context * ctx, llama_recurrence_kv * info) {
    auto * rec = ctx->get_recurrence();
    if (!rec) {
        return false;
    }
    *info = rec->kv.get_info();
    return true;
}

void llama_recurrence_set_stop(llama_context * ctx, bool stop) {
    auto * rec = ctx->get_recurrence();
    if (rec) {
        rec->stop = stop;
    }
}

llama_recurrence_kv llama_kv_cache_recurrence::get_info() const {
    llama_recurrence_kv res = { n_kv_budget, n_open, 0, 0, 0 };

    for (const ggml_tensor * t : others) {
        res.n_bytes += ggml_nbytes(t);
    }
    res.n_bytes_open = res.n_bytes;

    for (uint32_t t = 0; t < n_kv_budget; ++t) {
        size_t n = 0;
        for (uint32_t j = 0; j < layout.n_core; ++j) {
            n += ggml_nbytes(get_k_core(t, j)) + ggml_nbytes(get_v_core(t, j));
        }
        res.n_bytes      += n;
        res.n_bytes_open += touched[t] ? n : 0;
    }
    res.n_bytes_token = res.n_bytes/((uint64_t) get_size()*get_n_stream());

    return res;
}

static bool recurrence_copy_trace(const llama_recurrence::trace & src, uint32_t n, llama_recurrence_trace * info, float * dst, size_t n_max) {
    *info = src.info;
    if (dst) {
        std::copy_n(src.deltas.begin(), std::min<size_t>({ n, src.deltas.size(), n_max }), dst);
    }
    return true;
}

bool llama_recurrence_get_progress(llama_context * ctx, llama_recurrence_trace * info, float * dst, size_t n_max) {
    auto * rec = ctx->get_recurrence();
    if (!rec) {
        return false;
    }
    std::lock_guard<std::mutex> lock(rec->mutex);
    return recurrence_copy_trace(rec->progress, rec->progress.info.n_done, info, dst, n_max);
}

bool llama_recurrence_get_trace(llama_context * ctx, llama_recurrence_trace * info, float * dst, size_t n_max) {
    auto * rec = ctx->get_recurrence();
    if (!rec) {
        return false;
    }
    std::lock_guard<std::mutex> lock(rec->mutex);
    recurrence_copy_trace(rec->last, rec->last.deltas.size(), info, dst, n_max);
    info->n_done = rec->last.deltas.size();
    return true;
}

size_t llama_recurrence_get_deltas(llama_context * ctx, float * dst, size_t n_max) {
    auto * rec = ctx->get_recurrence();
    if (!rec) {
        return 0;
    }
    std::lock_guard<std::mutex> lock(rec->mutex);
    if (dst) {
        std::copy_n(rec->deltas.begin(), std::min(n_max, rec->deltas.size()), dst);
    }
    return rec->deltas.size();
}

void llama_recurrence_set_tap(llama_context * ctx, bool enable) {
    auto * rec = ctx->get_recurrence();
    if (rec) {
        std::lock_guard<std::mutex> lock(rec->mutex);
        rec->tap = enable;
    }
}

size_t llama_recurrence_get_states(llama_context * ctx, uint32_t * n_steps, uint32_t * n_tokens, float * dst, size_t n_max) {
    auto * rec = ctx->get_recurrence();
    if (!rec) {
        return 0;
    }
    std::lock_guard<std::mutex> lock(rec->mutex);
    *n_steps  = rec->last.info.n_steps;
    *n_tokens = rec->n_tokens_last;
    if (dst) {
        std::copy_n(rec->states.begin(), std::min(n_max, rec->states.size()), dst);
    }
    return rec->states.size();
}
