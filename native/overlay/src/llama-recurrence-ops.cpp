#include "llama-recurrence-ops.h"

#include "ggml-backend.h"

#include <algorithm>
#include <cmath>
#include <vector>

// one binary runs on every x86-64 processor: the functions are compiled for AVX2 and used where it is
#if (defined(__GNUC__) || defined(__clang__)) && defined(__x86_64__)
#define RECURRENCE_OPS_AVX2
#include <immintrin.h>
#define RECURRENCE_AVX2 __attribute__((target("avx2,fma,f16c")))
#endif

// larger batches gain more from ggml's products, which cut both matrices into blocks
static constexpr int64_t RECURRENCE_N_TOKENS_MAX = 16;

// a larger weight comes from memory, not from the cache: then its bytes are what a product costs
static constexpr size_t RECURRENCE_N_BYTES_MAX = 1 << 20;

#ifdef RECURRENCE_OPS_AVX2

static bool recurrence_has_avx2() {
    static const bool res = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    return res;
}

RECURRENCE_AVX2 static inline __m256 recurrence_load_f16(const ggml_fp16_t * x) {
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *) x));
}

RECURRENCE_AVX2 static inline float recurrence_add_up(__m256 x) {
    const __m128 a = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    const __m128 b = _mm_add_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_add_ss(b, _mm_movehdup_ps(b)));
}

// R rows of the weight times C positions
template <int R, int C>
RECURRENCE_AVX2 static void recurrence_tile(const ggml_fp16_t * w, size_t ldw, const float * x, float * y, size_t ldy, int64_t n) {
    __m256 sum[R][C];
    for (int r = 0; r < R; ++r) {
        for (int c = 0; c < C; ++c) {
            sum[r][c] = _mm256_setzero_ps();
        }
    }
    for (int64_t k = 0; k < n; k += 8) {
        // the rows of the next tile, a line of the cache each: they are too short for the processor to see them coming
        for (int r = 0; r < R && k % 32 == 0; ++r) {
            _mm_prefetch((const char *) (w + (r + R)*ldw + k), _MM_HINT_T0);
        }
        if (C == 1) {
            // nothing to share: a register for each weight would be too many
            const __m256 xk = _mm256_loadu_ps(x + k);
            for (int r = 0; r < R; ++r) {
                sum[r][0] = _mm256_fmadd_ps(recurrence_load_f16(w + r*ldw + k), xk, sum[r][0]);
            }
            continue;
        }
        __m256 wk[R];
        for (int r = 0; r < R; ++r) {
            wk[r] = recurrence_load_f16(w + r*ldw + k);
        }
        for (int c = 0; c < C; ++c) {
            const __m256 xk = _mm256_loadu_ps(x + c*n + k);
            for (int r = 0; r < R; ++r) {
                sum[r][c] = _mm256_fmadd_ps(wk[r], xk, sum[r][c]);
            }
        }
    }
    for (int r = 0; r < R; ++r) {
        for (int c = 0; c < C; ++c) {
            y[c*ldy + r] = recurrence_add_up(sum[r][c]);
        }
    }
}

template <int R, int C>
static int64_t recurrence_rows(int64_t r, int64_t r1, const ggml_fp16_t * w, size_t ldw, const float * x, float * y, size_t ldy, int64_t n) {
    for (; r + R <= r1; r += R) {
        recurrence_tile<R, C>(w + r*ldw, ldw, x, y + r, ldy, n);
    }
    return r;
}

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

    const size_t ldw = w->nb[1]/sizeof(ggml_fp16_t);
    const size_t ldy = dst->nb[1]/sizeof(float);

    static thread_local std::vector<float> rounded;
    rounded.resize(n*n_tokens);
    for (int64_t i = 0; i < n_tokens; ++i) {
        recurrence_round_f16((const float *) ((const char *) x->data + i*x->nb[1]), rounded.data() + i*n, n);
    }

    const auto * wd = (const ggml_fp16_t *) w->data;
    auto       * yd = (float *) dst->data;

    for (int64_t c = 0; c < n_tokens;) {
        const float * xc = rounded.data() + c*n;
        float       * yc = yd + c*ldy;
        int64_t r = r0;
        switch (std::min<int64_t>(n_tokens - c, 4)) {
            case 1:
                r = recurrence_rows<8, 1>(r, r1, wd, ldw, xc, yc, ldy, n);
                recurrence_rows<1, 1>(r, r1, wd, ldw, xc, yc, ldy, n);
                c += 1;
                break;
            case 2:
                r = recurrence_rows<4, 2>(r, r1, wd, ldw, xc, yc, ldy, n);
                recurrence_rows<1, 2>(r, r1, wd, ldw, xc, yc, ldy, n);
                c += 2;
                break;
            case 3:
                r = recurrence_rows<3, 3>(r, r1, wd, ldw, xc, yc, ldy, n);
                recurrence_rows<1, 3>(r, r1, wd, ldw, xc, yc, ldy, n);
                c += 3;
                break;
            default:
                r = recurrence_rows<3, 4>(r, r1, wd, ldw, xc, yc, ldy, n);
                recurrence_rows<1, 4>(r, r1, wd, ldw, xc, yc, ldy, n);
                c += 4;
                break;
        }
    }
}

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

bool llama_recurrence_fits(const ggml_tensor *) { return false; }
bool llama_recurrence_can_mul_mat(const ggml_tensor *, int64_t) { return false; }
bool llama_recurrence_can_attend(const ggml_tensor *, const ggml_tensor *, const ggml_tensor *, const ggml_tensor *) { return false; }
ggml_tensor * llama_recurrence_mul_mat(ggml_context *, ggml_tensor *, ggml_tensor *) { return nullptr; }
ggml_tensor * llama_recurrence_attend(ggml_context *, ggml_tensor *, ggml_tensor *, ggml_tensor *, ggml_tensor *) { return nullptr; }

#endif
