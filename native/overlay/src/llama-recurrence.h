#pragma once

// executor of recurrent-depth models: a decode is the prelude graph, then one graph per step of the core, then the coda graph
//
// The latent state lives in persistent backend tensors between the graphs, so the number of steps is decided while running
// and what happens between two steps (stop, trace, later: exit criteria) is plain host code.

#include "../include/llama-recurrence.h"

#include "llama-graph.h"
#include "llama-memory.h"

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

struct llama_context;
struct llama_model;
class  llama_kv_cache_recurrence;
struct llama_recurrence_wave;

//
// layout of layers and cache slots; the physical layers are [prelude | core | coda]
//   slot of prelude layer i       : i
//   slot of core layer j, step t  : n_prelude + (t % n_kv_budget)*n_core + j
//   slot of coda layer k          : n_prelude + n_slots*n_core + k
//

struct llama_recurrence_layout {
    uint32_t n_prelude = 0;
    uint32_t n_core    = 0;
    uint32_t n_coda    = 0;
    uint32_t n_slots   = 0; // slots per core layer that have an index: the largest possible n_kv_budget

    uint32_t n_steps     = 0;
    uint32_t n_steps_min = 0;
    uint32_t n_steps_max = 0;

    float state_std = 0.0f;

    uint32_t n_layer() const { return n_prelude + n_core + n_coda; }
    uint32_t n_index() const { return n_prelude + n_core*n_slots + n_coda; }

    int slot_core(uint32_t t, uint32_t j) const { return n_prelude + t*n_core + j; }
    int slot_coda(uint32_t k)             const { return n_prelude + n_slots*n_core + k; }

    // physical layer of a slot
    int layer(int slot) const;
};

// null if the model has no recurrence
const llama_recurrence_layout * llama_recurrence_get_layout(const llama_model & model);

// upstream code calls these for every model: they change nothing when there is no recurrence
int      llama_recurrence_layer    (const llama_model & model, int il);
bool     llama_recurrence_clears_kv(const llama_model & model); // the cache clears a slot when it is first used
uint32_t llama_recurrence_max_nodes(const llama_model & model, uint32_t n_tokens);

llama_memory_i * llama_recurrence_create_memory(const llama_model & model, const llama_memory_params & params, const llama_cparams & cparams);

std::shared_ptr<llama_recurrence> llama_recurrence_create(llama_context & lctx, llama_memory_i * memory);

enum llama_recurrence_phase {
    LLAMA_RECURRENCE_PHASE_ALL, // prelude + one step + coda in one graph: to reserve memory and to probe for fused ops
    LLAMA_RECURRENCE_PHASE_PRELUDE,
    LLAMA_RECURRENCE_PHASE_STEP,
    LLAMA_RECURRENCE_PHASE_CODA,
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

struct llama_recurrence {
    llama_recurrence(llama_context & lctx, llama_kv_cache_recurrence & kv);
    ~llama_recurrence();

    // start of a logical batch
    void begin(uint32_t n_tokens_all);

    // prelude and all steps of a ubatch; the caller goes on with the coda graph
    // false: ret says why (GGML_STATUS_ABORTED after a stop)
    bool run(const llama_ubatch & ubatch, llama_memory_context_i * mctx, ggml_status & ret);

    //
    // for the builders of the graphs
    //

    llama_recurrence_phase get_phase(const llm_graph_params & params) const;

    int get_i_state() const { return i_state; }

    ggml_tensor * get_state  (ggml_context * ctx, int i, int64_t n_tokens) const; // F32 [n_embd, n_tokens]
    ggml_tensor * get_inject (ggml_context * ctx,        int64_t n_tokens) const; // F32 [n_embd, n_tokens]

    // small batches in host memory: the host adds up the squares sooner than four more graph nodes would
    bool get_sumsq_on_host(int64_t n_tokens) const;

    ggml_tensor * t_sumsq = nullptr; // set by the step graph: F32 [1, 2*n_tokens], sums of squares of all x_t - x_(t-1), then of all x_t

    //
    // settings and results, shared with other threads
    //

    struct trace {
        llama_recurrence_trace info = {};
        std::vector<float> deltas; // of one row
    };

    mutable std::mutex mutex;

    llama_recurrence_params params = {};  // for the next decode
    std::vector<float> state_given;       // for the next decode
    bool tap = false;

    std::shared_ptr<llama_recurrence_wave> wave; // not null: decodes are passes over a window, see llama-recurrence-wavefront.h
    void wave_settle(llama_recurrence_wave & w, llama_pos p_end);

    trace progress;
    trace last;

    std::vector<float> deltas; // [n_steps][n_tokens] of the last decode
    std::vector<float> states; // [n_steps][n_tokens][n_embd] of the last decode, if tapped
    uint32_t n_tokens_last = 0;

    std::atomic<bool> stop { false };

    const llama_recurrence_layout & layout;

    llama_context & lctx;
    llama_kv_cache_recurrence & kv;

private:
    // a place in a built graph that points to a tensor that changes from step to step
    struct site {
        ggml_tensor * tensor;
        int           i_src; // index of the source, or -1: the tensor is a view
        size_t        i_bind;
    };

    // a graph kept between decodes, with a scheduler of its own
    struct lane {
        ggml_backend_sched_ptr sched;
        llm_graph_result_ptr   res;

        ggml_backend_sched_t   used = nullptr; // the scheduler the graph is allocated in

        std::vector<site>          sites;
        std::vector<ggml_tensor *> bound;

        ggml_tensor * t_sumsq = nullptr;
    };

    bool prepare(lane & ln, llama_recurrence_phase ph, llm_graph_params & gparams, const llama_ubatch & ubatch);
    void find_sites(lane & ln);
    void bind(lane & ln, uint32_t t);
    ggml_status compute(lane & ln);

    void reset_lanes();
    void alloc_state();
    void init_threads(bool batched);
    void free_threads();
    void init_state(const llama_ubatch & ubatch);
    void set_tensors(uint32_t t, uint32_t s, std::vector<ggml_tensor *> & dst) const;
    void read_step(const llama_ubatch & ubatch, uint32_t t);

    void wave_load (const llama_ubatch & ubatch);
    void wave_store(const llama_ubatch & ubatch);

    llama_recurrence_phase phase = LLAMA_RECURRENCE_PHASE_ALL;

    llama_recurrence_params cur = {};   // of the decode in flight
    std::vector<float> state_cur;       // given states of the decode in flight
    bool     tap_cur    = false;
    std::shared_ptr<llama_recurrence_wave> wave_cur;
    uint32_t first_step = 0;            // of the decode in flight, for the slots: 0 without a wave
    uint32_t n_tokens   = 0;            // of the decode in flight
    uint32_t i_token    = 0;            // first token of the current ubatch
    int      i_state    = 0;            // the buffer that holds the latent state

    // a graph whose tensors can be pointed to other slots in place needs no rebuild between steps; false on backends that
    // recognise a graph they have captured by its id alone
    bool can_bind = true;

    lane prelude;
    lane step;

    ggml_backend_sched_t main_last = nullptr;

    ggml_context_ptr        ctx_state;
    ggml_backend_buffer_ptr buf_state;

    std::array<ggml_tensor *, 2> state = {};
    ggml_tensor * inject = nullptr;

    struct ggml_threadpool * threadpool = nullptr;
    int n_threads_pool = 0;
};
