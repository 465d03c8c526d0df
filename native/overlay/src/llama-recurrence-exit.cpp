#include "llama-recurrence-exit.h"

#include <algorithm>
#include <cmath>
#include <limits>

// what the reference adds to a probability before its logarithm, and the entropy it starts from
static constexpr double EXIT_ENTROPY_EPS   = 1e-10;
static constexpr double EXIT_ENTROPY_START = 100.0;

// minp-kl: probabilities below this part of the largest one count as 1/n_vocab
static constexpr float EXIT_MIN_P = 0.1f;

// second-order: checks in a row that must pass
static constexpr uint32_t EXIT_SECOND_ORDER_HITS = 2;

void llama_recurrence_exit_check::begin(const llama_recurrence_params & p, uint32_t n_tokens, uint32_t n_embd) {
    params = p;

    this->n_tokens = n_tokens;
    this->n_embd   = n_embd;

    values.clear();
    n_hits = 0;

    probs_prev.clear();
    entropy_prev = EXIT_ENTROPY_START;
    argmax_prev  = -1;
    n_stable     = 0;
}

void llama_recurrence_exit_check::set_start(const float * sumsq_x) {
    sumsq_prev.assign(sumsq_x, sumsq_x + n_tokens);
}

bool llama_recurrence_exit_check::pass(double value) {
    values.push_back(value);

    if (params.criterion == LLAMA_RECURRENCE_CRITERION_ARGMAX) {
        return value >= params.threshold;
    }
    // false for NaN
    n_hits = value < params.threshold ? n_hits + 1 : 0;
    return n_hits >= (params.criterion == LLAMA_RECURRENCE_CRITERION_SECOND_ORDER ? EXIT_SECOND_ORDER_HITS : 1);
}

double llama_recurrence_exit_check::value_latent_diff(const float * sumsq) const {
    double sum = 0.0;
    for (uint32_t i = 0; i < n_tokens; ++i) {
        sum += std::sqrt((double) sumsq[i]/sumsq[n_tokens + i]);
    }
    return sum/n_tokens;
}

// 1 - cos(a, b) = (|a - b|^2 - (|a| - |b|)^2) / 2|a||b|: no difference of two numbers near 1
double llama_recurrence_exit_check::value_cosine(const float * sumsq) const {
    double sum = 0.0;
    for (uint32_t i = 0; i < n_tokens; ++i) {
        const double a = std::sqrt((double) sumsq[n_tokens + i]);
        const double b = std::sqrt((double) sumsq_prev[i]);
        if (a == 0.0 || b == 0.0) {
            return std::numeric_limits<double>::quiet_NaN();
        }
        sum += (sumsq[i] - (a - b)*(a - b))/(2.0*a*b);
    }
    return sum/n_tokens;
}

// |(x_t - x_(t-1)) - (x_(t-1) - x_(t-2))| / |x_t|: Pappone et al., "Two-Scale Latent Dynamics for Recurrent-Depth Transformers"
double llama_recurrence_exit_check::value_second_order(uint32_t t, const float * sumsq, const float * x_old, const float * x_new) {
    delta_prev.resize((size_t) n_tokens*n_embd);

    double sum = 0.0;
    for (uint32_t i = 0; i < n_tokens; ++i) {
        const float * a = x_new + (size_t) i*n_embd;
        const float * b = x_old + (size_t) i*n_embd;
        float * d = delta_prev.data() + (size_t) i*n_embd;

        float turn = 0.0f;
        for (uint32_t k = 0; k < n_embd; ++k) {
            const float delta = a[k] - b[k];
            turn += (delta - d[k])*(delta - d[k]);
            d[k] = delta;
        }
        sum += std::sqrt((double) turn/sumsq[n_tokens + i]);
    }
    return t == 0 ? std::numeric_limits<double>::quiet_NaN() : sum/n_tokens;
}

bool llama_recurrence_exit_check::after_step(uint32_t t, const float * sumsq, const float * x_old, const float * x_new) {
    double value = 0.0;
    switch (params.criterion) {
        case LLAMA_RECURRENCE_CRITERION_LATENT_DIFF:
            value = is_due(t) ? value_latent_diff(sumsq) : 0.0;
            break;
        case LLAMA_RECURRENCE_CRITERION_COSINE:
            value = is_due(t) ? value_cosine(sumsq) : 0.0;
            sumsq_prev.assign(sumsq + n_tokens, sumsq + 2*n_tokens);
            break;
        case LLAMA_RECURRENCE_CRITERION_SECOND_ORDER:
            value = value_second_order(t, sumsq, x_old, x_new);
            break;
        default:
            return false;
    }
    return is_due(t) && pass(value);
}

bool llama_recurrence_exit_check::after_logits(const float * logits, uint32_t n_vocab) {
    const int64_t argmax = std::max_element(logits, logits + n_vocab) - logits;

    if (params.criterion == LLAMA_RECURRENCE_CRITERION_ARGMAX) {
        n_stable    = argmax == argmax_prev ? n_stable + 1 : 0;
        argmax_prev = argmax;
        return pass(n_stable);
    }

    probs.resize(n_vocab);
    double sum = 0.0;
    for (uint32_t i = 0; i < n_vocab; ++i) {
        probs[i] = std::exp(logits[i] - logits[argmax]);
        sum += probs[i];
    }

    if (params.criterion == LLAMA_RECURRENCE_CRITERION_ENTROPY_DIFF) {
        double entropy = 0.0;
        for (uint32_t i = 0; i < n_vocab; ++i) {
            const double p = probs[i]/sum;
            entropy -= p*std::log(p + EXIT_ENTROPY_EPS);
        }
        const double value = std::fabs(entropy - entropy_prev);
        entropy_prev = entropy;
        return pass(value);
    }

    // log-probabilities take the place of the probabilities; the distribution before the first one is uniform
    if (params.criterion == LLAMA_RECURRENCE_CRITERION_MINP_KL) {
        double kept = 0.0;
        for (uint32_t i = 0; i < n_vocab; ++i) {
            // relative to the largest one, which is 1 before the division by the sum
            probs[i] = probs[i] < EXIT_MIN_P ? 1.0/n_vocab : probs[i]/sum;
            kept += probs[i];
        }
        for (uint32_t i = 0; i < n_vocab; ++i) {
            probs[i] = std::log(probs[i]/kept);
        }
    } else {
        const double log_sum = std::log(sum);
        for (uint32_t i = 0; i < n_vocab; ++i) {
            probs[i] = logits[i] - logits[argmax] - log_sum;
        }
    }
    if (probs_prev.empty()) {
        probs_prev.assign(n_vocab, -std::log((double) n_vocab));
    }

    double kl = 0.0;
    for (uint32_t i = 0; i < n_vocab; ++i) {
        kl += std::exp((double) probs_prev[i])*((double) probs_prev[i] - probs[i]);
    }
    std::swap(probs, probs_prev);
    return pass(kl);
}
