// Fused elementwise parts of a block for the trainer: sandwich norm, gated activation, rope attention. Row-major.
#include <math.h>
#include <stdlib.h>
#include <string.h>

// y = (x + r) / rms(x + r) * w per row of d; r may be null. Keeps n = normalised row and inv = 1 / rms for the gradient.
void norm_forward(const float * x, const float * r, const float * w, float * y, float * n, float * inv, long rows, int d, float eps) {
    for (long i = 0; i < rows; i++, x += d, y += d, n += d) {
        float sum = 0;
        if (r) {
            for (int j = 0; j < d; j++) n[j] = x[j] + r[i * d + j];
        } else {
            memcpy(n, x, d * sizeof(float));
        }
        for (int j = 0; j < d; j++) sum += n[j] * n[j];
        const float s = 1.0f / sqrtf(sum / d + eps);
        inv[i] = s;
        for (int j = 0; j < d; j++) { n[j] *= s; y[j] = n[j] * w[j]; }
    }
}

// dx (same for x and r) and dw += .
void norm_backward(const float * restrict dy, const float * restrict n, const float * restrict inv, const float * restrict w, float * restrict dx, float * restrict dw, long rows, int d) {
    for (long i = 0; i < rows; i++, dy += d, n += d, dx += d) {
        float dot = 0;
        for (int j = 0; j < d; j++) dot += dy[j] * w[j] * n[j];
        dot /= d;
        for (int j = 0; j < d; j++) { dw[j] += dy[j] * n[j]; dx[j] = (dy[j] * w[j] - n[j] * dot) * inv[i]; }
    }
}

// Tensors between two products may be bf16 (`half`), the upper half of a float: widened on the way in, rounded on the way out.
static const float * load(const void * base, long at, int n, int half, float * buffer) {
    if (!half) return (const float *) base + at;
    const unsigned short * s = (const unsigned short *) base + at;
    for (int j = 0; j < n; j++) { const unsigned bits = (unsigned) s[j] << 16; memcpy(buffer + j, &bits, 4); }
    return buffer;
}

static void store(void * base, long at, int n, int half, const float * values) {
    if (!half) { memcpy((float *) base + at, values, n * sizeof(float)); return; }
    unsigned short * t = (unsigned short *) base + at;
    for (int j = 0; j < n; j++) {
        unsigned bits;
        memcpy(&bits, values + j, 4);
        t[j] = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    }
}

// y = silu(gate) * up; h rows are [gate | up] of m each.
void swiglu_forward(const void * hs, void * ys, long rows, int m, int half) {
    float space[2 * m], y[m];
    for (long i = 0; i < rows; i++) {
        const float * restrict h = load(hs, i * 2 * m, 2 * m, half, space);
        for (int j = 0; j < m; j++) y[j] = h[j] / (1.0f + expf(-h[j])) * h[m + j];
        store(ys, i * m, m, half, y);
    }
}

void swiglu_backward(const void * hs, const void * dys, void * dhs, long rows, int m, int half) {
    float space[2 * m], more[m], dh[2 * m];
    for (long i = 0; i < rows; i++) {
        const float * restrict h = load(hs, i * 2 * m, 2 * m, half, space), * restrict dy = load(dys, i * m, m, half, more);
        for (int j = 0; j < m; j++) {
            const float s = 1.0f / (1.0f + expf(-h[j]));
            dh[j] = dy[j] * h[m + j] * s * (1.0f + h[j] * (1.0f - s));
            dh[m + j] = dy[j] * h[j] * s;
        }
        store(dhs, i * 2 * m, 2 * m, half, dh);
    }
}

// Sixteen floats at any address: one or more registers, whatever the machine has.
typedef float vec __attribute__((vector_size(64), aligned(4), may_alias));
// Query rows taken together, so that a loaded key or value serves four of them.
enum { ROWS = 4, WIDE = 32 };

static inline vec all(float a) { return (vec) {a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a}; }

// One head: copies q, k, v out of qkv, adds the biases, rotates adjacent pairs. kt, vt are transposed [size][stride]; what is past len is zero.
static void gather(const void * qkv, long at, int half_in, const float * bias, const float * cs, const float * sn, int head, int heads, int len, int stride, int size,
                   float * q, float * k, float * kt, float * v, float * vt) {
    const int d = heads * size, half = size / 2;
    const float * bq = bias + head * size, * bk = bias + d + head * size;
    memset(q, 0, (size_t) 5 * stride * size * sizeof(float));
    for (int i = 0; i < len; i++) {
        float space[3][size];
        const long row = at + (long) i * 3 * d + head * size;
        const float * x = load(qkv, row, size, half_in, space[0]), * y = load(qkv, row + d, size, half_in, space[1]);
        for (int j = 0; j < half; j++) {
            const float c = cs[i * half + j], s = sn[i * half + j];
            const float a = x[2 * j] + bq[2 * j], b = x[2 * j + 1] + bq[2 * j + 1];
            q[i * size + 2 * j] = a * c - b * s; q[i * size + 2 * j + 1] = b * c + a * s;
            const float e = y[2 * j] + bk[2 * j], f = y[2 * j + 1] + bk[2 * j + 1];
            k[i * size + 2 * j] = e * c - f * s; k[i * size + 2 * j + 1] = f * c + e * s;
        }
        memcpy(v + i * size, load(qkv, row + 2 * d, size, half_in, space[2]), size * sizeof(float));
    }
    for (int j = 0; j < size; j++)
        for (int i = 0; i < len; i++) { kt[j * stride + i] = k[i * size + j]; vt[j * stride + i] = v[i * size + j]; }
}

// out[r][u] = scale * sum over j of a[r][j] * bt[j][u], for four rows and u < count, rounded up to WIDE.
static void products(const float * a, const float * bt, float * out, int count, int stride, int size, float scale) {
    for (int u = 0; u < count; u += WIDE) {
        vec s[ROWS][2] = {0};
        for (int j = 0; j < size; j++) {
            const vec * t = (const vec *) (bt + (long) j * stride + u);
            for (int r = 0; r < ROWS; r++) {
                const vec x = all(a[r * size + j]);
                s[r][0] += x * t[0]; s[r][1] += x * t[1];
            }
        }
        for (int r = 0; r < ROWS; r++) {
            vec * o = (vec *) (out + (long) r * stride + u);
            o[0] = s[r][0] * scale; o[1] = s[r][1] * scale;
        }
    }
}

// p[r][0..i+r] = softmax of the scaled scores of query rows i..i+3; zero after that.
static void softmax_rows(const float * q, const float * kt, float * restrict p, int i, int stride, int size) {
    products(q, kt, p, i + ROWS, stride, size, 1.0f / sqrtf(size));
    for (int r = 0; r < ROWS; r++, p += stride) {
        float top = p[0], sum = 0;
        for (int u = 1; u <= i + r; u++) top = p[u] > top ? p[u] : top;
        for (int u = 0; u <= i + r; u++) { p[u] = expf(p[u] - top); sum += p[u]; }
        const float f = 1.0f / sum;
        for (int u = 0; u <= i + r; u++) p[u] *= f;
        for (int u = i + r + 1; u < i + ROWS; u++) p[u] = 0;
    }
}

// o[r] = sum over u of p[r][u] * v[u]; n vectors a row. Inlined with a constant n, so that the sums stay in registers.
static inline void weighted_sums(const float * p, const float * v, float * o, int count, int stride, const int n) {
    vec s[ROWS][n];
    memset(s, 0, sizeof(s));
    for (int u = 0; u < count; u++) {
        const vec * row = (const vec *) (v + (long) u * n * 16);
        for (int r = 0; r < ROWS; r++)
            for (int j = 0; j < n; j++) s[r][j] += all(p[(long) r * stride + u]) * row[j];
    }
    memcpy(o, s, sizeof(s));
}

// dv[u] += sum over r of p[r][u] * go[r], dk[u] += sum over r of g[r][u] * q[r], dq[r] = sum over u of g[r][u] * k[u]
static inline void spread(const float * p, const float * g, const float * go, const float * q, const float * k, float * dv, float * dk, float * dq,
                          int count, int stride, const int n) {
    vec s[ROWS][n], out[ROWS][n], query[ROWS][n];
    memset(s, 0, sizeof(s));
    memcpy(out, go, sizeof(out));
    memcpy(query, q, sizeof(query));
    for (int u = 0; u < count; u++) {
        const vec * key = (const vec *) (k + (long) u * n * 16);
        vec * value = (vec *) (dv + (long) u * n * 16), * keys = (vec *) (dk + (long) u * n * 16);
        for (int j = 0; j < n; j++) {
            vec a = value[j], b = keys[j];
            for (int r = 0; r < ROWS; r++) {
                const float x = g[(long) r * stride + u];
                a += all(p[(long) r * stride + u]) * out[r][j];
                b += all(x) * query[r][j];
                s[r][j] += all(x) * key[j];
            }
            value[j] = a; keys[j] = b;
        }
    }
    memcpy(dq, s, sizeof(s));
}

#define SCRATCH(n) ((float *) malloc((size_t) (n) * sizeof(float)))

// Rows of scratch: whole tiles, and room for four rows that begin at the last one.
static int padded(int len) { return (len + ROWS + WIDE - 1) / WIDE * WIDE; }

// out [batch, len, d]; causal, scale 1/sqrt(size); size must be a multiple of 16.
void attention_forward(const void * qkv, const float * bias, const float * cs, const float * sn, void * out,
                       int batch, int len, int heads, int size, int half) {
    const int d = heads * size, stride = padded(len);
    const long block = (long) stride * size;
    float * q = SCRATCH(5 * block + ROWS * (stride + size)), * k = q + block, * kt = k + block, * v = kt + block, * vt = v + block;
    float * p = vt + block, * o = p + ROWS * stride;
    for (int b = 0; b < batch; b++)
        for (int h = 0; h < heads; h++) {
            gather(qkv, (long) b * len * 3 * d, half, bias, cs, sn, h, heads, len, stride, size, q, k, kt, v, vt);
            for (int i = 0; i < len; i += ROWS) {
                softmax_rows(q + i * size, kt, p, i, stride, size);
                if (size == 32) weighted_sums(p, v, o, i + ROWS, stride, 2);
                else            weighted_sums(p, v, o, i + ROWS, stride, size / 16);
                for (int r = 0; r < ROWS && i + r < len; r++)
                    store(out, ((long) b * len + i + r) * d + h * size, size, half, o + r * size);
            }
        }
    free(q);
}

// dqkv [batch, len, 3d]; dbias [2, d] is added to. Probabilities are recomputed.
void attention_backward(const void * qkv, const float * bias, const float * cs, const float * sn, const void * out, const void * dout,
                        void * dqkv, float * dbias, int batch, int len, int heads, int size, int half) {
    const int d = heads * size, stride = padded(len);
    const float scale = 1.0f / sqrtf(size);
    const long block = (long) stride * size;
    float * q = SCRATCH(8 * block + ROWS * (2 * stride + size)), * k = q + block, * kt = k + block, * v = kt + block, * vt = v + block;
    float * dq = vt + block, * dk = dq + block, * dv = dk + block, * p = dv + block, * g = p + ROWS * stride, * go = g + ROWS * stride;
    for (int b = 0; b < batch; b++)
        for (int h = 0; h < heads; h++) {
            gather(qkv, (long) b * len * 3 * d, half, bias, cs, sn, h, heads, len, stride, size, q, k, kt, v, vt);
            memset(dq, 0, 3 * block * sizeof(float));
            for (int i = 0; i < len; i += ROWS) {
                softmax_rows(q + i * size, kt, p, i, stride, size);
                // A row past the end has no gradient, so nothing comes of it.
                float dot[ROWS] = {0};
                memset(go, 0, ROWS * size * sizeof(float));
                for (int r = 0; r < ROWS && i + r < len; r++) {
                    const long row = ((long) b * len + i + r) * d + h * size;
                    float space[2][size];
                    const float * o = load(out, row, size, half, space[0]);
                    memcpy(go + r * size, load(dout, row, size, half, space[1]), size * sizeof(float));
                    for (int j = 0; j < size; j++) dot[r] += o[j] * go[r * size + j];
                }
                products(go, vt, g, i + ROWS, stride, size, 1.0f);
                for (int r = 0; r < ROWS; r++)
                    for (int u = 0; u < i + ROWS; u++) g[r * stride + u] = (g[r * stride + u] - dot[r]) * p[r * stride + u] * scale;
                if (size == 32) spread(p, g, go, q + i * size, k, dv, dk, dq + i * size, i + ROWS, stride, 2);
                else            spread(p, g, go, q + i * size, k, dv, dk, dq + i * size, i + ROWS, stride, size / 16);
            }
            float * bq = dbias + h * size, * bk = dbias + d + h * size;
            for (int i = 0; i < len; i++) {
                float x[size], y[size];
                for (int j = 0; j < size / 2; j++) {
                    const float c = cs[i * size / 2 + j], s = sn[i * size / 2 + j];
                    const float a = dq[i * size + 2 * j], e = dq[i * size + 2 * j + 1], f = dk[i * size + 2 * j], w = dk[i * size + 2 * j + 1];
                    x[2 * j] = a * c + e * s; x[2 * j + 1] = e * c - a * s;
                    y[2 * j] = f * c + w * s; y[2 * j + 1] = w * c - f * s;
                }
                for (int j = 0; j < size; j++) { bq[j] += x[j]; bk[j] += y[j]; }
                const long row = ((long) b * len + i) * 3 * d + h * size;
                store(dqkv, row, size, half, x); store(dqkv, row + d, size, half, y); store(dqkv, row + 2 * d, size, half, dv + i * size);
            }
        }
    free(q);
}
