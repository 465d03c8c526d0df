#pragma once

// executor of recurrent-depth models: a decode is the prelude graph, then one graph per step of the core, then the coda graph
//
// The latent state lives in persistent backend tensors between the graphs, so the number of steps is decided while running
// and what happens between two steps (stop, trace, exit criteria) is plain host code.

#include "../include/llama-recurrence.h"

#include "llama-graph.h"
#include "llama-recurrence-exit.h"
#include "llama-recurrence-lane.h"
#include "llama-recurrence-layout.h"

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

struct llama_context;
class  llama_kv_cache_recurrence;
struct llama_recurrence_wave;

std::shared_ptr<llama_recurrence> llama_recurrence_create(llama_context & lctx, llama_memory_i * memory);

struct llama_recurrence {
    llama_recurrence(llama_context & lctx, llama_kv_cache_recurrence & kv);
    ~llama_recurrence();

    // start of a logical batch
    void begin(uint32_t n_tokens_all);

    // prelude and all steps of a ubatch; the caller goes on with the coda graph, if get_coda() is null
    // false: ret says why (GGML_STATUS_ABORTED after a stop)
    bool run(const llama_ubatch & ubatch, llama_memory_context_i * mctx, ggml_status & ret);

    // the coda of the last run(), if its graph is one of those kept here
    llm_graph_result * get_coda() const { return coda; }

    //
    // for the builders of the graphs
    //

    llama_recurrence_phase get_phase(const llm_graph_params & params) const;

    int get_i_state() const { return i_state; }

    ggml_tensor * get_state  (ggml_context * ctx, int i, int64_t n_tokens) const; // F32 [n_embd, n_tokens]
    ggml_tensor * get_inject (ggml_context * ctx,        int64_t n_tokens) const; // F32 [n_embd, n_tokens]

    // small batches in host memory: the host adds up the squares sooner than four more graph nodes would
    bool get_sumsq_on_host(int64_t n_tokens) const;

    // the CPU alone: the operators of llama-recurrence-ops.h may be used
    bool get_own_ops() const { return can_plan; }

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
    bool tap        = false;
    bool tap_inside = false;

    std::shared_ptr<llama_recurrence_wave> wave; // not null: decodes are passes over a window, see llama-recurrence-wavefront.h
    void wave_settle(llama_recurrence_wave & w, llama_pos p_end);

    trace progress;
    trace last;

    std::vector<float> deltas; // [n_steps][n_tokens] of the last decode
    std::vector<float> states; // [n_steps][n_tokens][n_embd] of the last decode, if tapped
    uint32_t n_tokens_last = 0;

    // a tensor inside a block, if those are tapped
    struct inside {
        std::string name;
        uint32_t    step;
        std::vector<float> data;
    };
    std::vector<inside> insides;

    std::vector<float> exit_values; // of the last micro-batch

    std::atomic<bool> stop  { false };
    std::atomic<bool> hurry { false };

    const llama_recurrence_layout & layout;

    llama_context & lctx;
    llama_kv_cache_recurrence & kv;

private:
    using site         = llama_recurrence_site;
    using cpu_settings = llama_recurrence_cpu_settings;
    using lane         = llama_recurrence_lane;
    using lane_set     = llama_recurrence_lanes;

    bool prepare(lane & ln, llama_recurrence_phase ph, llm_graph_params & gparams, const llama_ubatch & ubatch);
    void find_sites(lane & ln);
    void bind(lane & ln, const std::vector<ggml_tensor *> & next);
    ggml_status compute(lane & ln);

    void make_plan(lane & ln);
    void free_plan(lane & ln);

    bool is_kept(int64_t n_tokens) const; // graphs of batches of this size are kept between decodes
    void choose_lanes(uint32_t n_tokens);
    void reset_lanes();
    void free_lanes(lane_set & set);
    void alloc_state();
    void init_threads(bool batched);
    void free_threads();
    void find_tensors(uint32_t t, uint32_t slot);

    // the state before the first step
    void init_state(const llama_ubatch & ubatch);
    bool init_carried(const llama_ubatch & ubatch);

    // what came out of a step; true: the criterion says that this was the last one
    bool read_step(const llama_ubatch & ubatch, uint32_t t);
    bool check_step(uint32_t t);
    bool check_logits(llm_graph_params & gparams, bool & leave, ggml_status & status);

    void keep_checked_state(const llama_ubatch & ubatch);

    // small batches keep the graph of the coda as well
    bool keeps_coda(const llm_graph_params & gparams) const;
    bool run_coda(llm_graph_params & gparams, const llama_ubatch & ubatch, ggml_status & status);

    // the states of a shallow decode, from which a deeper one of the same tokens goes on
    bool resume(const llama_ubatch & ubatch, uint32_t & n_done);
    void hold  (const llama_ubatch & ubatch, uint32_t n_done);

    void wave_load (const llama_ubatch & ubatch);
    void wave_store(const llama_ubatch & ubatch, uint32_t n_done);

    void set_tap_inside(bool on);
    bool take_inside(ggml_tensor * t, bool ask);

    llama_recurrence_phase phase = LLAMA_RECURRENCE_PHASE_ALL;

    llama_recurrence_params cur = {};   // of the decode in flight
    std::vector<float> state_cur;       // given states of the decode in flight
    bool     tap_cur    = false;
    bool     inside_cur = false;
    std::shared_ptr<llama_recurrence_wave> wave_cur;
    uint32_t first_step = 0;            // of the decode in flight, for the slots: 0 without a wave
    uint32_t i_step     = 0;            // counted from 1 while the step runs, else 0
    uint32_t n_tokens   = 0;            // of the decode in flight
    uint32_t i_token    = 0;            // first token of the current ubatch
    int      i_state    = 0;            // the buffer that holds the latent state

    // a graph whose tensors can be pointed to other slots in place needs no rebuild between steps; false on backends that
    // recognise a graph they have captured by its id alone
    bool can_bind = true;

    llama_recurrence_exit_check exit_check;

    std::vector<float> sumsq;         // [2*n_tokens] of the last step, as t_sumsq
    std::vector<float> state_start;   // to make initial states in
    std::vector<float> state_old;     // states read back from a device
    std::vector<float> state_new;
    std::vector<float> state_checked; // the states of the last check, if more steps follow
    std::vector<float> check_row;     // logits of a check
    std::vector<int8_t> check_output; // only the last position

    std::vector<ggml_tensor *> tensors; // what the next graph is bound to

    // a token that was read with few steps: what it takes to run the rest of them
    struct held {
        llama_token token;
        int32_t     cell;
        uint64_t    seed;
        float       init_scale;

        std::vector<float> state;
        std::vector<float> inject;
        std::vector<float> deltas;
    };
    std::map<std::pair<llama_seq_id, llama_pos>, held> held_tokens;

    // the token whose last latent state is still in a buffer
    struct {
        bool         valid = false;
        llama_seq_id seq   = -1;
        llama_pos    pos   = -1;
        uint32_t     row   = 0;
        int          i_state = 0;
    } carry;

    std::vector<std::unique_ptr<lane_set>> lane_sets;
    lane_set * lanes = nullptr; // of the batch in flight

    llm_graph_result * coda = nullptr;

    cpu_settings cpu_cur;

    bool can_plan = false; // one backend, the CPU

    // put back when tapping ends
    ggml_backend_sched_eval_callback cb_eval_user = nullptr;
    void * cb_eval_user_data = nullptr;

    ggml_backend_sched_t main_last = nullptr;

    ggml_context_ptr        ctx_state;
    ggml_backend_buffer_ptr buf_state;

    std::array<ggml_tensor *, 2> state = {};
    ggml_tensor * inject = nullptr;

    struct ggml_threadpool * threadpool = nullptr;
    int n_threads_pool = 0;
};
