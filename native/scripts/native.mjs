// The commands of the fork: checkout, patch, build, export, status. `npm run native:build` and friends call this.
import fs from "node:fs";
import path from "node:path";
import {applyFork, checkout, isPatched, overlayFiles, readSeries, treeId} from "./tree.mjs";
import {build, prepareTree} from "./build.mjs";
import {buildKey, cachedDir, isIntact} from "./cache.mjs";
import {countLines, exportFork} from "./export.mjs";
import {installedVariants, localBuildDir} from "./variants.mjs";
import {isInstalled} from "./install.mjs";
import {llamaPackageDir, readBase, repoDir, say, treeDir, UserError} from "./places.mjs";
import {requireTools} from "./run.mjs";

const help = `node native/scripts/native.mjs COMMAND [options]

  build      compile the fork if it is not there yet and install it for node-llama-cpp
               --force            compile even if nothing changed
               --gpu NAME         only this variant: none, vulkan, cuda, metal (default: all installed packages)
               --backend hip      compile ggml too, with ROCm (no prebuilt exists); "source" does so for the CPU
  checkout   a fresh work tree of the unpatched base in .cache/native/llama.cpp
  patch      a work tree with patches and overlay, checked     --force throws edited files away
  export     patches, overlay and base.json from the edited work tree
               --accept           only record the tree that patches and overlay in the repository come out as
  status     what is pinned, patched, cached and installed`;

function options(args) {
    const value = (name) => args.includes(name) ? args[args.indexOf(name) + 1] : undefined;
    return {force: args.includes("--force"), accept: args.includes("--accept"), backend: value("--backend"), gpu: value("--gpu")};
}

async function status(base) {
    const [added, removed] = countLines();
    say(`base ${base.package} ${base.packageVersion}, llama.cpp ${base.release}, tree ${base.baseTree.slice(0, 12)}`);
    say(`fork ${base.forkId}: ${readSeries().length} patches (${added} lines added, ${removed} removed upstream), ${overlayFiles().length} files of our own`);
    say(`work tree ${path.relative(repoDir, treeDir)}: ${treeId() === null ? "none" : isPatched(base) ? "is the fork" : "differs from the fork"}`);
    const packageDir = llamaPackageDir(base);
    for (const variant of installedVariants()) {
        const key = buildKey(base, variant.name, "prebuilt");
        const dir = await localBuildDir(packageDir, variant.metadata, variant.gpu, base.forkId);
        say(`${variant.name}: build ${key}, ${isIntact(cachedDir(key), key) ? "cached" : "not cached"}, ${isInstalled(dir, key, variant) ? "installed" : "not installed"}`);
    }
}

const [command, ...args] = process.argv.slice(2);
const {force, accept, backend, gpu} = options(args);
try {
    const base = readBase();
    if (backend !== undefined && !["prebuilt", "hip", "source"].includes(backend))
        throw new UserError(`unknown backend ${backend}: metal, vulkan and cuda are prebuilt, only "hip" and "source" are compiled`);
    if (["checkout", "patch", "export"].includes(command))
        requireTools(["git"]);

    if (command === "build")
        await build(base, {force, backend, gpu});
    else if (command === "checkout")
        checkout(base);
    else if (command === "patch")
        prepareTree(base, force);
    else if (command === "export" && accept) {
        checkout(base);
        try {
            applyFork(base);
        } catch (error) {
            if (!/base\.json expects/.test(error.message))
                throw error;
        }
        exportFork(base);
    } else if (command === "export" && fs.existsSync(treeDir))
        exportFork(base);
    else if (command === "status")
        await status(base);
    else
        console.log(help);
} catch (error) {
    if (!(error instanceof UserError))
        throw error;
    console.error(`native: ${error.message}`);
    process.exitCode = 1;
}
