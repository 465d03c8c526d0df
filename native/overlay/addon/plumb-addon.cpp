// node-llama-cpp's addon with the fork's functions added to its exports.
//
// The addon registers itself with one macro at the end of addon.cpp. Renaming what the macro registers, for the length of
// the include, lets us add to the exports without a patch to the package's file.
#include "napi.h"
#undef NODE_API_MODULE
#define NODE_API_MODULE(modname, regfunc)
#include "addon.cpp"
#undef NODE_API_MODULE

#include "plumb-distribution.h"
#include "plumb-draft.h"
#include "plumb-recurrence.h"
#include "plumb-wavefront.h"

static Napi::Object plumb_register(Napi::Env env, Napi::Object exports) {
    registerCallback(env, exports);
    plumb_recurrence_register(env, exports);
    plumb_distribution_register(env, exports);
    plumb_draft_register(env, exports);
    plumb_wavefront_register(env, exports);
    return exports;
}

static napi_value plumb_init(napi_env env, napi_value exports) {
    return Napi::RegisterModule(env, exports, plumb_register);
}

NAPI_MODULE(llama_addon, plumb_init)
