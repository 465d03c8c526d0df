#include "llama-recurrence.h"

#include "llama-context.h"

#include "ggml-cpu.h"

#include <algorithm>

// the threads of the CPU backend

// a decode is many short graphs: without a thread pool each of them would start and join its own threads
void llama_recurrence::init_threads(bool batched) {
    auto * reg = ggml_backend_dev_backend_reg(ggml_backend_get_device(lctx.backend_cpu));

    auto * new_fn  = (decltype(ggml_threadpool_new)             *) ggml_backend_reg_get_proc_address(reg, "ggml_threadpool_new");
    auto * pool_fn = (decltype(ggml_backend_cpu_set_threadpool) *) ggml_backend_reg_get_proc_address(reg, "ggml_backend_cpu_set_threadpool");

    const int n_threads     = batched ? lctx.cparams.n_threads_batch : lctx.cparams.n_threads;
    const int n_threads_max = std::max(lctx.cparams.n_threads, lctx.cparams.n_threads_batch);

    // a pool attached by someone else is left alone; one thread needs a pool too, or each graph makes one and throws it away;
    // a pool with more threads than are used would wake them for every graph
    if (new_fn && pool_fn && n_threads_pool != n_threads_max && (threadpool || !lctx.threadpool)) {
        free_threads();

        ggml_threadpool_params tpp = ggml_threadpool_params_default(n_threads_max);
        threadpool     = new_fn(&tpp);
        n_threads_pool = n_threads_max;
        if (threadpool) {
            lctx.attach_threadpool(threadpool, threadpool);
        }
    }

    if (pool_fn) {
        pool_fn(lctx.backend_cpu, batched ? lctx.threadpool_batch : lctx.threadpool);
    }
    for (const auto & fn : lctx.set_n_threads_fns) {
        fn.second(fn.first, n_threads);
    }
    cpu_cur = { n_threads, batched ? lctx.threadpool_batch : lctx.threadpool, (void *) lctx.abort_callback, lctx.abort_callback_data };
}

void llama_recurrence::free_threads() {
    if (!threadpool) {
        return;
    }

    auto * reg = ggml_backend_dev_backend_reg(ggml_backend_get_device(lctx.backend_cpu));

    auto * free_fn = (decltype(ggml_threadpool_free)            *) ggml_backend_reg_get_proc_address(reg, "ggml_threadpool_free");
    auto * pool_fn = (decltype(ggml_backend_cpu_set_threadpool) *) ggml_backend_reg_get_proc_address(reg, "ggml_backend_cpu_set_threadpool");

    lctx.detach_threadpool();
    pool_fn(lctx.backend_cpu, nullptr); // the backend pauses the pool it had when it gets another
    free_fn(threadpool);

    threadpool     = nullptr;
    n_threads_pool = 0;
}
