#include "llama-recurrence.h"

#include "llama-context.h"
#include "llama-impl.h"
#include "llama-model.h"
#include "llama-recurrence-kv.h"
#include "llama-recurrence-wavefront.h"

#include <algorithm>

//
// llama_recurrence
//

llama_recurrence::llama_recurrence(llama_context & lctx, llama_kv_cache_recurrence & kv) :
    layout(*llama_recurrence_get_layout(lctx.model)), lctx(lctx), kv(kv) {
    params = {};
    params.n_steps     = layout.n_steps;
    params.init_scale  = 1.0f;
    params.check_every = 1;

    for (const auto & backend : lctx.backends) {
        const auto type = ggml_backend_dev_type(ggml_backend_get_device(backend.get()));
        can_bind = can_bind && (type == GGML_BACKEND_DEVICE_TYPE_CPU || type == GGML_BACKEND_DEVICE_TYPE_ACCEL);
    }
    can_plan = can_bind && lctx.backends.size() == 1 && lctx.backends[0].get() == lctx.backend_cpu;

    alloc_state();
}

llama_recurrence::~llama_recurrence() {
    reset_lanes();
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

    insides.clear();
    set_tap_inside(tap_inside);

    // whatever else is decoded may use the cells of what was held
    if (cur.hold == LLAMA_RECURRENCE_HOLD_NONE) {
        held_tokens.clear();
    }
}

bool llama_recurrence::run(const llama_ubatch & ubatch, llama_memory_context_i * mctx, ggml_status & ret) {
    const uint32_t n_kv_budget = kv.get_n_kv_budget();

    init_threads(ubatch.n_tokens > 1);
    choose_lanes(ubatch.n_tokens);
    kv.forget_if_empty(ubatch);

    phase = LLAMA_RECURRENCE_PHASE_PRELUDE;

    auto gparams = lctx.graph_params(nullptr, ubatch, mctx, LLM_GRAPH_TYPE_DEFAULT);
    gparams.n_outputs = 1; // prelude and steps run for all tokens; a check asks for the logits of the last one

    const auto fail = [&](ggml_status status) {
        ret = status;
        carry.valid = false;
        if (status == GGML_STATUS_ABORTED) {
            std::lock_guard<std::mutex> lock(mutex);
            progress.info.exit_reason = LLAMA_RECURRENCE_EXIT_STOPPED;
            last.info = progress.info;
        }
        return false;
    };

    coda = nullptr;
    if (stop) {
        return fail(GGML_STATUS_ABORTED);
    }
    i_step = 0;

    ggml_status status = GGML_STATUS_SUCCESS;

    uint32_t n_done = 0;
    const bool is_resumed = cur.hold == LLAMA_RECURRENCE_HOLD_RESUME && resume(ubatch, n_done);
    const uint32_t n_first = n_done;

    exit_check.begin(cur, ubatch.n_tokens, state[0]->ne[0]);
    state_checked.clear();

    if (!is_resumed) {
        if (!prepare(lanes->prelude, LLAMA_RECURRENCE_PHASE_PRELUDE, gparams, ubatch)) {
            return fail(GGML_STATUS_ALLOC_FAILED);
        }
        status = compute(lanes->prelude);
        if (status != GGML_STATUS_SUCCESS) {
            return fail(status);
        }
        init_state(ubatch);
    }
    if (wave_cur) {
        wave_load(ubatch);
    }

    auto reason = LLAMA_RECURRENCE_EXIT_STEPS;

    while (n_done < cur.n_steps && reason == LLAMA_RECURRENCE_EXIT_STEPS) {
        const uint32_t t = n_done;

        if (stop) {
            return fail(GGML_STATUS_ABORTED);
        }

        if (t < n_kv_budget && t >= kv.get_n_open()) {
            kv.open_slot(t);
        }

        // a check of a large batch takes the scheduler, and with it the graph of the step
        if (t == n_first || !can_bind || !lanes->step.used) {
            if (!prepare(lanes->step, LLAMA_RECURRENCE_PHASE_STEP, gparams, ubatch)) {
                return fail(GGML_STATUS_ALLOC_FAILED);
            }
        }
        find_tensors(t, kv.get_slot(first_step + t));
        bind(lanes->step, tensors);

        i_step = t + 1;
        status = compute(lanes->step);
        if (status != GGML_STATUS_SUCCESS) {
            return fail(status);
        }
        i_step  = 0;
        i_state = 1 - i_state;
        n_done  = t + 1;

        bool leave = read_step(ubatch, t);

        if (hurry && n_done >= layout.n_steps_min && n_done < cur.n_steps) {
            reason = LLAMA_RECURRENCE_EXIT_HURRIED;
            continue;
        }
        if (exit_check.uses_logits() && exit_check.is_due(t)) {
            if (!check_logits(gparams, leave, status)) {
                return fail(status);
            }
            if (!leave) {
                keep_checked_state(ubatch);
            }
        }
        if (leave) {
            reason = LLAMA_RECURRENCE_EXIT_CONVERGED;
        }
    }

    if (wave_cur) {
        wave_store(ubatch, n_done);
    } else if (n_done < n_kv_budget) {
        kv.fill_forward(ubatch, n_done);
    }
    if (cur.hold == LLAMA_RECURRENCE_HOLD_KEEP) {
        hold(ubatch, n_done);
    }

    const uint32_t i_last = ubatch.n_tokens - 1;
    carry = { true, ubatch.seq_id[i_last][0], ubatch.pos[i_last], i_last, i_state };

    // the reference takes the logits of the last check, also when steps without a check followed it
    if (reason == LLAMA_RECURRENCE_EXIT_STEPS && !state_checked.empty()) {
        i_state = 1 - i_state;
        ggml_backend_tensor_set(state[i_state], state_checked.data(), 0, state_checked.size()*sizeof(float));
    }

    if (keeps_coda(gparams)) {
        gparams.n_outputs = lctx.n_outputs;
        if (!run_coda(gparams, ubatch, status)) {
            return fail(status);
        }
        coda = lanes->coda.res.get();
        ret  = status;
        // upstream asks the scheduler of the context where the logits are
        ggml_backend_sched_set_tensor_backend(lctx.sched.get(), coda->get_logits(), lctx.backend_cpu);
    }

    i_token += ubatch.n_tokens;
    if (i_token >= n_tokens && cur.hold == LLAMA_RECURRENCE_HOLD_RESUME) {
        held_tokens.clear();
    }

    {
        std::lock_guard<std::mutex> lock(mutex);
        exit_values = exit_check.get_values();
        progress.info.exit_reason = reason;
        if (i_token >= n_tokens) {
            last.info = progress.info;
        }
    }

    // without a kept one the caller builds, or reuses, the coda in the scheduler of the context
    phase = LLAMA_RECURRENCE_PHASE_CODA;

    return true;
}
