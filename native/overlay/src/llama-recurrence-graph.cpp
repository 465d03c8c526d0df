#include "llama-recurrence.h"

#include "llama-context.h"
#include "llama-impl.h"
#include "llama-model.h"
#include "llama-recurrence-kv.h"

#include <algorithm>
#include <cstring>

// building, keeping and running the graphs of prelude, step and coda

// batches up to this many tokens keep their graphs between decodes; larger ones share the scheduler of the context, because
// a second set of compute buffers of that size would cost more memory than the rebuild costs time
static constexpr uint32_t RECURRENCE_N_TOKENS_KEEP = 16;

// sizes whose graphs are kept at once: drafting changes between 1 and a few, a wavefront grows and shrinks
static constexpr size_t RECURRENCE_N_SIZES_KEEP = 8;

bool llm_graph_input_latent_state::can_reuse(const llm_graph_params & params) {
    return params.recurrence && params.recurrence->get_i_state() == i_state;
}

llama_recurrence_phase llama_recurrence::get_phase(const llm_graph_params & gparams) const {
    return gparams.res == lctx.get_gf_res_reserve() ? LLAMA_RECURRENCE_PHASE_ALL : phase;
}

bool llama_recurrence::get_sumsq_on_host(int64_t n) const {
    return n <= RECURRENCE_N_TOKENS_KEEP && ggml_backend_buffer_is_host(buf_state.get());
}

bool llama_recurrence::is_kept(int64_t n) const {
    return n <= RECURRENCE_N_TOKENS_KEEP && can_bind && !lctx.graph_reuse_disable;
}

void llama_recurrence::choose_lanes(uint32_t n_tokens) {
    n_tokens = n_tokens <= RECURRENCE_N_TOKENS_KEEP ? n_tokens : 0;

    const auto find = [&](const auto & is) {
        return std::find_if(lane_sets.begin(), lane_sets.end(), is);
    };
    auto it = find([&](const auto & set) { return set->n_tokens == n_tokens; });
    if (it == lane_sets.end() && lane_sets.size() >= RECURRENCE_N_SIZES_KEEP) {
        it = std::min_element(lane_sets.begin(), lane_sets.end(), [](const auto & a, const auto & b) { return a->i_used < b->i_used; });
        free_lanes(**it);
        (*it)->n_tokens = n_tokens;
    }
    if (it == lane_sets.end()) {
        it = lane_sets.insert(it, std::make_unique<lane_set>());
        (*it)->n_tokens = n_tokens;
    }
    lanes = it->get();
    lanes->i_used = progress.info.i_decode;
}

void llama_recurrence::free_lanes(lane_set & set) {
    for (lane * ln : { &set.prelude, &set.step, &set.coda }) {
        free_plan(*ln);
        *ln = {};
    }
}

void llama_recurrence::reset_lanes() {
    for (const auto & set : lane_sets) {
        free_lanes(*set);
    }
    lane_sets.clear();
    lanes = nullptr;
}

bool llama_recurrence::prepare(lane & ln, llama_recurrence_phase ph, llm_graph_params & gparams, const llama_ubatch & ubatch) {
    const int64_t max_nodes = lctx.gf_res_reserve->get_max_nodes();
    const bool    keep      = is_kept(ubatch.n_tokens);

    if (keep && !ln.sched) {
        ln.sched.reset(ggml_backend_sched_new(lctx.backend_ptrs.data(), lctx.backend_buft.data(), lctx.backend_ptrs.size(), max_nodes, false, lctx.cparams.op_offload));
    }
    if (!ln.res) {
        ln.res.reset(new llm_graph_result(max_nodes));
    }

    ggml_backend_sched_t sched = keep ? ln.sched.get() : lctx.sched.get();

    phase = ph;

    gparams.sched = sched;
    gparams.res   = ln.res.get();

    if (keep && ln.used == sched && ln.res->can_reuse(gparams)) {
        ln.res->set_inputs(&ubatch);
        if (ln.plan && !(ln.planned == cpu_cur)) {
            make_plan(ln);
        }
        return true;
    }

    if (!keep) {
        // the graph of the last coda is lost, and those of the other lanes in this scheduler
        lctx.gf_res_prev_active = nullptr;
        for (lane * other : { &lanes->prelude, &lanes->step, &lanes->coda }) {
            other->used = other->used == sched ? nullptr : other->used;
        }
    }
    if (keep && ph == LLAMA_RECURRENCE_PHASE_CODA_BOUND) {
        // it is told where the logits of every kept coda are, and must not collect those of graphs that are gone
        lctx.gf_res_prev_active = nullptr;
        ggml_backend_sched_reset(lctx.sched.get());
    }
    free_plan(ln);

    gparams.cb = [this, sched](const llama_ubatch & ub, ggml_tensor * t, const char * name, int il) {
        if (il >= 0) {
            ggml_format_name(t, "%s-%d", name, il);
        } else {
            ggml_set_name(t, name);
        }
        // see llama_context::graph_get_cb
        if (il >= 0 && ub.n_tokens < 32 && strcmp(name, "norm") == 0) {
            for (const auto & backend : lctx.backends) {
                if (ggml_backend_get_device(backend.get()) == lctx.model.dev_layer(il) && ggml_backend_supports_op(backend.get(), t)) {
                    ggml_backend_sched_set_tensor_backend(sched, t, backend.get());
                }
            }
        }
    };

    ln.used = nullptr;
    ln.res->reset();

    ggml_backend_sched_reset(sched);
    ggml_backend_sched_set_eval_callback(sched, lctx.cparams.cb_eval, lctx.cparams.cb_eval_user_data);

    lctx.model.build_arch_graph(gparams);
    ln.t_sumsq = t_sumsq;

    // inputs are written once and read by every step: the allocator must not hand their memory to later nodes
    auto * gf = ln.res->get_gf();
    for (int i = 0; i < ggml_graph_n_nodes(gf); ++i) {
        for (ggml_tensor * src : ggml_graph_node(gf, i)->src) {
            if (src && (src->flags & GGML_TENSOR_FLAG_INPUT)) {
                ggml_set_output(src);
            }
        }
    }

    if (!ggml_backend_sched_alloc_graph(sched, gf)) {
        LLAMA_LOG_ERROR("%s: failed to allocate graph\n", __func__);
        return false;
    }

    ln.used = sched;
    ln.res->set_inputs(&ubatch);

    if (ph == LLAMA_RECURRENCE_PHASE_STEP) {
        find_tensors(0, 0); // the graph is built for step 0
        find_sites(ln);
    } else if (ph == LLAMA_RECURRENCE_PHASE_CODA_BOUND) {
        tensors.assign(1, state[i_state]);
        find_sites(ln);
    }
    if (keep && can_plan && !inside_cur && ggml_backend_sched_get_n_splits(sched) == 1) {
        make_plan(ln);
    }

    return true;
}

// the scheduler goes over the graph, plans it and makes a thread pool each time: half the cost of a step of a small model
void llama_recurrence::make_plan(lane & ln) {
    free_plan(ln);
    ln.plan    = ggml_backend_graph_plan_create(lctx.backend_cpu, ln.res->get_gf());
    ln.planned = cpu_cur;
}

void llama_recurrence::free_plan(lane & ln) {
    if (ln.plan) {
        ggml_backend_graph_plan_free(lctx.backend_cpu, ln.plan);
        ln.plan = nullptr;
    }
}

ggml_status llama_recurrence::compute(lane & ln) {
    if (ln.plan) {
        return ggml_backend_graph_plan_compute(lctx.backend_cpu, ln.plan);
    }

    const ggml_status status = ggml_backend_sched_graph_compute_async(ln.used, ln.res->get_gf());

    // what comes next, on the host or in another scheduler, reads the result
    ggml_backend_sched_synchronize(ln.used);

    return status;
}

bool llama_recurrence::keeps_coda(const llm_graph_params & gparams) const {
    // what upstream builds around the coda is not in ours
    return is_kept(gparams.ubatch.n_tokens) && can_plan && lctx.n_outputs > 0 && !lctx.cparams.embeddings && !lctx.cparams.embeddings_nextn && gparams.samplers.empty();
}

bool llama_recurrence::run_coda(llm_graph_params & gparams, const llama_ubatch & ubatch, ggml_status & status) {
    if (!prepare(lanes->coda, LLAMA_RECURRENCE_PHASE_CODA_BOUND, gparams, ubatch)) {
        status = GGML_STATUS_ALLOC_FAILED;
        return false;
    }

    tensors.assign(1, state[i_state]);
    bind(lanes->coda, tensors);

    status = compute(lanes->coda);
    return status == GGML_STATUS_SUCCESS;
}
