// What the fork adds to the addon's exports; see docs/fork.md for the list.
#pragma once

#include "napi.h"

void plumb_recurrence_register(Napi::Env env, Napi::Object exports);
void plumb_trace_register(Napi::Env env, Napi::Object exports);
