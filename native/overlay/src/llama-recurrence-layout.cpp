#include "llama-context.h"
#include "llama-impl.h"
#include "llama-model.h"
#include "llama-recurrence.h"
#include "llama-recurrence-kv.h"

#include "models/models.h"

#include <algorithm>

// what the rest of the library asks of the recurrence

static std::atomic<uint32_t> g_recurrence_n_kv_budget { 0 };
static std::atomic<bool>     g_recurrence_kv_anchored { false };

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

    return new llama_kv_cache_recurrence(model, params, cparams, n_kv_budget, g_recurrence_kv_anchored);
}

std::shared_ptr<llama_recurrence> llama_recurrence_create(llama_context & lctx, llama_memory_i * memory) {
    if (!memory || !llama_recurrence_get_layout(lctx.get_model())) {
        return nullptr;
    }
    return std::make_shared<llama_recurrence>(lctx, static_cast<llama_kv_cache_recurrence &>(*memory));
}

void llama_recurrence_set_next_kv_budget(uint32_t n_kv_budget) {
    g_recurrence_n_kv_budget = n_kv_budget;
}

void llama_recurrence_set_next_kv_anchored(bool anchored) {
    g_recurrence_kv_anchored = anchored;
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
