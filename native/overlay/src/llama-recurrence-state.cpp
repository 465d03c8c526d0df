#include "llama-recurrence.h"

#include "llama-context.h"
#include "llama-model.h"
#include "llama-recurrence-wavefront.h"

#include <algorithm>
#include <cmath>
#include <cstring>

// the persistent tensors of the latent state, and where it starts

// counter-based: the state of a position depends on nothing but (seed, position), so not on how a prompt is cut in batches
static uint64_t recurrence_hash(uint64_t x) {
    // splitmix64 (public domain, Vigna)
    x += 0x9e3779b97f4a7c15ull;
    x  = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x  = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}

static double recurrence_uniform(uint64_t key, uint64_t counter) {
    return ((recurrence_hash(key ^ recurrence_hash(counter)) >> 11) + 0.5) * (1.0/9007199254740992.0); // in (0, 1)
}

// normal with mean 0 and standard deviation std, truncated at +-3 std by drawing again
void llama_recurrence_init_state(float * dst, uint32_t n, uint64_t seed, uint64_t pos, float std) {
    const uint64_t key = recurrence_hash(recurrence_hash(seed) ^ (pos + 1));

    uint64_t counter = 0;
    for (uint32_t i = 0; i < n;) {
        const double r = std::sqrt(-2.0*std::log(recurrence_uniform(key, counter++)));
        const double a = 6.283185307179586476925*recurrence_uniform(key, counter++);

        for (const double z : { r*std::cos(a), r*std::sin(a) }) {
            if (std::fabs(z) <= 3.0 && i < n) {
                dst[i++] = float(std*z);
            }
        }
    }
}

void llama_recurrence::alloc_state() {
    const auto & hparams = lctx.model.hparams;

    ggml_init_params ctx_params = { 3*ggml_tensor_overhead(), nullptr, true };
    ctx_state.reset(ggml_init(ctx_params));

    const int64_t n_ubatch = std::min(lctx.cparams.n_ctx, lctx.cparams.n_ubatch);
    for (auto & t : state) {
        t = ggml_new_tensor_2d(ctx_state.get(), GGML_TYPE_F32, hparams.n_embd, n_ubatch);
        ggml_set_name(t, "latent_state");
    }
    inject = ggml_new_tensor_2d(ctx_state.get(), GGML_TYPE_F32, hparams.n_embd, n_ubatch);
    ggml_set_name(inject, "latent_inject");

    auto * dev  = lctx.model.dev_layer(layout.slot_core(0, 0));
    auto * buft = ggml_backend_dev_buffer_type(dev);

    if (hparams.no_alloc) {
        buf_state.reset(ggml_backend_buft_alloc_buffer(buft, 0));
        for (ggml_tensor * t : { state[0], state[1], inject }) {
            t->buffer = buf_state.get();
        }
    } else {
        buf_state.reset(ggml_backend_alloc_ctx_tensors_from_buft(ctx_state.get(), buft));
        if (!buf_state) {
            throw std::runtime_error("failed to allocate the latent state");
        }
        ggml_backend_buffer_clear(buf_state.get(), 0);
    }
}

ggml_tensor * llama_recurrence::get_state(ggml_context * ctx, int i, int64_t n) const {
    return ggml_view_2d(ctx, state[i], state[i]->ne[0], n, state[i]->nb[1], 0);
}

ggml_tensor * llama_recurrence::get_inject(ggml_context * ctx, int64_t n) const {
    return ggml_view_2d(ctx, inject, inject->ne[0], n, inject->nb[1], 0);
}

// the last state of the token before, as it is or after the final norm
bool llama_recurrence::init_carried(const llama_ubatch & ubatch) {
    if (cur.start == LLAMA_RECURRENCE_START_SEEDED || !state_cur.empty() || ubatch.n_tokens != 1 || !carry.valid) {
        return false;
    }
    if (carry.seq != ubatch.seq_id[0][0] || carry.pos + 1 != ubatch.pos[0]) {
        return false;
    }

    const size_t n_bytes = state[0]->nb[1];
    ggml_backend_tensor_get(state[carry.i_state], state_start.data(), carry.row*n_bytes, n_bytes);

    if (cur.start == LLAMA_RECURRENCE_START_CARRY_NORM) {
        std::vector<float> weight(state_start.size());
        ggml_backend_tensor_get(lctx.model.output_norm, weight.data(), 0, n_bytes);

        double sum = 0.0;
        for (const float x : state_start) {
            sum += (double) x*x;
        }
        const float scale = 1.0/std::sqrt(sum/state_start.size() + lctx.model.hparams.f_norm_rms_eps);
        for (size_t i = 0; i < state_start.size(); ++i) {
            state_start[i] *= scale*weight[i];
        }
    }
    return true;
}

void llama_recurrence::init_state(const llama_ubatch & ubatch) {
    const uint32_t n_embd = state[0]->ne[0];
    const size_t   n      = (size_t) n_embd*ubatch.n_tokens;
    const float    std    = layout.state_std*cur.init_scale;

    state_start.assign(n, 0.0f);

    if (!init_carried(ubatch)) {
        for (uint32_t i = 0; i < ubatch.n_tokens; ++i) {
            float * dst = state_start.data() + (size_t) i*n_embd;

            if (wave_cur && wave_cur->kept.count(ubatch.pos[i])) {
                continue; // goes on from what was kept, see wave_load
            }
            if (!state_cur.empty()) {
                // one state for all tokens, or one each; tokens beyond what was given start from zeros
                const size_t i_src = state_cur.size() == n_embd ? 0 : (size_t) (i_token + i)*n_embd;
                if (i_src + n_embd <= state_cur.size()) {
                    std::memcpy(dst, state_cur.data() + i_src, n_embd*sizeof(float));
                }
            } else if (std != 0.0f) {
                llama_recurrence_init_state(dst, n_embd, cur.seed, ubatch.pos[i], std);
            }
        }
    }
    carry.valid = false;

    if (exit_check.is_on()) {
        sumsq.assign(ubatch.n_tokens, 0.0f);
        for (size_t i = 0; i < n; ++i) {
            sumsq[i/n_embd] += state_start[i]*state_start[i];
        }
        exit_check.set_start(sumsq.data());
    }

    i_state = 0;
    ggml_backend_tensor_set(state[0], state_start.data(), 0, n*sizeof(float));
}
