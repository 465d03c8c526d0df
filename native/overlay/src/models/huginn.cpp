#include "models.h"

#include "../llama-recurrence-ops.h"

#include <algorithm>
#include <string>

// Huginn ("raven"): a prelude, a core that is run r times on a latent state with the embedded input injected at every step,
// and a coda. Sandwich norms, biases on Q and K only, the same final norm before the coda and before the head.
// This file loads it; its graphs are in huginn-graph.cpp.
// Reference: https://github.com/seal-rg/recurrent-pretraining (recpre/raven_modeling_minimal.py)

// one line for every number of the metadata that sizes something: a file may hold anything, and it must end as a load error
static uint32_t huginn_get_u32(const gguf_context * meta, const char * key, uint32_t lo, uint32_t hi, int64_t def = -1) {
    const std::string name = std::string("huginn.") + key;

    const int64_t id = gguf_find_key(meta, name.c_str());
    if (id < 0) {
        if (def >= 0) {
            return def;
        }
        throw std::runtime_error(format("huginn: missing metadata %s", name.c_str()));
    }
    if (gguf_get_kv_type(meta, id) != GGUF_TYPE_UINT32) {
        throw std::runtime_error(format("huginn: metadata %s is not an u32", name.c_str()));
    }
    const uint32_t val = gguf_get_val_u32(meta, id);
    if (val < lo || val > hi) {
        throw std::runtime_error(format("huginn: metadata %s = %u is not in [%u, %u]", name.c_str(), val, lo, hi));
    }
    return val;
}

static float huginn_get_f32(const gguf_context * meta, const char * key, float lo, float hi) {
    const std::string name = std::string("huginn.") + key;

    const int64_t id = gguf_find_key(meta, name.c_str());
    if (id < 0 || gguf_get_kv_type(meta, id) != GGUF_TYPE_FLOAT32) {
        throw std::runtime_error(format("huginn: metadata %s is missing or not a f32", name.c_str()));
    }
    const float val = gguf_get_val_f32(meta, id);
    if (!(val >= lo && val <= hi)) {
        throw std::runtime_error(format("huginn: metadata %s = %g is not in [%g, %g]", name.c_str(), val, lo, hi));
    }
    return val;
}

void llama_model_huginn::load_hparams(llama_model_loader & ml) {
    if (!hparams.vocab_only) {
        const gguf_context * meta = ml.metadata;

        const uint32_t n_embd   = huginn_get_u32(meta, "embedding_length",        1, 1u << 20);
        const uint32_t n_head   = huginn_get_u32(meta, "attention.head_count",    1, 1u << 12);
        const uint32_t n_layer  = huginn_get_u32(meta, "block_count",             3, LLAMA_MAX_LAYERS);

        huginn_get_u32(meta, "context_length",          1,      1u << 30);
        huginn_get_u32(meta, "feed_forward_length",     1,      1u << 22);
        huginn_get_u32(meta, "attention.head_count_kv", n_head, n_head, n_head);
        huginn_get_f32(meta, "attention.layer_norm_rms_epsilon", 0.0f, 1.0f);
        huginn_get_f32(meta, "rope.freq_base",                   1.0f, 1e12f);
        huginn_get_f32(meta, "embedding_scale",                  1e-6f, 1e6f);

        if (n_embd % n_head != 0 || (n_embd/n_head) % 2 != 0) {
            throw std::runtime_error(format("huginn: %u heads do not divide a width of %u into even parts", n_head, n_embd));
        }
        huginn_get_u32(meta, "rope.dimension_count", n_embd/n_head, n_embd/n_head, n_embd/n_head);

        // no other key may change the head size or add what the graph does not have
        for (const char * key : { "attention.key_length", "attention.value_length", "expert_count", "nextn_predict_layers", "expert_used_count" }) {
            if (gguf_find_key(meta, (std::string("huginn.") + key).c_str()) >= 0) {
                throw std::runtime_error(format("huginn: metadata huginn.%s is not supported", key));
            }
        }

        layout.n_prelude   = huginn_get_u32(meta, "recurrence.prelude_block_count", 1, n_layer);
        layout.n_core      = huginn_get_u32(meta, "recurrence.core_block_count",    1, n_layer);
        layout.n_coda      = huginn_get_u32(meta, "recurrence.coda_block_count",    1, n_layer);
        layout.n_steps_max = huginn_get_u32(meta, "recurrence.step_count_max",      1, 1u << 16);
        layout.n_steps_min = huginn_get_u32(meta, "recurrence.step_count_min",      1, layout.n_steps_max, 1);
        layout.n_steps     = huginn_get_u32(meta, "recurrence.step_count",          layout.n_steps_min, layout.n_steps_max);
        layout.state_std   = huginn_get_f32(meta, "recurrence.state_std",           0.0f, 1e6f);

        if (layout.n_layer() != n_layer) {
            throw std::runtime_error(format("huginn: %u + %u + %u blocks, but block_count is %u",
                        layout.n_prelude, layout.n_core, layout.n_coda, n_layer));
        }

        // every slot needs an index; with more steps than slots the cache is used as a ring
        layout.n_slots = std::min(layout.n_steps_max, (LLAMA_MAX_LAYERS - layout.n_prelude - layout.n_coda)/layout.n_core);
        if (layout.n_slots < layout.n_steps_max) {
            LLAMA_LOG_WARN("%s: at most %u of %u steps have a cache slot of their own\n", __func__, layout.n_slots, layout.n_steps_max);
        }
    }

    // our own operators read weights as they are in the file: no buffer type that may repack them
    const auto * largest = ml.get_tensor_meta("blk.0.ffn_up.weight");
    params.use_extra_bufts = params.use_extra_bufts && !(largest && llama_recurrence_fits(largest));

    llama_model_base::load_hparams(ml);
}

void llama_model_huginn::load_arch_hparams(llama_model_loader & ml) {
    ml.get_key(LLM_KV_ATTENTION_LAYERNORM_RMS_EPS, hparams.f_norm_rms_eps);
    ml.get_key(LLM_KV_EMBEDDING_SCALE,             hparams.f_embedding_scale);

    type = hparams.n_embd == 5280 ? LLM_TYPE_3B : LLM_TYPE_UNKNOWN;
}

void llama_model_huginn::load_arch_tensors(llama_model_loader &) {
    LLAMA_LOAD_LOCALS;

    tok_embd    = create_tensor(tn(LLM_TENSOR_TOKEN_EMBD,  "weight"), { n_embd, n_vocab }, 0);
    output_norm = create_tensor(tn(LLM_TENSOR_OUTPUT_NORM, "weight"), { n_embd }, 0);
    output      = create_tensor(tn(LLM_TENSOR_OUTPUT,      "weight"), { n_embd, n_vocab }, TENSOR_NOT_REQUIRED);
    if (output == NULL) {
        output = create_tensor(tn(LLM_TENSOR_TOKEN_EMBD, "weight"), { n_embd, n_vocab }, TENSOR_DUPLICATED);
    }

    // they have no block index of their own: they go where the core starts
    adapter_state = create_tensor(tn(LLM_TENSOR_ADAPTER_STATE, "weight", layout.n_prelude), { n_embd, n_embd }, 0);
    adapter_embd  = create_tensor(tn(LLM_TENSOR_ADAPTER_EMBD,  "weight", layout.n_prelude), { n_embd, n_embd }, 0);

    for (int i = 0; i < n_layer; ++i) {
        auto & layer = layers[i];

        create_tensor_qkv(layer, i, n_embd, n_embd, n_embd, n_embd, 0);
        layer.wo = create_tensor(tn(LLM_TENSOR_ATTN_OUT, "weight", i), { n_embd, n_embd }, 0);

        layer.attn_norm      = create_tensor(tn(LLM_TENSOR_ATTN_NORM,      "weight", i), { n_embd }, 0);
        layer.attn_post_norm = create_tensor(tn(LLM_TENSOR_ATTN_POST_NORM, "weight", i), { n_embd }, 0);
        layer.ffn_norm       = create_tensor(tn(LLM_TENSOR_FFN_NORM,       "weight", i), { n_embd }, 0);
        layer.ffn_post_norm  = create_tensor(tn(LLM_TENSOR_FFN_POST_NORM,  "weight", i), { n_embd }, 0);

        // gate rows first, then up rows
        layer.ffn_up   = create_tensor(tn(LLM_TENSOR_FFN_UP,   "weight", i), { n_embd, 2*n_ff }, 0);
        layer.ffn_down = create_tensor(tn(LLM_TENSOR_FFN_DOWN, "weight", i), { n_ff, n_embd }, 0);
    }

    // from here on layers are counted by cache slot: the devices were assigned by physical layer above, and every slot of a
    // core layer aliases its weights
    std::vector<llama_layer> by_slot(layout.n_index());
    for (uint32_t s = 0; s < layout.n_index(); ++s) {
        by_slot[s] = layers[layout.layer(s)];

        hparams.n_head_arr   [s] = hparams.n_head_arr   [0];
        hparams.n_head_kv_arr[s] = hparams.n_head_kv_arr[0];
        hparams.n_ff_arr     [s] = hparams.n_ff_arr     [0];
    }
    layers = std::move(by_slot);
    hparams.n_layer_all = layout.n_index();
}
