#pragma once

// included at the end of models.h

#include "../llama-recurrence-layout.h"

struct llama_model_huginn : public llama_model_base {
    llama_model_huginn(const struct llama_model_params & params) : llama_model_base(params) {}

    void load_hparams     (llama_model_loader & ml) override; // checks the metadata before upstream asserts on it
    void load_arch_hparams(llama_model_loader & ml) override;
    void load_arch_tensors(llama_model_loader & ml) override;

    llama_recurrence_layout layout;

    struct ggml_tensor * adapter_state = nullptr;
    struct ggml_tensor * adapter_embd  = nullptr;

    struct graph : public llm_graph_context {
        graph(const llama_model & model, const llm_graph_params & params);

    private:
        ggml_tensor * build_mm     (ggml_tensor * w, ggml_tensor * x) const;
        llm_graph_qkv build_heads  (const llama_layer & layer, ggml_tensor * cur, int il) const;
        ggml_tensor * build_attend (llm_graph_input_attn_kv * inp, ggml_tensor * wo, ggml_tensor * q, ggml_tensor * k, ggml_tensor * v, int il) const;
        ggml_tensor * build_block  (llm_graph_input_attn_kv * inp_attn, ggml_tensor * inp_pos, ggml_tensor * cur, int il, ggml_tensor * inp_out_ids = nullptr) const;
        void          build_prelude(llm_graph_input_attn_kv * inp_attn, ggml_tensor * inp_pos) const;
        void          build_step   (llm_graph_input_attn_kv * inp_attn, ggml_tensor * inp_pos) const;
        void          build_coda   (llm_graph_input_attn_kv * inp_attn, ggml_tensor * inp_pos, bool is_check) const;

        const llama_model_huginn & model;
        llama_recurrence & recurrence;
    };

    std::unique_ptr<llm_graph_context> build_arch_graph(const llm_graph_params & params) const override;
};
