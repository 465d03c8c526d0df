// Drafts, drawn one after the other.
#pragma once

#include "napi.h"

void plumb_draft_register(Napi::Env env, Napi::Object exports);
