#include "models.h"

#include "../llama-kv-cache.h"
#include "../llama-recurrence.h"
#include "../llama-recurrence-ops.h"

#include <cmath>
#include <string>

// Huginn ("raven"): a prelude, a core that is run r times on a latent state with the embedded input injected at every step,
// and a coda. Sandwich norms, biases on Q and K only, the same final norm before the coda and before the head.
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

std::unique_ptr<llm_graph_context> llama_model_huginn::build_arch_graph(const llm_graph_params & params) const {
    return std::make_unique<graph>(*this, params);
}

// by our own operator where that is faster; an adapter needs llama.cpp's
ggml_tensor * llama_model_huginn::graph::build_mm(ggml_tensor * w, ggml_tensor * x) const {
    return recurrence.get_own_ops() && loras->empty() && llama_recurrence_can_mul_mat(w, x->ne[1]) ? llama_recurrence_mul_mat(ctx0, w, x) : build_lora_mm(w, x);
}

llm_graph_qkv llama_model_huginn::graph::build_heads(const llama_layer & layer, ggml_tensor * cur, int il) const {
    if (!layer.wqkv || !layer.wqkv_b) {
        return build_qkv(layer, cur, n_embd_head_k, n_head, n_head_kv, il);
    }
    ggml_tensor * qkv = ggml_add(ctx0, build_mm(layer.wqkv, cur), layer.wqkv_b);

    const auto part = [&](int i) {
        return ggml_view_3d(ctx0, qkv, n_embd_head_k, n_head, n_tokens, ggml_row_size(qkv->type, n_embd_head_k), qkv->nb[1], ggml_row_size(qkv->type, i*n_embd));
    };
    return { part(0), part(1), part(2) };
}

// keys and values to the cache, then attention over it
ggml_tensor * llama_model_huginn::graph::build_attend(llm_graph_input_attn_kv * inp, ggml_tensor * wo, ggml_tensor * q, ggml_tensor * k, ggml_tensor * v, int il) const {
    const float scale = 1.0f/sqrtf(float(n_embd_head_k));

    if (recurrence.get_own_ops() && cparams.flash_attn && !inp->self_k_rot && !inp->self_v_rot) {
        ggml_tensor * ks = inp->mctx->get_k(ctx0, il);
        ggml_tensor * vs = inp->mctx->get_v(ctx0, il);

        if (llama_recurrence_can_attend(q, ks, vs, inp->get_kq_mask())) {
            ggml_build_forward_expand(gf, inp->mctx->cpy_k(ctx0, k, inp->get_k_idxs(), il));
            ggml_build_forward_expand(gf, inp->mctx->cpy_v(ctx0, v, inp->get_v_idxs(), il));

            return build_mm(wo, llama_recurrence_attend(ctx0, q, ks, vs, inp->get_kq_mask()));
        }
    }
    ggml_tensor * cur = build_attn(inp, nullptr, nullptr, nullptr, q, k, v, nullptr, nullptr, nullptr, scale, il);
    return build_mm(wo, cur);
}

// x1 = norm_2(attn(norm_1(x)) + x); x2 = norm_4(ffn(norm_3(x1)) + x1)
// il: cache slot
ggml_tensor * llama_model_huginn::graph::build_block(
        llm_graph_input_attn_kv * inp_attn,
                    ggml_tensor * inp_pos,
                    ggml_tensor * cur,
                            int   il,
                    ggml_tensor * inp_out_ids) const {
    const auto & layer = model.layers[il];

    ggml_tensor * inpSA = cur;

    cur = build_norm(cur, layer.attn_norm, NULL, LLM_NORM_RMS, il);
    cb(cur, "attn_norm", il);

    auto [Qcur, Kcur, Vcur] = build_heads(layer, cur, il);

    Qcur = ggml_rope_ext(ctx0, Qcur, inp_pos, nullptr, n_rot, rope_type, n_ctx_orig, freq_base, freq_scale,
                         ext_factor, attn_factor, beta_fast, beta_slow);
    cb(Qcur, "Qcur", il);

    Kcur = ggml_rope_ext(ctx0, Kcur, inp_pos, nullptr, n_rot, rope_type, n_ctx_orig, freq_base, freq_scale,
                         ext_factor, attn_factor, beta_fast, beta_slow);
    cb(Kcur, "Kcur", il);

    cur = build_attend(inp_attn, layer.wo, Qcur, Kcur, Vcur, il);
    cb(cur, "attn_out", il);

    if (inp_out_ids) {
        cur   = ggml_get_rows(ctx0, cur,   inp_out_ids);
        inpSA = ggml_get_rows(ctx0, inpSA, inp_out_ids);
    }

    cur = ggml_add(ctx0, cur, inpSA);
    cur = build_norm(cur, layer.attn_post_norm, NULL, LLM_NORM_RMS, il);
    cb(cur, "attn_post_norm", il);

    ggml_tensor * ffn_inp = cur;

    cur = build_norm(cur, layer.ffn_norm, NULL, LLM_NORM_RMS, il);
    cb(cur, "ffn_norm", il);

    cur = build_mm(layer.ffn_down, ggml_swiglu(ctx0, build_mm(layer.ffn_up, cur)));
    cb(cur, "ffn_out", il);

    cur = ggml_add(ctx0, cur, ffn_inp);
    cur = build_norm(cur, layer.ffn_post_norm, NULL, LLM_NORM_RMS, il);

    cur = build_cvec(cur, il);
    cb(cur, "l_out", il);

    return cur;
}

void llama_model_huginn::graph::build_prelude(llm_graph_input_attn_kv * inp_attn, ggml_tensor * inp_pos) const {
    // scaled by hparams.f_embedding_scale inside
    ggml_tensor * cur = build_inp_embd(model.tok_embd);

    for (uint32_t i = 0; i < model.layout.n_prelude; ++i) {
        cur = build_block(inp_attn, inp_pos, cur, i);
    }

    // the embedding half of the adapter is the same at every step
    cur = build_mm(model.adapter_embd, cur);
    cb(cur, "inject", -1);

    ggml_build_forward_expand(gf, ggml_cpy(ctx0, cur, recurrence.get_inject(ctx0, n_tokens)));
}

void llama_model_huginn::graph::build_step(llm_graph_input_attn_kv * inp_attn, ggml_tensor * inp_pos) const {
    ggml_tensor * state_in  = recurrence.get_state(ctx0, 0, n_tokens);
    ggml_tensor * state_out = recurrence.get_state(ctx0, 1, n_tokens);

    ggml_tensor * cur = build_mm(model.adapter_state, state_in);
    cur = ggml_add(ctx0, cur, recurrence.get_inject(ctx0, n_tokens));
    cb(cur, "adapter", -1);

    // built for the first slot; the executor points it to the slot of the step
    for (uint32_t j = 0; j < model.layout.n_core; ++j) {
        cur = build_block(inp_attn, inp_pos, cur, model.layout.slot_core(0, j));
    }
    ggml_build_forward_expand(gf, ggml_cpy(ctx0, cur, state_out));

    recurrence.t_sumsq = nullptr;
    if (recurrence.get_sumsq_on_host(n_tokens)) {
        return;
    }

    // the change of the step, of all positions: one readback of 2*n_tokens values
    ggml_tensor * diff = ggml_sub(ctx0, cur, state_in);

    recurrence.t_sumsq = ggml_sum_rows(ctx0, ggml_sqr(ctx0, ggml_concat(ctx0, diff, cur, 1)));
    cb(recurrence.t_sumsq, "sumsq", -1);

    ggml_set_output(recurrence.t_sumsq);
    ggml_build_forward_expand(gf, recurrence.t_sumsq);
}

void llama_model_huginn::graph::build_coda(llm_graph_input_attn_kv * inp_attn, ggml_tensor * inp_pos, bool is_bound) const {
    const int i_state = recurrence.get_i_state();

    // a bound graph is pointed to the state buffer, as a step is; the other kind is built by upstream code
    if (!is_bound) {
        res->add_input(std::make_unique<llm_graph_input_latent_state>(i_state));
    }

    ggml_tensor * cur = recurrence.get_state(ctx0, i_state, n_tokens);

    cur = build_norm(cur, model.output_norm, NULL, LLM_NORM_RMS, -1);
    cb(cur, "latent_norm", -1);

    ggml_tensor * inp_out_ids = build_inp_out_ids();

    for (uint32_t k = 0; k < model.layout.n_coda; ++k) {
        cur = build_block(inp_attn, inp_pos, cur, model.layout.slot_coda(k), k == model.layout.n_coda - 1 ? inp_out_ids : nullptr);
    }

    cur = build_norm(cur, model.output_norm, NULL, LLM_NORM_RMS, -1);
    cb(cur, "result_norm", -1);
    res->t_embd = cur;

    cur = build_mm(model.output, cur);
    cb(cur, "result_output", -1);
    res->t_logits = cur;

    ggml_build_forward_expand(gf, cur);
}

llama_model_huginn::graph::graph(const llama_model & model, const llm_graph_params & params) :
    llm_graph_context(params),
    model(static_cast<const llama_model_huginn &>(model)),
    recurrence(*params.recurrence) {
    auto * inp_attn = build_attn_inp_kv();

    ggml_tensor * inp_pos = build_inp_pos();

    const auto phase = recurrence.get_phase(params);
    const bool all   = phase == LLAMA_RECURRENCE_PHASE_ALL;

    if (all || phase == LLAMA_RECURRENCE_PHASE_PRELUDE) {
        build_prelude(inp_attn, inp_pos);
    }
    if (all || phase == LLAMA_RECURRENCE_PHASE_STEP) {
        build_step(inp_attn, inp_pos);
    }
    const bool is_bound = phase == LLAMA_RECURRENCE_PHASE_CODA_BOUND;
    if (all || is_bound || phase == LLAMA_RECURRENCE_PHASE_CODA) {
        build_coda(inp_attn, inp_pos, is_bound);
    }
}
