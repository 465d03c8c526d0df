#include "llama-recurrence.h"

#include "llama-context.h"
#include "llama-model.h"

#include <cmath>
#include <cstring>

// what comes out of a step: the change of every position, what the exit criterion says, and the tap of what is inside the blocks

// sums of squares of x1 - x0 and of x1; four sums each, so that one addition need not wait for the one before
static void recurrence_sumsq(const float * x0, const float * x1, uint32_t n, float & sum_diff, float & sum_x1) {
    float d[4] = {};
    float x[4] = {};
    uint32_t i = 0;
    for (; i + 4 <= n; i += 4) {
        for (uint32_t k = 0; k < 4; ++k) {
            const float diff = x1[i + k] - x0[i + k];
            d[k] += diff*diff;
            x[k] += x1[i + k]*x1[i + k];
        }
    }
    for (; i < n; ++i) {
        d[0] += (x1[i] - x0[i])*(x1[i] - x0[i]);
        x[0] += x1[i]*x1[i];
    }
    sum_diff = (d[0] + d[1]) + (d[2] + d[3]);
    sum_x1   = (x[0] + x[1]) + (x[2] + x[3]);
}

// the change of every position, what other threads see of it, and what the criterion says
bool llama_recurrence::read_step(const llama_ubatch & ubatch, uint32_t t) {
    const uint32_t n      = ubatch.n_tokens;
    const uint32_t n_embd = state[0]->ne[0];

    sumsq.resize(2*n);
    if (lanes->step.t_sumsq) {
        ggml_backend_tensor_get(lanes->step.t_sumsq, sumsq.data(), 0, sumsq.size()*sizeof(float));
    } else {
        const float * x0 = (const float *) state[1 - i_state]->data;
        const float * x1 = (const float *) state[i_state]->data;
        for (uint32_t i = 0; i < n; ++i) {
            recurrence_sumsq(x0 + (size_t) i*n_embd, x1 + (size_t) i*n_embd, n_embd, sumsq[i], sumsq[n + i]);
        }
    }

    const bool leave = exit_check.is_on() && check_step(t);

    // the row whose curve is shown: the last one with logits
    uint32_t i_row = n - 1;
    while (i_row > 0 && ubatch.output && !ubatch.output[i_row]) {
        --i_row;
    }
    const bool has_output = ubatch.output && ubatch.output[i_row];
    if (!has_output) {
        i_row = n - 1;
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
    if (has_output) {
        last.deltas.resize(t + 1);
        last.deltas[t] = dst[i_row];
    }
    return leave;
}

// states of all positions in host memory
static const float * recurrence_host_states(const ggml_tensor * t, size_t n, std::vector<float> & copy) {
    if (ggml_backend_buffer_is_host(t->buffer)) {
        return (const float *) t->data;
    }
    copy.resize(n);
    ggml_backend_tensor_get(t, copy.data(), 0, n*sizeof(float));
    return copy.data();
}

bool llama_recurrence::check_step(uint32_t t) {
    const float * x_old = nullptr;
    const float * x_new = nullptr;
    if (exit_check.uses_states()) {
        const size_t n = sumsq.size()/2*state[0]->ne[0];
        x_old = recurrence_host_states(state[1 - i_state], n, state_old);
        x_new = recurrence_host_states(state[i_state],     n, state_new);
    }
    return exit_check.after_step(t, sumsq.data(), x_old, x_new);
}

// runs the coda on the state of now; its keys and values of these tokens are overwritten by the next run of it
bool llama_recurrence::check_logits(llm_graph_params & gparams, bool & leave, ggml_status & status) {
    llama_ubatch ubatch = gparams.ubatch;

    check_output.assign(ubatch.n_tokens, 0);
    check_output.back() = 1;
    ubatch.output = check_output.data();

    std::swap(gparams.ubatch, ubatch);
    const bool ok = run_coda(gparams, gparams.ubatch, status);
    std::swap(gparams.ubatch, ubatch);

    if (!ok) {
        return false;
    }

    const ggml_tensor * logits = lanes->coda.res->get_logits();
    const uint32_t n_vocab = logits->ne[0];
    if (ggml_backend_buffer_is_host(logits->buffer)) {
        leave = exit_check.after_logits((const float *) logits->data, n_vocab);
    } else {
        check_row.resize(n_vocab);
        ggml_backend_tensor_get(logits, check_row.data(), 0, n_vocab*sizeof(float));
        leave = exit_check.after_logits(check_row.data(), n_vocab);
    }

    return true;
}

// the last check, and more steps to come: its state is what the logits are made of if none of them is checked
void llama_recurrence::keep_checked_state(const llama_ubatch & ubatch) {
    const uint32_t t = progress.info.n_done - 1;

    state_checked.clear();
    if (t + 1 < cur.n_steps && t + cur.check_every >= cur.n_steps) {
        state_checked.resize((size_t) ubatch.n_tokens*state[0]->ne[0]);
        ggml_backend_tensor_get(state[i_state], state_checked.data(), 0, state_checked.size()*sizeof(float));
    }
}

//
// tap
//

void llama_recurrence::set_tap_inside(bool on) {
    if (on == inside_cur) {
        return;
    }
    inside_cur = on;

    // every graph is built, and every plan made, with or without the callback
    reset_lanes();

    auto & cparams = lctx.cparams;
    if (on) {
        cb_eval_user      = cparams.cb_eval;
        cb_eval_user_data = cparams.cb_eval_user_data;

        cparams.cb_eval = [](ggml_tensor * t, bool ask, void * data) {
            return static_cast<llama_recurrence *>(data)->take_inside(t, ask);
        };
        cparams.cb_eval_user_data = this;
    } else {
        cparams.cb_eval           = cb_eval_user;
        cparams.cb_eval_user_data = cb_eval_user_data;
    }
    ggml_backend_sched_set_eval_callback(lctx.sched.get(), cparams.cb_eval, cparams.cb_eval_user_data);
}

bool llama_recurrence::take_inside(ggml_tensor * t, bool ask) {
    std::string name = t->name;

    // names end in the cache slot; what is shown is the layer
    int slot = -1;
    if (const auto at = name.rfind('-'); at != std::string::npos && at + 1 < name.size() && isdigit(name[at + 1])) {
        slot = std::stoi(name.substr(at + 1));
        name.resize(at);
    }

    bool wanted = false;
    if (slot >= 0) {
        wanted = name == "attn_out" || name == "ffn_out" || name == "l_out";
        name  += "-" + std::to_string(layout.layer(slot));
    } else {
        wanted = name == "adapter" || name == "result_norm";
    }

    if (wanted && !ask && t->type == GGML_TYPE_F32 && ggml_is_contiguous(t)) {
        inside item = { name, i_step, std::vector<float>(ggml_nelements(t)) };
        ggml_backend_tensor_get(t, item.data.data(), 0, ggml_nbytes(t));

        std::lock_guard<std::mutex> lock(mutex);
        insides.push_back(std::move(item));
    }
    return wanted || !ask;
}
