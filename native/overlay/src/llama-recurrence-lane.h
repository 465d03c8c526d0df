#pragma once

// the graphs that a decode of a recurrent-depth model is made of, and how they are kept between decodes

#include "llama-graph.h"

#include <vector>

enum llama_recurrence_phase {
    LLAMA_RECURRENCE_PHASE_ALL, // prelude + one step + coda in one graph: to reserve memory and to probe for fused ops
    LLAMA_RECURRENCE_PHASE_PRELUDE,
    LLAMA_RECURRENCE_PHASE_STEP,
    LLAMA_RECURRENCE_PHASE_CODA,
    LLAMA_RECURRENCE_PHASE_CODA_BOUND, // the same in a graph of the executor's own, pointed to the latent state of now
};

// gives a graph that reads the latent state back to be rebuilt when the state is in the other of the two buffers
class llm_graph_input_latent_state : public llm_graph_input_i {
public:
    llm_graph_input_latent_state(int i_state) : i_state(i_state) {}

    void set_input(const llama_ubatch * ubatch) override { GGML_UNUSED(ubatch); }
    bool can_reuse(const llm_graph_params & params) override;

private:
    const int i_state;
};

// a place in a built graph that points to a tensor that changes from step to step
struct llama_recurrence_site {
    ggml_tensor * tensor;
    int           i_src; // index of the source, or -1: the tensor is a view
    size_t        i_bind;
};

// settings of the CPU backend that a plan is made with
struct llama_recurrence_cpu_settings {
    int    n_threads  = 0;
    void * threadpool = nullptr;
    void * abort      = nullptr;
    void * abort_data = nullptr;

    bool operator==(const llama_recurrence_cpu_settings & other) const {
        return n_threads == other.n_threads && threadpool == other.threadpool && abort == other.abort && abort_data == other.abort_data;
    }
};

// a graph kept between decodes, with a scheduler of its own
struct llama_recurrence_lane {
    ggml_backend_sched_ptr sched;
    llm_graph_result_ptr   res;

    ggml_backend_sched_t   used = nullptr; // the scheduler the graph is allocated in

    std::vector<llama_recurrence_site> sites;
    std::vector<ggml_tensor *>         bound;

    ggml_tensor * t_sumsq = nullptr;

    // on the CPU alone: the graph with its work buffer, run without asking the scheduler
    ggml_backend_graph_plan_t     plan = nullptr;
    llama_recurrence_cpu_settings planned;
};

// the graphs of batches of one size
struct llama_recurrence_lanes {
    uint32_t n_tokens = 0; // 0: of all that are too large to be kept
    uint64_t i_used   = 0; // when it was needed last

    llama_recurrence_lane prelude;
    llama_recurrence_lane step;
    llama_recurrence_lane coda; // also run between two steps, for the logits a criterion asks for
};
