#pragma once

// operators for a few positions of a small model on the CPU, as custom nodes of a graph
//
// ggml converts weight and activation of a F16 product back to F32 for every multiplication: with weights that fit the cache of
// the processor these conversions are what a step costs. Here a weight is converted once for all positions of a batch.
// Every result is added up in the same order whatever the size of the batch: a token read alone and in a batch gets the same bits.

#include "ggml.h"

#include <cstdint>

// is this weight one for the product below, if it is in plain memory
bool llama_recurrence_fits(const ggml_tensor * w);

// can the product be built below; asked for every weight
bool llama_recurrence_can_mul_mat(const ggml_tensor * w, int64_t n_tokens);

// w*x: w F16 [n_in, n_out], x F32 [n_in, n_tokens] -> F32 [n_out, n_tokens]; x is rounded to F16 first, as ggml does
ggml_tensor * llama_recurrence_mul_mat(ggml_context * ctx, ggml_tensor * w, ggml_tensor * x);

bool llama_recurrence_can_attend(const ggml_tensor * q, const ggml_tensor * k, const ggml_tensor * v, const ggml_tensor * mask);

// softmax(scale*q*k)*v over the cells that the mask shows: q F32 [n, n_head, n_tokens], k and v F16 [n, n_head, n_kv],
// mask F16 or F32 [n_kv, n_tokens] of 0 and -inf -> F32 [n*n_head, n_tokens]
ggml_tensor * llama_recurrence_attend(ggml_context * ctx, ggml_tensor * q, ggml_tensor * k, ggml_tensor * v, ggml_tensor * mask);
