// The prebuilt packages of node-llama-cpp that are installed for this machine: which libraries they hold and how those are named.
import fs from "node:fs";
import path from "node:path";
import {pathToFileURL} from "node:url";
import {repoDir, UserError} from "./places.mjs";

const platforms = {linux: "linux", darwin: "mac", win32: "win"};

/** "linux-x64", "mac-arm64", ... as node-llama-cpp names them. */
export const platform = platforms[process.platform];
export const platformName = `${platform}-${process.arch}`;

const candidates = [
    {gpu: false, suffix: ""}, {gpu: "metal", suffix: "-metal"}, {gpu: "vulkan", suffix: "-vulkan"}, {gpu: "cuda", suffix: "-cuda"}
];

/** One installed package: `files` are all of its libraries, `llama` and `addon` the two that the fork replaces. */
function readVariant({gpu, suffix}) {
    const name = platformName + suffix;
    const dir = path.join(repoDir, "node_modules", "@node-llama-cpp", name, "bins", name);
    if (!fs.existsSync(path.join(dir, "llama-addon.node")))
        return null;

    const files = fs.readdirSync(dir).filter((file) => fs.statSync(path.join(dir, file)).isFile());
    const find = (pattern, what) => files.find((file) => pattern.test(file))
        ?? (() => { throw new UserError(`no ${what} in ${path.relative(repoDir, dir)}`); })();
    const metadata = JSON.parse(fs.readFileSync(path.join(dir, "_nlcBuildMetadata.json"), "utf8"));

    // "libllama.vulkan.v0.5.0.so", "libggml.vulkan.v0.5.0.so", "libggml-base.so", "libllama-common.so"; .dylib and .dll without "lib" likewise
    return {
        gpu, name, dir, files, metadata,
        llama: find(/^(lib)?llama(\.[^/]*)?\.(so|dylib|dll)$/, "libllama"),
        ggml: find(/^(lib)?ggml(\.[^/]*)?\.(so|dylib|dll)$/, "libggml"),
        ggmlBase: find(/^(lib)?ggml-base\.(so|dylib|dll)$/, "libggml-base"),
        common: find(/^(lib)?llama-common\.(so|dylib|dll)$/, "libllama-common"),
        addon: "llama-addon.node"
    };
}

/** Installed variants, the plain one first. `gpu`: "all", "none", or one name. */
export function installedVariants(gpu = "all") {
    if (platform === undefined)
        throw new UserError(`no prebuilt libraries exist for ${process.platform}`);
    const found = candidates.map(readVariant).filter((variant) => variant !== null);
    const wanted = found.filter((variant) => gpu === "all" || variant.gpu === (gpu === "none" ? false : gpu) ||
        // Apple silicon has no package without Metal
        (gpu === "none" && variant.gpu === "metal" && !found.some((other) => other.gpu === false)));
    if (wanted.length === 0)
        throw new UserError(`no package @node-llama-cpp/${platformName}${gpu === "all" || gpu === "none" ? "" : "-" + gpu} is installed. Run: npm ci`);
    return wanted;
}

/** The folder node-llama-cpp will look for: its own function decides, from the options that load-options.mjs passes. */
export async function localBuildDir(packageDir, metadata, gpu, forkId) {
    const file = path.join(packageDir, "dist", "bindings", "utils", "getBuildFolderNameForBuildOptions.js");
    const {getBuildFolderNameForBuildOptions} = await import(pathToFileURL(file).href);
    const names = await getBuildFolderNameForBuildOptions({
        ...metadata.buildOptions, gpu, customCmakeOptions: new Map([["PLUMB_FORK", forkId]])
    });
    return path.join(packageDir, "llama", "localBuilds", names.withCustomCmakeOptions);
}
