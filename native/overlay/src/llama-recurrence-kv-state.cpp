#include "llama-recurrence-kv.h"

#include "llama-impl.h"
#include "llama-io.h"

#include <algorithm>
#include <limits>

// saved states: the cells keep the promise that slots [0, n_open) are complete, also in a cache where n_open is another number

void llama_kv_cache_recurrence::state_write(llama_io_write_i & io, llama_seq_id seq_id, llama_state_seq_flags flags) const {
    io.write(&n_open, sizeof(n_open));

    llama_kv_cache::state_write(io, seq_id, flags);
}

void llama_kv_cache_recurrence::state_read(llama_io_read_i & io, llama_seq_id seq_id, llama_state_seq_flags flags) {
    uint32_t n_saved = 0;
    io.read(&n_saved, sizeof(n_saved));

    if (n_saved > n_kv_budget) {
        throw std::runtime_error(format("state has %u slots per layer, the cache has %u", n_saved, n_kv_budget));
    }

    // what stays in the cache must be complete up to the slots of what comes in, and the other way round
    if (seq_id < 0) {
        n_open = 0;
    } else {
        while (n_open > 0 && n_open < n_saved) {
            open_slot(n_open);
        }
    }

    for (uint32_t t = 0; t < n_saved; ++t) {
        touch(t);
    }

    // the base reads the slots that has_data() names: the ones that were written
    const uint32_t n_kept = n_open;
    n_open = n_saved;
    try {
        llama_kv_cache::state_read(io, seq_id, flags);
    } catch (...) {
        n_open = n_kept;
        throw;
    }
    n_open = n_kept;

    if (n_saved > 0) {
        const auto cells = find_cells(seq_id, 0, std::numeric_limits<llama_pos>::max());
        for (uint32_t t = n_saved; t < n_open; ++t) {
            copy_slot(n_saved - 1, t, cells);
        }
    }
    n_open = std::max(n_open, n_saved);
}
