// a product of F16 weights and F32 activations; included for each kind of vector, which these say:
//
// TILE_TARGET     attribute of the functions
// TILE_VEC        the vector, of
// TILE_N          floats
// TILE_ZERO()     zeros
// TILE_LOAD(p)    from float *
// TILE_LOAD_F16(p) from ggml_fp16_t *
// TILE_FMA(a,b,c) a*b + c
// TILE_HALF(v)    as __m256: itself, or its halves added
// TILE_ROWS(C)    rows of a tile of C positions: as many as there are registers for

// R rows of the weight times C positions
template <int R, int C>
TILE_TARGET static void tile(const ggml_fp16_t * w, size_t ldw, const float * x, float * y, size_t ldy, int64_t n) {
    TILE_VEC sum[R][C];
    for (int r = 0; r < R; ++r) {
        for (int c = 0; c < C; ++c) {
            sum[r][c] = TILE_ZERO();
        }
    }
    for (int64_t k = 0; k < n; k += TILE_N) {
        // the rows of the next tile, a line of the cache each: they are too short for the processor to see them coming
        for (int r = 0; r < R && k % 32 == 0; ++r) {
            _mm_prefetch((const char *) (w + (r + R)*ldw + k), _MM_HINT_T0);
        }
        if (C == 1) {
            // nothing to share: a register for each weight would be too many
            const TILE_VEC xk = TILE_LOAD(x + k);
            for (int r = 0; r < R; ++r) {
                sum[r][0] = TILE_FMA(TILE_LOAD_F16(w + r*ldw + k), xk, sum[r][0]);
            }
            continue;
        }
        TILE_VEC wk[R];
        for (int r = 0; r < R; ++r) {
            wk[r] = TILE_LOAD_F16(w + r*ldw + k);
        }
        for (int c = 0; c < C; ++c) {
            const TILE_VEC xk = TILE_LOAD(x + c*n + k);
            for (int r = 0; r < R; ++r) {
                sum[r][c] = TILE_FMA(wk[r], xk, sum[r][c]);
            }
        }
    }
    for (int c = 0; c < C; ++c) {
        int r = 0;
        for (; r + 4 <= R; r += 4) {
            _mm_storeu_ps(y + c*ldy + r, recurrence_add_up_4(TILE_HALF(sum[r][c]), TILE_HALF(sum[r + 1][c]), TILE_HALF(sum[r + 2][c]), TILE_HALF(sum[r + 3][c])));
        }
        for (; r < R; ++r) {
            y[c*ldy + r] = recurrence_add_up(TILE_HALF(sum[r][c]));
        }
    }
}

template <int C>
TILE_TARGET static void rows(int64_t r, int64_t r1, const ggml_fp16_t * w, size_t ldw, const float * x, float * y, size_t ldy, int64_t n) {
    constexpr int R = TILE_ROWS(C);
    for (; r + R <= r1; r += R) {
        tile<R, C>(w + r*ldw, ldw, x, y + r, ldy, n);
    }
    for (; r < r1; ++r) {
        tile<1, C>(w + r*ldw, ldw, x, y + r, ldy, n);
    }
}

// rows r0 to r1 of all positions
static void product(int64_t r0, int64_t r1, const ggml_fp16_t * w, size_t ldw, const float * x, float * y, size_t ldy, int64_t n, int64_t n_tokens) {
    for (int64_t c = 0; c < n_tokens;) {
        const float * xc = x + c*n;
        float       * yc = y + c*ldy;
        switch (n_tokens - c) {
            case 1:  rows<1>(r0, r1, w, ldw, xc, yc, ldy, n); c += 1; break;
            case 2:  rows<2>(r0, r1, w, ldw, xc, yc, ldy, n); c += 2; break;
            case 3:  rows<3>(r0, r1, w, ldw, xc, yc, ldy, n); c += 3; break;
            default: rows<4>(r0, r1, w, ldw, xc, yc, ldy, n); c += 4; break;
        }
    }
}

#undef TILE_TARGET
#undef TILE_VEC
#undef TILE_N
#undef TILE_ZERO
#undef TILE_LOAD
#undef TILE_LOAD_F16
#undef TILE_FMA
#undef TILE_HALF
#undef TILE_ROWS
