// What the functions that look at a context share.
#pragma once

#include "napi.h"

#include "AddonContext.h"
#include "llama-recurrence.h"

#include <mutex>
#include <string>

inline Napi::Value plumb_throw(Napi::Env env, const std::string & message) {
    Napi::Error::New(env, message).ThrowAsJavaScriptException();
    return env.Undefined();
}

// a context that stays alive for the length of a call: disposing happens on a worker thread, under the same mutex
struct plumb_context {
    AddonContext * addon = nullptr;
    llama_context * ctx  = nullptr;
    std::unique_lock<std::mutex> lock;

    explicit plumb_context(const Napi::CallbackInfo & info) {
        if (info.Length() == 0 || !info[0].IsObject()) {
            return;
        }
        addon = Napi::ObjectWrap<AddonContext>::Unwrap(info[0].As<Napi::Object>());
        lock  = std::unique_lock<std::mutex>(addon->disposeMutex);
        if (!addon->disposed && addon->contextLoaded) {
            ctx = addon->ctx;
        }
        if (!ctx) {
            Napi::Error::New(info.Env(), "Context is not loaded").ThrowAsJavaScriptException();
        }
    }
};

inline Napi::Float32Array plumb_f32(Napi::Env env, size_t n) {
    return Napi::Float32Array::New(env, n);
}
