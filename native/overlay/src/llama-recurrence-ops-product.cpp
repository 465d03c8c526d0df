#include "llama-recurrence-ops.h"

#include "ggml-backend.h"
#include "llama-recurrence-ops-simd.h"

#include <algorithm>
#include <vector>

// products of a few positions

// larger batches gain more from ggml's products, which cut both matrices into blocks
static constexpr int64_t RECURRENCE_N_TOKENS_MAX = 16;

// a larger weight comes from memory, not from the cache: then its bytes are what a product costs
static constexpr size_t RECURRENCE_N_BYTES_MAX = 1 << 20;

#ifdef RECURRENCE_OPS_X86

namespace avx2 {

#define TILE_TARGET       RECURRENCE_AVX2
#define TILE_VEC          __m256
#define TILE_N            8
#define TILE_ZERO()       _mm256_setzero_ps()
#define TILE_LOAD(p)      _mm256_loadu_ps(p)
#define TILE_LOAD_F16(p)  recurrence_load_f16(p)
#define TILE_FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
#define TILE_HALF(v)      (v)
#define TILE_ROWS(C)      ((C) == 1 ? 8 : (C) == 2 ? 4 : 3)
#include "llama-recurrence-ops-tile.h"

} // namespace avx2

namespace avx512 {

#define TILE_TARGET       RECURRENCE_AVX512
#define TILE_VEC          __m512
#define TILE_N            16
#define TILE_ZERO()       _mm512_setzero_ps()
#define TILE_LOAD(p)      _mm512_loadu_ps(p)
#define TILE_LOAD_F16(p)  _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *) (p)))
#define TILE_FMA(a, b, c) _mm512_fmadd_ps(a, b, c)
#define TILE_HALF(v)      _mm256_add_ps(_mm512_castps512_ps256(v), _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(v), 1)))
#define TILE_ROWS(C)      ((C) <= 2 ? 8 : 4)
#include "llama-recurrence-ops-tile.h"

} // namespace avx512

RECURRENCE_AVX2 static void recurrence_round_f16(const float * src, float * dst, int64_t n) {
    for (int64_t k = 0; k < n; k += 8) {
        _mm256_storeu_ps(dst + k, _mm256_cvtph_ps(_mm256_cvtps_ph(_mm256_loadu_ps(src + k), _MM_FROUND_TO_NEAREST_INT)));
    }
}

static void recurrence_mul_mat_op(ggml_tensor * dst, int ith, int nth, void * /*userdata*/) {
    const ggml_tensor * w = dst->src[0];
    const ggml_tensor * x = dst->src[1];

    const int64_t n = w->ne[0];
    const int64_t m = w->ne[1];
    const int64_t n_tokens = dst->ne[1];

    // whole tiles for every thread
    const int64_t share = ((m + nth - 1)/nth + 7)/8*8;
    const int64_t r0 = std::min(m, share*ith);
    const int64_t r1 = std::min(m, r0 + share);

    static thread_local std::vector<float> rounded;
    rounded.resize(n*n_tokens);
    for (int64_t i = 0; i < n_tokens; ++i) {
        recurrence_round_f16((const float *) ((const char *) x->data + i*x->nb[1]), rounded.data() + i*n, n);
    }

    const auto product = recurrence_has_avx512() && n % 16 == 0 ? avx512::product : avx2::product;
    product(r0, r1, (const ggml_fp16_t *) w->data, w->nb[1]/sizeof(ggml_fp16_t), rounded.data(), (float *) dst->data, dst->nb[1]/sizeof(float), n, n_tokens);
}

bool llama_recurrence_fits(const ggml_tensor * w) {
    return recurrence_has_avx2() && w->type == GGML_TYPE_F16 && w->ne[0] % 8 == 0 && ggml_nbytes(w) <= RECURRENCE_N_BYTES_MAX;
}

bool llama_recurrence_can_mul_mat(const ggml_tensor * w, int64_t n_tokens) {
    return n_tokens <= RECURRENCE_N_TOKENS_MAX && llama_recurrence_fits(w) && w->buffer && ggml_backend_buffer_is_host(w->buffer);
}

ggml_tensor * llama_recurrence_mul_mat(ggml_context * ctx, ggml_tensor * w, ggml_tensor * x) {
    ggml_tensor * args[] = { w, x };
    return ggml_custom_4d(ctx, GGML_TYPE_F32, w->ne[1], x->ne[1], 1, 1, args, 2, recurrence_mul_mat_op, GGML_N_TASKS_MAX, nullptr);
}

#else // other processors, and compilers without the attribute: ggml's own operators

bool llama_recurrence_fits(const ggml_tensor *) { return false; }
bool llama_recurrence_can_mul_mat(const ggml_tensor *, int64_t) { return false; }
ggml_tensor * llama_recurrence_mul_mat(ggml_context *, ggml_tensor *, ggml_tensor *) { return nullptr; }

#endif
