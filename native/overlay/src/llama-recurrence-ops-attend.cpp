#include "llama-recurrence-ops.h"

#include "llama-recurrence-ops-simd.h"

#include <algorithm>
#include <cmath>
#include <vector>

// attention of a few positions

// larger batches gain more from ggml's
static constexpr int64_t RECURRENCE_N_TOKENS_MAX = 16;

#ifdef RECURRENCE_OPS_X86

// e^x for x <= 0, relative error below 2e-7: 2^i times a polynomial on half an octave to both sides
RECURRENCE_AVX2 static inline __m256 recurrence_exp(__m256 x) {
    x = _mm256_max_ps(x, _mm256_set1_ps(-87.0f));
    const __m256 i = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(1.44269504f)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m256 f = _mm256_fnmadd_ps(i, _mm256_set1_ps(0.693359375f), x);
    f = _mm256_fnmadd_ps(i, _mm256_set1_ps(-2.12194440e-4f), f);
    __m256 p = _mm256_set1_ps(1.0f/720.0f);
    p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(1.0f/120.0f));
    p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(1.0f/24.0f));
    p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(1.0f/6.0f));
    p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(0.5f));
    p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(1.0f));
    p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(1.0f));
    const __m256i e = _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(i), _mm256_set1_epi32(127)), 23);
    return _mm256_mul_ps(p, _mm256_castsi256_ps(e));
}

RECURRENCE_AVX2 static float recurrence_dot(const float * q, const ggml_fp16_t * k, int64_t n) {
    __m256 sum = _mm256_setzero_ps();
    for (int64_t i = 0; i < n; i += 8) {
        sum = _mm256_fmadd_ps(_mm256_loadu_ps(q + i), recurrence_load_f16(k + i), sum);
    }
    return recurrence_add_up(sum);
}

// N vectors of 8: a head
template <int N>
RECURRENCE_AVX2 static void recurrence_head(
        const float * q, const char * k, size_t nbk, const char * v, size_t nbv, float * y,
        const std::vector<int32_t> & cells, std::vector<float> & p, float scale) {
    const size_t n = cells.size();

    float max = -INFINITY;
    for (size_t j = 0; j < n; ++j) {
        p[j] = scale*recurrence_dot(q, (const ggml_fp16_t *) (k + cells[j]*nbk), 8*N);
        max  = std::max(max, p[j]);
    }
    for (size_t j = n; j%8 != 0; ++j) {
        p[j] = -INFINITY;
    }

    __m256 total = _mm256_setzero_ps();
    for (size_t j = 0; j < n; j += 8) {
        // what is far below the largest ends as e^-87: nothing
        const __m256 e = recurrence_exp(_mm256_sub_ps(_mm256_loadu_ps(p.data() + j), _mm256_set1_ps(max)));
        _mm256_storeu_ps(p.data() + j, e);
        total = _mm256_add_ps(total, e);
    }

    __m256 sum[N];
    for (auto & s : sum) {
        s = _mm256_setzero_ps();
    }
    for (size_t j = 0; j < n; ++j) {
        const auto * row = (const ggml_fp16_t *) (v + cells[j]*nbv);
        const __m256 pj  = _mm256_broadcast_ss(p.data() + j);
        for (int i = 0; i < N; ++i) {
            sum[i] = _mm256_fmadd_ps(pj, recurrence_load_f16(row + 8*i), sum[i]);
        }
    }
    const __m256 inv = _mm256_set1_ps(1.0f/recurrence_add_up(total));
    for (int i = 0; i < N; ++i) {
        _mm256_storeu_ps(y + 8*i, _mm256_mul_ps(sum[i], inv));
    }
}

static void recurrence_attend_op(ggml_tensor * dst, int ith, int nth, void * /*userdata*/) {
    const ggml_tensor * q = dst->src[0];
    const ggml_tensor * k = dst->src[1];
    const ggml_tensor * v = dst->src[2];
    const ggml_tensor * mask = dst->src[3];

    const int64_t n      = q->ne[0];
    const int64_t n_head = q->ne[1];
    const int64_t n_kv   = k->ne[2];
    const int64_t n_tokens = q->ne[2];

    const float scale = 1.0f/std::sqrt((float) n);

    static thread_local std::vector<int32_t> cells;
    static thread_local std::vector<float>   p;
    p.resize(n_kv + 8);

    for (int64_t i = 0; i < n_tokens; ++i) {
        const char * row = (const char *) mask->data + i*mask->nb[1];
        cells.clear();
        for (int64_t j = 0; j < n_kv; ++j) {
            if (mask->type == GGML_TYPE_F16 ? ((const ggml_fp16_t *) row)[j] == 0 : ((const float *) row)[j] == 0.0f) {
                cells.push_back(j);
            }
        }
        for (int64_t h = ith; h < n_head; h += nth) {
            const float * qh = (const float *) ((const char *) q->data + i*q->nb[2] + h*q->nb[1]);
            const char  * kh = (const char *) k->data + h*k->nb[1];
            const char  * vh = (const char *) v->data + h*v->nb[1];
            float       * yh = (float *) ((char *) dst->data + i*dst->nb[1]) + h*n;
            switch (n) {
                case 32: recurrence_head<4> (qh, kh, k->nb[2], vh, v->nb[2], yh, cells, p, scale); break;
                case 64: recurrence_head<8> (qh, kh, k->nb[2], vh, v->nb[2], yh, cells, p, scale); break;
                default: recurrence_head<2> (qh, kh, k->nb[2], vh, v->nb[2], yh, cells, p, scale); break;
            }
        }
    }
}

bool llama_recurrence_can_attend(const ggml_tensor * q, const ggml_tensor * k, const ggml_tensor * v, const ggml_tensor * mask) {
    const int64_t n = q->ne[0];
    return recurrence_has_avx2() && q->ne[2] <= RECURRENCE_N_TOKENS_MAX && (n == 16 || n == 32 || n == 64) &&
        q->type == GGML_TYPE_F32 && k->type == GGML_TYPE_F16 && v->type == GGML_TYPE_F16 && k->ne[1] == q->ne[1] && k->ne[3] == 1 &&
        v->nb[0] == sizeof(ggml_fp16_t) && v->ne[0] == n && v->ne[1] == q->ne[1] &&
        (mask->type == GGML_TYPE_F16 || mask->type == GGML_TYPE_F32) && mask->ne[1] == q->ne[2] && mask->ne[3] == 1;
}

ggml_tensor * llama_recurrence_attend(ggml_context * ctx, ggml_tensor * q, ggml_tensor * k, ggml_tensor * v, ggml_tensor * mask) {
    ggml_tensor * args[] = { q, k, v, mask };
    return ggml_custom_4d(ctx, GGML_TYPE_F32, q->ne[0]*q->ne[1], q->ne[2], 1, 1, args, 4, recurrence_attend_op, GGML_N_TASKS_MAX, nullptr);
}

#else // other processors, and compilers without the attribute: ggml's own operators

bool llama_recurrence_can_attend(const ggml_tensor *, const ggml_tensor *, const ggml_tensor *, const ggml_tensor *) { return false; }
ggml_tensor * llama_recurrence_attend(ggml_context *, ggml_tensor *, ggml_tensor *, ggml_tensor *, ggml_tensor *) { return nullptr; }

#endif
