// How to load the fork, and nothing but the fork, through node-llama-cpp.
//
//   import {getLlama} from "node-llama-cpp";
//   const llama = await getLlama(loadOptions());            // throws NoBinaryFoundError if the fork is not built
//   if (llama._bindings.plumbForkId?.() !== forkId) throw ...
//
// `build: "never"` alone would fall back to the stock prebuilt binary without a word; `usePrebuiltBinaries: false` forbids it.
import fs from "node:fs";

/** First 12 hex digits of the fork's source tree. The binary has the same compiled in. */
export const forkId = JSON.parse(fs.readFileSync(new URL("../base.json", import.meta.url), "utf8")).forkId;

/** Options for getLlama(). gpu: false, "vulkan", "cuda" or "metal". */
export function loadOptions({gpu = false} = {}) {
    return {gpu, build: "never", usePrebuiltBinaries: false, progressLogs: false, cmakeOptions: {PLUMB_FORK: forkId}};
}
