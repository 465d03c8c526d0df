// llama.cpp's quantiser as an asynchronous function.
#pragma once

#include "napi.h"

// plumbQuantize(src, dst, { type, nThreads? }, onTensor?) -> Promise<{ tensors: [{ name, type }] }>
Napi::Value plumb_quantize(const Napi::CallbackInfo & info);
