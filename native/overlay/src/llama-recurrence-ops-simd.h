#pragma once

// vectors of the operators in llama-recurrence-ops.h
//
// One binary runs on every x86-64 processor: functions are compiled for AVX2 or AVX-512 and used where it is.

#include "ggml.h"

#if (defined(__GNUC__) || defined(__clang__)) && defined(__x86_64__)
#define RECURRENCE_OPS_X86
#include <immintrin.h>
#define RECURRENCE_AVX2   __attribute__((target("avx2,fma,f16c")))
#define RECURRENCE_AVX512 __attribute__((target("avx512f,avx2,fma,f16c")))

inline bool recurrence_has_avx2() {
    static const bool res = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    return res;
}

inline bool recurrence_has_avx512() {
    static const bool res = recurrence_has_avx2() && __builtin_cpu_supports("avx512f");
    return res;
}

RECURRENCE_AVX2 static inline __m256 recurrence_load_f16(const ggml_fp16_t * x) {
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *) x));
}

RECURRENCE_AVX2 static inline __m128 recurrence_halve(__m256 x) {
    return _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
}

RECURRENCE_AVX2 static inline float recurrence_add_up(__m256 x) {
    const __m128 a = recurrence_halve(x);
    const __m128 b = _mm_add_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_add_ss(b, _mm_movehdup_ps(b)));
}

// four at once, each added up in the same order as above
RECURRENCE_AVX2 static inline __m128 recurrence_add_up_4(__m256 x0, __m256 x1, __m256 x2, __m256 x3) {
    const __m128 a0 = recurrence_halve(x0);
    const __m128 a1 = recurrence_halve(x1);
    const __m128 a2 = recurrence_halve(x2);
    const __m128 a3 = recurrence_halve(x3);
    const __m128 b0 = _mm_add_ps(_mm_unpacklo_ps(a0, a1), _mm_unpackhi_ps(a0, a1));
    const __m128 b1 = _mm_add_ps(_mm_unpacklo_ps(a2, a3), _mm_unpackhi_ps(a2, a3));
    return _mm_add_ps(_mm_movelh_ps(b0, b1), _mm_movehl_ps(b1, b0));
}

#endif
