// Compiles the fork: libllama and the addon against the prebuilt ggml, or everything from source for a backend without one.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import {applyFork, checkout, isPatched, treeId} from "./tree.mjs";
import {buildKey, cachedDir, isIntact, store} from "./cache.mjs";
import {cmakeDir, dependencyDir, llamaPackageDir, overlayAddonDir, say, treeDir, UserError, workDir} from "./places.mjs";
import {findProgram, git, requireTools, stream} from "./run.mjs";
import {install, isInstalled, removeOlder} from "./install.mjs";
import {installedVariants, localBuildDir, platform} from "./variants.mjs";

/** Makes sure that the work tree is exactly the fork. Edited files are never thrown away without `force`. */
export function prepareTree(base, force) {
    if (treeId() !== null && isPatched(base))
        return;
    if (treeId() !== null && !force && git(treeDir, ["status", "--porcelain"]).split("\n").some((line) => line !== "" && line[1] !== " "))
        throw new UserError("the work tree .cache/native/llama.cpp has edited files. Keep them with `npm run native:export`, or throw them away with --force");
    checkout(base);
    applyFork(base);
}

/** CMake writes thousands of characters; a person wants the steps. */
function showLine(line) {
    const step = /^\[\s*(\d+\/\d+|\d+%)\]\s*(.*)$/.exec(line);
    if (step)
        say(`[${step[1]}] ${step[2].replace(/^Building C(XX)? object .*\//, "compiling ").replace(/\.o(bj)?$/, "").replace(/^Linking CXX shared (library|module) .*\//, "linking ")}`);
}

function cmakeDefinitions(base, packageDir, variant, backend) {
    const definitions = {
        CMAKE_BUILD_TYPE: "Release",
        PLUMB_LLAMA_DIR: treeDir,
        PLUMB_ADDON_DIR: path.join(packageDir, "llama", "addon"),
        PLUMB_OVERLAY_ADDON_DIR: overlayAddonDir,
        PLUMB_NAPI_INCLUDE: dependencyDir(packageDir, "node-addon-api"),
        PLUMB_NODE_INCLUDE: path.join(dependencyDir(packageDir, "node-api-headers"), "include"),
        PLUMB_NODE_DEF: path.join(dependencyDir(packageDir, "node-api-headers"), "def", "node_api.def"),
        PLUMB_FORK_ID: base.forkId,
        PLUMB_FROM_SOURCE: backend === "prebuilt" ? "OFF" : "ON",
        PLUMB_PREBUILT_DIR: variant.dir,
        PLUMB_GGML_FILE: variant.ggml,
        PLUMB_GGML_BASE_FILE: variant.ggmlBase,
        PLUMB_COMMON_FILE: variant.common,
        PLUMB_LLAMA_NAME: variant.llama.replace(/^lib/, "").replace(/\.(so|dylib|dll)$/, "")
    };
    if (backend === "hip")
        definitions.GGML_HIP = "ON";
    const ccache = findProgram(["ccache"]);
    if (ccache)
        Object.assign(definitions, {CMAKE_C_COMPILER_LAUNCHER: ccache, CMAKE_CXX_COMPILER_LAUNCHER: ccache});
    return Object.entries(definitions).map(([name, value]) => `-D${name}=${value}`);
}

/** Files of a finished build folder: name -> path. */
function outputs(buildDir, variant, backend) {
    const all = fs.readdirSync(buildDir, {recursive: true, withFileTypes: true})
        .filter((entry) => entry.isFile() && /\.(so|dylib|dll|node)$/.test(entry.name))
        .map((entry) => [entry.name, path.join(entry.parentPath ?? entry.path, entry.name)]);
    const wanted = backend === "prebuilt" ? [variant.llama, variant.addon] : all.map(([name]) => name);
    const files = Object.fromEntries(all.filter(([name]) => wanted.includes(name)));
    for (const name of backend === "prebuilt" ? wanted : [variant.addon])
        if (!files[name])
            throw new UserError(`the build did not make ${name}`);
    return files;
}

async function compile(base, packageDir, variant, backend) {
    requireTools(["git", "cmake", "a C++17 compiler"]);
    prepareTree(base, false);

    // variants share the objects: only what is linked, and under which names, differs
    const buildDir = path.join(workDir, `build-${backend}`);
    const ninja = findProgram(["ninja"]) && platform !== "win" ? ["-G", "Ninja"] : [];
    fs.rmSync(path.join(buildDir, "CMakeCache.txt"), {force: true}); // settings of another variant or place
    fs.mkdirSync(buildDir, {recursive: true});

    const start = Date.now();
    say(`configuring ${variant.name}${backend === "prebuilt" ? "" : ` (${backend}, from source)`}`);
    await stream("cmake", ["-S", cmakeDir, "-B", buildDir, ...ninja, ...cmakeDefinitions(base, packageDir, variant, backend)], {onLine: () => {}});
    const jobs = process.env.PLUMB_BUILD_JOBS || String(os.availableParallelism());
    await stream("cmake", ["--build", buildDir, "--target", "llama-addon", "--config", "Release", "-j", jobs], {onLine: showLine});

    const seconds = Math.round((Date.now() - start) / 1000);
    say(`${variant.name} built in ${seconds} s`);
    return {files: outputs(buildDir, variant, backend), seconds};
}

/** Builds what is missing and installs it. Under a second when nothing changed. */
export async function build(base, {force = false, backend = "prebuilt", gpu = "all"} = {}) {
    const packageDir = llamaPackageDir(base);
    // the prebuilt DLLs come without import libraries, so Windows compiles everything
    const kind = platform === "win" && backend === "prebuilt" ? "source" : backend;

    const variants = kind === "prebuilt" ? installedVariants(gpu) : installedVariants("none").map((variant) => ({...variant, gpu: kind === "hip" ? "hip" : variant.gpu}));
    for (const variant of variants) {
        const key = buildKey(base, variant.name, kind);
        // node-llama-cpp knows no "hip": such a build is loaded as the plain one
        const loadAs = variant.gpu === "hip" ? false : variant.gpu;
        const dir = await localBuildDir(packageDir, variant.metadata, loadAs, base.forkId);
        const expected = kind === "prebuilt" ? variant : {...variant, files: []};

        if (!force && isInstalled(dir, key, expected)) {
            say(`${variant.name}: fork ${base.forkId} is up to date`);
            continue;
        }
        let from = cachedDir(key);
        if (force || !isIntact(from, key)) {
            const {files, seconds} = await compile(base, packageDir, variant, kind);
            from = store(key, files, {forkId: base.forkId, variant: variant.name, backend: kind, buildSeconds: seconds});
        } else {
            say(`${variant.name}: found in the cache`);
        }
        await install(dir, from, key, {...variant, gpu: loadAs}, {packageDir, forkId: base.forkId, prebuilt: kind === "prebuilt"});
        removeOlder(dir, variant.name, base.forkId);
        say(`${variant.name}: fork ${base.forkId} installed`);
    }
}
