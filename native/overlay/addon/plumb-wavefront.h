// Functions for samplers that work on several positions at once.
#pragma once

#include "napi.h"

void plumb_wavefront_register(Napi::Env env, Napi::Object exports);
