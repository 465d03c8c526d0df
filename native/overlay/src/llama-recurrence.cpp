#include "llama-recurrence.h"

#include "llama-context.h"
#include "llama-impl.h"
#include "llama-model.h"
#include "llama-recurrence-kv.h"
#include "llama-recurrence-wavefront.h"

#include "ggml-cpu.h"

#include <algorithm>
#include <cmath>
#include <cstring>

//
// llama_recurrence
//

llama_recurrence::llama_recurrence(llama_context & lctx, llama_kv_cache_recurrence & kv) :
    layout(*llama_recurrence_get_layout(lctx.model)), lctx(lctx), kv(kv) {
    params = { layout.n_steps, 0, 1.0f };

    for (const auto & backend : lctx.backends) {
        const auto type = ggml_backend_dev_type(ggml_backend_get_device(backend.get()));
        can_bind = can_bind && (type == GGML_BACKEND_DEVICE_TYPE_CPU || type == GGML_BACKEND_DEVICE_TYPE_ACCEL);
    }

    alloc_state();
}

llama_recurrence::~llama_recurrence() {
    free_threads();
}

void llama_recurrence::begin(uint32_t n_tokens_all) {
    // the scheduler of the context is replaced when adapters or settings of the context change: forget graphs built before
    if (main_last != lctx.sched.get()) {
        main_last = lctx.sched.get();
        reset_lanes();
    }

    std::lock_guard<std::mutex> lock(mutex);

    cur       = params;
    state_cur = std::move(state_given);
    tap_cur   = tap;
    wave_cur  = wave;

    first_step = wave ? wave->params.first_step : 0;
    state_given.clear();

    n_tokens = n_tokens_all;
    i_token  = 0;

    progress.info = { progress.info.i_decode + 1, cur.n_steps, 0, LLAMA_RECURRENCE_EXIT_NONE };
    progress.deltas.assign(cur.n_steps, 0.0f);
    last.info = progress.info;
    last.deltas.clear();

    deltas.assign((size_t) cur.n_steps*n_tokens_all, 0.0f);
    states.clear();
    if (tap_cur) {
        states.resize((size_t) cur.n_steps*n_tokens_all*state[0]->ne[0]);
    }
    n_tokens_last = n_tokens_all;
}

bool llama_recurrence::run(const llama_ubatch & ubatch, llama_memory_context_i * mctx, ggml_status & ret) {
    const uint32_t n_kv_budget = kv.get_n_kv_budget();

    init_threads(ubatch.n_tokens > 1);
    kv.forget_if_empty(ubatch);

    phase = LLAMA_RECURRENCE_PHASE_PRELUDE;

    auto gparams = lctx.graph_params(nullptr, ubatch, mctx, LLM_GRAPH_TYPE_DEFAULT);
    gparams.n_outputs = 1; // prelude and steps run for all tokens

    const auto fail = [&](ggml_status status) {
        ret = status;
        if (status == GGML_STATUS_ABORTED) {
            std::lock_guard<std::mutex> lock(mutex);
            progress.info.exit_reason = LLAMA_RECURRENCE_EXIT_STOPPED;
            last.info = progress.info;
        }
        return false;
    };

    if (stop) {
        return fail(GGML_STATUS_ABORTED);
    }
    if (!prepare(prelude, LLAMA_RECURRENCE_PHASE_PRELUDE, gparams, ubatch)) {
        return fail(GGML_STATUS_ALLOC_FAILED);
    }
    ggml_status status = compute(prelude);
    if (status != GGML_STATUS_SUCCESS) {
        return fail(status);
    }

    init_state(ubatch);
    if (wave_cur) {
        wave_load(ubatch);
    }

    for (uint32_t t = 0; t < cur.n_steps; ++t) {
        if (stop) {
            return fail(GGML_STATUS_ABORTED);
        }

        if (t < n_kv_budget && t >= kv.get_n_open()) {
            kv.open_slot(t);
        }

        if (t == 0 || !can_bind) {
            if (!prepare(step, LLAMA_RECURRENCE_PHASE_STEP, gparams, ubatch)) {
                return fail(GGML_STATUS_ALLOC_FAILED);
            }
        }
        bind(step, t);

        status = compute(step);
        if (status != GGML_STATUS_SUCCESS) {
            return fail(status);
        }
        i_state = 1 - i_state;

        read_step(ubatch, t);
    }

    if (wave_cur) {
        wave_store(ubatch);
    } else if (cur.n_steps < n_kv_budget) {
        kv.fill_forward(ubatch, cur.n_steps);
    }

    i_token += ubatch.n_tokens;

    if (i_token >= n_tokens) {
        std::lock_guard<std::mutex> lock(mutex);
        progress.info.exit_reason = LLAMA_RECURRENCE_EXIT_STEPS;
        last.info = progress.info;
    }

    // the caller builds, or reuses, the coda in the scheduler of the context
    phase = LLAMA_RECURRENCE_PHASE_CODA;

    return true;
}

// the change of every position, and what other threads see of it
void llama_recurrence::read_step(const llama_ubatch & ubatch, uint32_t t) {
    const uint32_t n      = ubatch.n_tokens;
    const uint32_t n_embd = state[0]->ne[0];

    std::vector<float> sumsq(2*n);
    if (step.t_sumsq) {
        ggml_backend_tensor_get(step.t_sumsq, sumsq.data(), 0, sumsq.size()*sizeof(float));
    } else {
        const float * x0 = (const float *) state[1 - i_state]->data;
        const float * x1 = (const float *) state[i_state]->data;
        for (size_t i = 0; i < (size_t) n*n_embd; ++i) {
            sumsq[    i/n_embd] += (x1[i] - x0[i])*(x1[i] - x0[i]);
            sumsq[n + i/n_embd] += x1[i]*x1[i];
        }
    }

    // the row whose curve is shown: the last one with logits
    uint32_t i_row = n - 1;
    for (uint32_t i = 0; i < n; ++i) {
        if (ubatch.output && ubatch.output[i]) {
            i_row = i;
        }
    }

    std::lock_guard<std::mutex> lock(mutex);

    float * dst = deltas.data() + (size_t) t*n_tokens + i_token;
    for (uint32_t i = 0; i < n; ++i) {
        dst[i] = std::sqrt(sumsq[i]/sumsq[n + i]);
    }

    if (tap_cur) {
        ggml_backend_tensor_get(state[i_state], states.data() + ((size_t) t*n_tokens + i_token)*n_embd, 0, (size_t) n*n_embd*sizeof(float));
    }

    progress.deltas[t]   = dst[i_row];
    progress.info.n_done = t + 1;
    if (ubatch.output && ubatch.output[i_row]) {
        last.deltas.resize(t + 1);
        last.deltas[t] = dst[i_row];
    }
}
