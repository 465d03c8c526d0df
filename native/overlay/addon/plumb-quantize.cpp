// llama.cpp's quantiser, off the JS thread, with one call per tensor and the types that came out.
#include "plumb-quantize.h"

#include "ggml.h"
#include "gguf.h"
#include "llama.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <vector>

static const std::map<std::string, llama_ftype> PLUMB_FTYPES = {
    { "f32",    LLAMA_FTYPE_ALL_F32         }, { "f16",    LLAMA_FTYPE_MOSTLY_F16    }, { "bf16",   LLAMA_FTYPE_MOSTLY_BF16   },
    { "q8_0",   LLAMA_FTYPE_MOSTLY_Q8_0     }, { "q4_0",   LLAMA_FTYPE_MOSTLY_Q4_0   }, { "q4_1",   LLAMA_FTYPE_MOSTLY_Q4_1   },
    { "q5_0",   LLAMA_FTYPE_MOSTLY_Q5_0     }, { "q5_1",   LLAMA_FTYPE_MOSTLY_Q5_1   }, { "q2_k",   LLAMA_FTYPE_MOSTLY_Q2_K   },
    { "q3_k_s", LLAMA_FTYPE_MOSTLY_Q3_K_S   }, { "q3_k_m", LLAMA_FTYPE_MOSTLY_Q3_K_M }, { "q3_k_l", LLAMA_FTYPE_MOSTLY_Q3_K_L },
    { "q4_k_s", LLAMA_FTYPE_MOSTLY_Q4_K_S   }, { "q4_k_m", LLAMA_FTYPE_MOSTLY_Q4_K_M }, { "q5_k_s", LLAMA_FTYPE_MOSTLY_Q5_K_S },
    { "q5_k_m", LLAMA_FTYPE_MOSTLY_Q5_K_M   }, { "q6_k",   LLAMA_FTYPE_MOSTLY_Q6_K   }, { "iq4_nl", LLAMA_FTYPE_MOSTLY_IQ4_NL },
    { "iq4_xs", LLAMA_FTYPE_MOSTLY_IQ4_XS   },
};

struct plumb_tensor_line {
    int         index = 0;
    int         total = 0;
    std::string name;
    std::string type;
};

class plumb_quantize_worker : public Napi::AsyncProgressQueueWorker<plumb_tensor_line> {
public:
    plumb_quantize_worker(Napi::Env env, std::string src, std::string dst, llama_ftype ftype, int n_threads) :
        Napi::AsyncProgressQueueWorker<plumb_tensor_line>(env, "plumbQuantize"), deferred(env),
        src(std::move(src)), dst(std::move(dst)), ftype(ftype), n_threads(n_threads) {
    }

    Napi::Promise::Deferred deferred;
    Napi::FunctionReference on_tensor;

protected:
    void Execute(const ExecutionProgress & progress) override {
        // the quantiser reports through the log only, and the log is one for the process: one quantiser at a time
        static std::mutex running;
        std::lock_guard<std::mutex> lock(running);

        this->progress = &progress;
        llama_log_get(&log_prev, &log_prev_data);
        llama_log_set(on_log, this);

        auto params = llama_model_quantize_default_params();
        params.ftype            = ftype;
        params.nthread          = n_threads;
        params.allow_requantize = true;

        const uint32_t ret = llama_model_quantize(src.c_str(), dst.c_str(), &params);

        llama_log_set(log_prev, log_prev_data);

        if (ret != 0) {
            SetError(error.empty() ? "Quantization failed" : error);
            return;
        }
        read_types();
    }

    void OnProgress(const plumb_tensor_line * lines, size_t n) override {
        Napi::HandleScope scope(Env());
        for (size_t i = 0; i < n && !on_tensor.IsEmpty(); ++i) {
            Napi::Object arg = Napi::Object::New(Env());
            arg.Set("index", lines[i].index);
            arg.Set("total", lines[i].total);
            arg.Set("name",  lines[i].name);
            arg.Set("type",  lines[i].type);
            on_tensor.Call({ arg });
        }
    }

    void OnOK() override {
        Napi::HandleScope scope(Env());
        Napi::Array tensors = Napi::Array::New(Env(), result.size());
        for (size_t i = 0; i < result.size(); ++i) {
            Napi::Object t = Napi::Object::New(Env());
            t.Set("name", result[i].name);
            t.Set("type", result[i].type);
            tensors.Set((uint32_t) i, t);
        }
        Napi::Object res = Napi::Object::New(Env());
        res.Set("tensors", tensors);
        deferred.Resolve(res);
    }

    void OnError(const Napi::Error & err) override {
        deferred.Reject(err.Value());
    }

private:
    // lines like "[   3/  76] blk.0.attn_qkv.weight - [...], type =    f32, " then "converting to q8_0 .. " then "size = ..."
    static void on_log(ggml_log_level level, const char * text, void * data) {
        auto * self = static_cast<plumb_quantize_worker *>(data);
        const std::string s = text;

        int index = 0;
        int total = 0;
        if (std::sscanf(text, "[%d/%d]", &index, &total) == 2) {
            const size_t b = s.find("] ") + 2;
            const size_t e = s.find(" - [", b);
            const size_t t = s.find("type = ");
            self->line = { index, total, trim(s.substr(b, e - b)), t == std::string::npos ? "" : trim(s.substr(t + 7)) };
        } else if (s.rfind("converting to ", 0) == 0) {
            self->line.type = trim(s.substr(14));
        } else if (s.rfind("size =", 0) == 0 && !self->line.name.empty()) {
            self->progress->Send(&self->line, 1);
            self->line.name.clear();
        }
        if (level == GGML_LOG_LEVEL_ERROR) {
            self->error = trim(s);
        }
        if (self->log_prev) {
            self->log_prev(level, text, self->log_prev_data);
        }
    }

    static std::string trim(std::string s) {
        const char * drop = " \n\t,.";
        s.erase(0, s.find_first_not_of(drop));
        s.erase(s.find_last_not_of(drop) + 1);
        return s;
    }

    void read_types() {
        gguf_init_params params = { /*.no_alloc =*/ true, /*.ctx =*/ nullptr };
        gguf_context * gguf = gguf_init_from_file(dst.c_str(), params);
        if (!gguf) {
            SetError("The quantised file cannot be read back");
            return;
        }
        for (int64_t i = 0; i < gguf_get_n_tensors(gguf); ++i) {
            result.push_back({ 0, 0, gguf_get_tensor_name(gguf, i), ggml_type_name(gguf_get_tensor_type(gguf, i)) });
        }
        gguf_free(gguf);
    }

    std::string src;
    std::string dst;
    llama_ftype ftype;
    int n_threads;

    const ExecutionProgress * progress = nullptr;
    ggml_log_callback log_prev = nullptr;
    void * log_prev_data = nullptr;

    plumb_tensor_line line;
    std::string error;
    std::vector<plumb_tensor_line> result;
};

Napi::Value plumb_quantize(const Napi::CallbackInfo & info) {
    const auto options = info[2].As<Napi::Object>();

    std::string type = options.Get("type").ToString().Utf8Value();
    std::transform(type.begin(), type.end(), type.begin(), [](unsigned char c) { return std::tolower(c); });

    const auto it = PLUMB_FTYPES.find(type);
    if (it == PLUMB_FTYPES.end()) {
        Napi::Error::New(info.Env(), "Unknown type: " + type).ThrowAsJavaScriptException();
        return info.Env().Undefined();
    }
    const int n_threads = options.Get("nThreads").IsNumber() ? options.Get("nThreads").As<Napi::Number>().Int32Value() : 0;

    auto * worker = new plumb_quantize_worker(info.Env(), info[0].ToString().Utf8Value(), info[1].ToString().Utf8Value(), it->second, n_threads);
    if (info.Length() > 3 && info[3].IsFunction()) {
        worker->on_tensor = Napi::Persistent(info[3].As<Napi::Function>());
    }
    auto promise = worker->deferred.Promise();
    worker->Queue();
    return promise;
}
