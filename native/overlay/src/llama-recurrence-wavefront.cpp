#include "llama-recurrence-wavefront.h"

#include "llama-context.h"
#include "llama-model.h"
#include "llama-recurrence.h"
#include "llama-recurrence-kv.h"

#include <algorithm>
#include <cmath>
#include <cstring>

//
// the two places where the executor asks: after the prelude, and after the last step
//

void llama_recurrence::wave_load(const llama_ubatch & ubatch) {
    auto & w = *wave_cur;

    const uint32_t n      = ubatch.n_tokens;
    const uint32_t n_embd = state[0]->ne[0];
    const size_t   size   = (size_t) n*n_embd;

    // frozen since the last pass: from now on ordinary cells
    wave_settle(w, ubatch.pos[0]);

    for (uint32_t t = 0; t < cur.n_steps; ++t) {
        while (kv.get_n_open() <= kv.get_slot(w.params.first_step + t)) {
            kv.open_slot(kv.get_n_open());
        }
    }

    w.after.resize(size);
    w.before.resize(size);
    w.injected.resize(size);

    ggml_backend_tensor_get(inject,   w.injected.data(), 0, size*sizeof(float));
    ggml_backend_tensor_get(state[0], w.before.data(),   0, size*sizeof(float)); // the seeded states

    const float a = w.params.embd_average;

    for (uint32_t i = 0; i < n; ++i) {
        float * e = w.injected.data() + (size_t) i*n_embd;
        float * x = w.before.data()   + (size_t) i*n_embd;

        const auto it = w.kept.find(ubatch.pos[i]);
        if (it != w.kept.end()) {
            std::copy(it->second.state.begin(), it->second.state.end(), x);
            for (uint32_t k = 0; k < n_embd && a > 0.0f; ++k) {
                e[k] = (1.0f - a)*e[k] + a*it->second.inject[k];
            }
            continue;
        }
        if (a > 0.0f && w.params.average_new && w.n_passes > 0) {
            for (uint32_t k = 0; k < n_embd; ++k) {
                e[k] *= 1.0f - a;
            }
        }
        const auto from = w.kept.find(ubatch.pos[i] - (llama_pos) w.params.n_carry);
        if (w.params.n_carry > 0 && from != w.kept.end()) {
            std::copy(from->second.state.begin(), from->second.state.end(), x);
        }
    }

    w.after = w.before;
    if (w.params.state_noise > 0.0f) {
        std::vector<float> fresh(n_embd);
        for (uint32_t i = 0; i < n; ++i) {
            const auto  it  = w.kept.find(ubatch.pos[i]);
            const float mix = w.params.state_noise/(1.0f + (it == w.kept.end() ? 0 : it->second.n_steps));

            llama_recurrence_init_state(fresh.data(), n_embd, cur.seed + 1 + w.n_passes, ubatch.pos[i], layout.state_std*cur.init_scale);
            for (uint32_t k = 0; k < n_embd; ++k) {
                float & x = w.after[(size_t) i*n_embd + k];
                x = (1.0f - mix)*x + mix*fresh[k];
            }
        }
    }

    ggml_backend_tensor_set(state[0], w.after.data(),    0, size*sizeof(float));
    ggml_backend_tensor_set(inject,   w.injected.data(), 0, size*sizeof(float));
}

void llama_recurrence::wave_store(const llama_ubatch & ubatch, uint32_t n_done) {
    auto & w = *wave_cur;

    const uint32_t n      = ubatch.n_tokens;
    const uint32_t n_embd = state[0]->ne[0];

    ggml_backend_tensor_get(state[i_state], w.after.data(), 0, w.after.size()*sizeof(float));

    std::map<llama_pos, llama_recurrence_wave::position> next;
    for (uint32_t i = 0; i < n; ++i) {
        const auto it = w.kept.find(ubatch.pos[i]);

        auto & p = next[ubatch.pos[i]];
        p.state .assign(w.after.begin()    + (size_t) i*n_embd, w.after.begin()    + (size_t) (i + 1)*n_embd);
        p.inject.assign(w.injected.begin() + (size_t) i*n_embd, w.injected.begin() + (size_t) (i + 1)*n_embd);
        p.n_steps = n_done + (it == w.kept.end() ? 0 : it->second.n_steps);
    }
    w.kept = std::move(next);
    w.n_steps = n_done;
    w.first   = w.params.first_step;
    w.n_passes++;
}

// positions before p_end leave the window: slots that its passes did not write read as the nearest step they did
void llama_recurrence::wave_settle(llama_recurrence_wave & w, llama_pos p_end) {
    if (w.kept.empty() || w.kept.begin()->first >= p_end) {
        return;
    }
    const llama_pos p0 = w.kept.begin()->first;
    const llama_pos p1 = std::min(p_end, w.kept.rbegin()->first + 1);

    const uint32_t s_first = kv.get_slot(w.first);
    const uint32_t s_last  = kv.get_slot(w.first + w.n_steps - 1);

    std::vector<uint32_t> source(kv.get_n_open());
    for (uint32_t s = 0; s < source.size(); ++s) {
        source[s] = s_first <= s_last && s > s_last ? s_last : s_first;
    }
    for (uint32_t t = 0; t < w.n_steps; ++t) {
        source[kv.get_slot(w.first + t)] = kv.get_slot(w.first + t);
    }
    kv.copy_positions(source, p0, p1 - 1);
}

void llama_kv_cache_recurrence::copy_positions(const std::vector<uint32_t> & source, llama_pos p0, llama_pos p1) {
    const auto cells = find_cells(-1, p0, p1);
    for (uint32_t s = 0; s < source.size(); ++s) {
        if (source[s] != s) {
            copy_slot(source[s], s, cells);
        }
    }
}

//
// C API
//

static bool recurrence_wave_set(llama_context * ctx, const llama_recurrence_wave_params * params, bool is_new) {
    auto * rec = ctx->get_recurrence();
    if (!rec || !(params->embd_average >= 0.0f && params->embd_average <= 1.0f) || !(params->state_noise >= 0.0f && params->state_noise <= 1.0f)) {
        return false;
    }
    std::lock_guard<std::mutex> lock(rec->mutex);
    if (is_new) {
        rec->wave = std::make_shared<llama_recurrence_wave>();
    } else if (!rec->wave) {
        return false;
    }
    rec->wave->params = *params;
    return true;
}

bool llama_recurrence_wave_begin(llama_context * ctx, const llama_recurrence_wave_params * params) {
    return recurrence_wave_set(ctx, params, true);
}

bool llama_recurrence_wave_update(llama_context * ctx, const llama_recurrence_wave_params * params) {
    return recurrence_wave_set(ctx, params, false);
}

void llama_recurrence_wave_end(llama_context * ctx) {
    auto * rec = ctx->get_recurrence();
    if (!rec) {
        return;
    }
    std::lock_guard<std::mutex> lock(rec->mutex);
    if (rec->wave && !rec->wave->kept.empty()) {
        rec->wave_settle(*rec->wave, rec->wave->kept.rbegin()->first + 1);
    }
    rec->wave.reset();
}

size_t llama_recurrence_wave_changes(llama_context * ctx, uint32_t shift, float * dst, size_t n_max) {
    auto * rec = ctx->get_recurrence();
    if (!rec) {
        return 0;
    }
    std::lock_guard<std::mutex> lock(rec->mutex);
    if (!rec->wave) {
        return 0;
    }
    const auto & w      = *rec->wave;
    const size_t n_embd = ctx->get_model().hparams.n_embd;
    const size_t n      = w.after.size()/n_embd;

    for (size_t i = 0; i + shift < n && i < n_max && dst; ++i) {
        const float * x = w.after.data()  + i*n_embd;
        const float * y = w.before.data() + (i + shift)*n_embd;

        double diff = 0.0;
        double norm = 0.0;
        for (size_t k = 0; k < n_embd; ++k) {
            diff += (double) (x[k] - y[k])*(x[k] - y[k]);
            norm += (double) x[k]*x[k];
        }
        dst[i] = std::sqrt(diff/norm);
    }
    return shift < n ? n - shift : 0;
}
