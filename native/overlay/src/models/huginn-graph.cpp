#include "models.h"

#include "../llama-kv-cache.h"
#include "../llama-recurrence.h"
#include "../llama-recurrence-ops.h"

#include <cmath>

// the graphs of prelude, step and coda

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
