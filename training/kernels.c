// Fused elementwise parts of a block for the trainer: sandwich norm, gated activation, rope attention. All float32, row-major.
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

// y = silu(gate) * up; h rows are [gate | up] of m each.
void swiglu_forward(const float * restrict h, float * restrict y, long rows, int m) {
    for (long i = 0; i < rows; i++, h += 2 * m, y += m)
        for (int j = 0; j < m; j++) y[j] = h[j] / (1.0f + expf(-h[j])) * h[m + j];
}

void swiglu_backward(const float * restrict h, const float * restrict dy, float * restrict dh, long rows, int m) {
    for (long i = 0; i < rows; i++, h += 2 * m, dh += 2 * m, dy += m)
        for (int j = 0; j < m; j++) {
            const float s = 1.0f / (1.0f + expf(-h[j]));
            dh[j] = dy[j] * h[m + j] * s * (1.0f + h[j] * (1.0f - s));
            dh[m + j] = dy[j] * h[j] * s;
        }
}

// One head: copies q, k, v out of qkv, adds the biases, rotates adjacent pairs. kt, vt are transposed [size][len].
static void gather(const float * qkv, const float * bias, const float * cs, const float * sn, int head, int heads, int len, int size,
                   float * q, float * k, float * kt, float * v, float * vt) {
    const int d = heads * size, half = size / 2;
    const float * bq = bias + head * size, * bk = bias + d + head * size;
    for (int i = 0; i < len; i++) {
        const float * row = qkv + (long) i * 3 * d + head * size;
        for (int j = 0; j < half; j++) {
            const float c = cs[i * half + j], s = sn[i * half + j];
            const float a = row[2 * j] + bq[2 * j], b = row[2 * j + 1] + bq[2 * j + 1];
            q[i * size + 2 * j] = a * c - b * s; q[i * size + 2 * j + 1] = b * c + a * s;
            const float e = row[d + 2 * j] + bk[2 * j], f = row[d + 2 * j + 1] + bk[2 * j + 1];
            k[i * size + 2 * j] = e * c - f * s; k[i * size + 2 * j + 1] = f * c + e * s;
        }
        memcpy(v + i * size, row + 2 * d, size * sizeof(float));
    }
    for (int j = 0; j < size; j++)
        for (int i = 0; i < len; i++) { kt[j * len + i] = k[i * size + j]; vt[j * len + i] = v[i * size + j]; }
}

// p[0..i] = softmax of the scaled scores of query row i.
static void softmax_row(const float * restrict q, const float * restrict kt, float * restrict p, int i, int len, int size, float scale) {
    memset(p, 0, (i + 1) * sizeof(float));
    for (int j = 0; j < size; j += 4) {
        const float a = q[j] * scale, b = q[j + 1] * scale, c = q[j + 2] * scale, e = q[j + 3] * scale;
        const float * t = kt + (long) j * len;
        for (int u = 0; u <= i; u++) p[u] += a * t[u] + b * t[len + u] + c * t[2 * len + u] + e * t[3 * len + u];
    }
    float top = p[0], sum = 0;
    for (int u = 1; u <= i; u++) top = p[u] > top ? p[u] : top;
    for (int u = 0; u <= i; u++) { p[u] = expf(p[u] - top); sum += p[u]; }
    const float f = 1.0f / sum;
    for (int u = 0; u <= i; u++) p[u] *= f;
}

// o[j] = sum over u of p[u] * v[u][j]. Inlined with a constant size, so that o stays in registers.
static inline void weighted_sum(const float * restrict p, const float * restrict v, float * restrict o, int count, const int size) {
    float sum[size];
    for (int j = 0; j < size; j++) sum[j] = 0;
    for (int u = 0; u < count; u++)
        for (int j = 0; j < size; j++) sum[j] += p[u] * v[u * size + j];
    for (int j = 0; j < size; j++) o[j] = sum[j];
}

// dv[u] += p[u] * go, dk[u] += g[u] * q, dq = sum of g[u] * k[u]
static inline void spread(const float * restrict p, const float * restrict g, const float * restrict go, const float * restrict q, const float * restrict k,
                          float * restrict dv, float * restrict dk, float * restrict dq, int count, const int size) {
    float sum[size];
    for (int j = 0; j < size; j++) sum[j] = 0;
    for (int u = 0; u < count; u++)
        for (int j = 0; j < size; j++) {
            dv[u * size + j] += p[u] * go[j];
            dk[u * size + j] += g[u] * q[j];
            sum[j] += g[u] * k[u * size + j];
        }
    for (int j = 0; j < size; j++) dq[j] = sum[j];
}

#define SCRATCH(n) ((float *) malloc((size_t) (n) * sizeof(float)))

// out [batch, len, d]; causal, scale 1/sqrt(size); size must be a multiple of 4.
void attention_forward(const float * qkv, const float * bias, const float * cs, const float * sn, float * out,
                       int batch, int len, int heads, int size) {
    const int d = heads * size;
    float * q = SCRATCH(len * (5 * size + 1)), * k = q + len * size, * kt = k + len * size, * v = kt + len * size, * vt = v + len * size, * p = vt + len * size;
    for (int b = 0; b < batch; b++)
        for (int h = 0; h < heads; h++) {
            gather(qkv + (long) b * len * 3 * d, bias, cs, sn, h, heads, len, size, q, k, kt, v, vt);
            for (int i = 0; i < len; i++) {
                softmax_row(q + i * size, kt, p, i, len, size, 1.0f / sqrtf(size));
                float * o = out + ((long) b * len + i) * d + h * size;
                if (size == 32) weighted_sum(p, v, o, i + 1, 32);
                else            weighted_sum(p, v, o, i + 1, size);
            }
        }
    free(q);
}

// dqkv [batch, len, 3d]; dbias [2, d] is added to. Probabilities are recomputed.
void attention_backward(const float * qkv, const float * bias, const float * cs, const float * sn, const float * out, const float * dout,
                        float * dqkv, float * dbias, int batch, int len, int heads, int size) {
    const int d = heads * size, half = size / 2;
    const float scale = 1.0f / sqrtf(size);
    float * q = SCRATCH(len * (8 * size + 2)), * k = q + len * size, * kt = k + len * size, * v = kt + len * size, * vt = v + len * size;
    float * dq = vt + len * size, * dk = dq + len * size, * dv = dk + len * size, * p = dv + len * size, * g = p + len;
    for (int b = 0; b < batch; b++)
        for (int h = 0; h < heads; h++) {
            gather(qkv + (long) b * len * 3 * d, bias, cs, sn, h, heads, len, size, q, k, kt, v, vt);
            memset(dq, 0, 3l * len * size * sizeof(float));
            for (int i = 0; i < len; i++) {
                softmax_row(q + i * size, kt, p, i, len, size, scale);
                const float * o = out + ((long) b * len + i) * d + h * size, * go = dout + ((long) b * len + i) * d + h * size;
                float dot = 0;
                for (int j = 0; j < size; j++) dot += o[j] * go[j];
                for (int u = 0; u <= i; u++) g[u] = -dot;
                for (int j = 0; j < size; j += 4) {
                    const float * t = vt + (long) j * len;
                    for (int u = 0; u <= i; u++) g[u] += go[j] * t[u] + go[j + 1] * t[len + u] + go[j + 2] * t[2 * len + u] + go[j + 3] * t[3 * len + u];
                }
                for (int u = 0; u <= i; u++) g[u] *= p[u] * scale;
                if (size == 32) spread(p, g, go, q + i * size, k, dv, dk, dq + i * size, i + 1, 32);
                else            spread(p, g, go, q + i * size, k, dv, dk, dq + i * size, i + 1, size);
            }
            float * bq = dbias + h * size, * bk = dbias + d + h * size;
            for (int i = 0; i < len; i++) {
                float * row = dqkv + ((long) b * len + i) * 3 * d + h * size;
                for (int j = 0; j < half; j++) {
                    const float c = cs[i * half + j], s = sn[i * half + j];
                    const float a = dq[i * size + 2 * j], e = dq[i * size + 2 * j + 1], x = dk[i * size + 2 * j], y = dk[i * size + 2 * j + 1];
                    row[2 * j] = a * c + e * s; row[2 * j + 1] = e * c - a * s;
                    row[d + 2 * j] = x * c + y * s; row[d + 2 * j + 1] = y * c - x * s;
                    bq[2 * j] += row[2 * j]; bq[2 * j + 1] += row[2 * j + 1];
                    bk[2 * j] += row[d + 2 * j]; bk[2 * j + 1] += row[d + 2 * j + 1];
                }
                memcpy(row + 2 * d, dv + i * size, size * sizeof(float));
            }
        }
    free(q);
}
