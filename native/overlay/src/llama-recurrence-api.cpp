#include "llama-context.h"
#include "llama-impl.h"
#include "llama-model.h"
#include "llama-recurrence.h"
#include "llama-recurrence-kv.h"

#include <algorithm>

// the C API

bool llama_model_recurrence(const llama_model * model, llama_recurrence_info * info) {
    const auto * layout = llama_recurrence_get_layout(*model);
    if (!layout) {
        return false;
    }
    *info = {
        layout->n_prelude, layout->n_core, layout->n_coda,
        layout->n_steps, layout->n_steps_min, layout->n_steps_max,
        layout->state_std, model->hparams.n_embd,
    };
    return true;
}

bool llama_recurrence_get_params(llama_context * ctx, llama_recurrence_params * params) {
    auto * rec = ctx->get_recurrence();
    if (!rec) {
        return false;
    }
    std::lock_guard<std::mutex> lock(rec->mutex);
    *params = rec->params;
    return true;
}

bool llama_recurrence_set_params(llama_context * ctx, const llama_recurrence_params * params) {
    auto * rec = ctx->get_recurrence();
    if (!rec || params->n_steps < 1 || params->n_steps > rec->layout.n_steps_max || !(params->init_scale >= 0.0f) || params->check_every < 1) {
        return false;
    }
    std::lock_guard<std::mutex> lock(rec->mutex);
    rec->params = *params;
    return true;
}

bool llama_recurrence_set_state(llama_context * ctx, const float * data, size_t n) {
    auto * rec = ctx->get_recurrence();
    if (!rec || n % ctx->get_model().hparams.n_embd != 0) {
        return false;
    }
    std::lock_guard<std::mutex> lock(rec->mutex);
    rec->state_given.assign(data, data + n);
    return true;
}

bool llama_recurrence_kv_info(llama_context * ctx, llama_recurrence_kv * info) {
    auto * rec = ctx->get_recurrence();
    if (!rec) {
        return false;
    }
    *info = rec->kv.get_info();
    return true;
}

void llama_recurrence_set_stop(llama_context * ctx, bool stop) {
    auto * rec = ctx->get_recurrence();
    if (rec) {
        rec->stop = stop;
    }
}

void llama_recurrence_set_hurry(llama_context * ctx, bool hurry) {
    auto * rec = ctx->get_recurrence();
    if (rec) {
        rec->hurry = hurry;
    }
}

static bool recurrence_copy_trace(const llama_recurrence::trace & src, uint32_t n, llama_recurrence_trace * info, float * dst, size_t n_max) {
    *info = src.info;
    if (dst) {
        std::copy_n(src.deltas.begin(), std::min<size_t>({ n, src.deltas.size(), n_max }), dst);
    }
    return true;
}

bool llama_recurrence_get_progress(llama_context * ctx, llama_recurrence_trace * info, float * dst, size_t n_max) {
    auto * rec = ctx->get_recurrence();
    if (!rec) {
        return false;
    }
    std::lock_guard<std::mutex> lock(rec->mutex);
    return recurrence_copy_trace(rec->progress, rec->progress.info.n_done, info, dst, n_max);
}

bool llama_recurrence_get_trace(llama_context * ctx, llama_recurrence_trace * info, float * dst, size_t n_max) {
    auto * rec = ctx->get_recurrence();
    if (!rec) {
        return false;
    }
    std::lock_guard<std::mutex> lock(rec->mutex);
    recurrence_copy_trace(rec->last, rec->last.deltas.size(), info, dst, n_max);
    info->n_done = rec->last.deltas.size();
    return true;
}

size_t llama_recurrence_get_deltas(llama_context * ctx, float * dst, size_t n_max) {
    auto * rec = ctx->get_recurrence();
    if (!rec) {
        return 0;
    }
    std::lock_guard<std::mutex> lock(rec->mutex);
    if (dst) {
        std::copy_n(rec->deltas.begin(), std::min(n_max, rec->deltas.size()), dst);
    }
    return rec->deltas.size();
}

size_t llama_recurrence_get_exit_values(llama_context * ctx, float * dst, size_t n_max) {
    auto * rec = ctx->get_recurrence();
    if (!rec) {
        return 0;
    }
    std::lock_guard<std::mutex> lock(rec->mutex);
    if (dst) {
        std::copy_n(rec->exit_values.begin(), std::min(n_max, rec->exit_values.size()), dst);
    }
    return rec->exit_values.size();
}

void llama_recurrence_set_tap_inside(llama_context * ctx, bool enable) {
    auto * rec = ctx->get_recurrence();
    if (rec) {
        std::lock_guard<std::mutex> lock(rec->mutex);
        rec->tap_inside = enable;
    }
}

bool llama_recurrence_get_inside(llama_context * ctx, size_t i, const char ** name, uint32_t * step, const float ** data, size_t * n) {
    auto * rec = ctx->get_recurrence();
    if (!rec) {
        return false;
    }
    std::lock_guard<std::mutex> lock(rec->mutex);
    if (i >= rec->insides.size()) {
        return false;
    }
    const auto & item = rec->insides[i];
    *name = item.name.c_str();
    *step = item.step;
    *data = item.data.data();
    *n    = item.data.size();
    return true;
}

void llama_recurrence_set_tap(llama_context * ctx, bool enable) {
    auto * rec = ctx->get_recurrence();
    if (rec) {
        std::lock_guard<std::mutex> lock(rec->mutex);
        rec->tap = enable;
    }
}

size_t llama_recurrence_get_states(llama_context * ctx, uint32_t * n_steps, uint32_t * n_tokens, float * dst, size_t n_max) {
    auto * rec = ctx->get_recurrence();
    if (!rec) {
        return 0;
    }
    std::lock_guard<std::mutex> lock(rec->mutex);
    *n_steps  = rec->last.info.n_steps;
    *n_tokens = rec->n_tokens_last;
    if (dst) {
        std::copy_n(rec->states.begin(), std::min(n_max, rec->states.size()), dst);
    }
    return rec->states.size();
}
