// Where the fork's inputs and outputs are: this repository, the npm packages, the work tree, the caches.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import {createRequire} from "node:module";
import {fileURLToPath} from "node:url";

export const nativeDir = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
export const repoDir = path.resolve(nativeDir, "..");

export const patchesDir = path.join(nativeDir, "patches");
export const overlayDir = path.join(nativeDir, "overlay");
export const overlayAddonDir = path.join(overlayDir, "addon");
export const cmakeDir = path.join(nativeDir, "cmake");

/** Everything here can be deleted at any time. */
export const workDir = path.join(repoDir, ".cache", "native");
export const treeDir = path.join(workDir, "llama.cpp");

const baseFile = path.join(nativeDir, "base.json");

/** The pinned base and what the fork must come out as. */
export function readBase() {
    return JSON.parse(fs.readFileSync(baseFile, "utf8"));
}

export function writeBase(base) {
    fs.writeFileSync(baseFile, JSON.stringify(base, null, 4) + "\n");
}

/** node-llama-cpp's folder in this repository's node_modules; an error that says what to do if it is missing or another version. */
export function llamaPackageDir(base) {
    const dir = path.join(repoDir, "node_modules", base.package);
    let version;
    try {
        version = JSON.parse(fs.readFileSync(path.join(dir, "package.json"), "utf8")).version;
    } catch {
        throw new UserError(`${base.package} is not installed. Run: npm ci`);
    }
    if (version !== base.packageVersion)
        throw new UserError(`${base.package} ${version} is installed, but the fork is pinned to ${base.packageVersion}. Run: npm ci`);
    return dir;
}

/** A package that node-llama-cpp depends on, wherever npm put it. */
export function dependencyDir(packageDir, name) {
    return path.dirname(createRequire(path.join(packageDir, "package.json")).resolve(name + "/package.json"));
}

/** Finished builds, outside the clone, so that a fresh clone or an `npm ci` finds them. */
export function cacheDir() {
    if (process.env.PLUMB_CACHE_DIR)
        return path.join(process.env.PLUMB_CACHE_DIR, "native");
    if (process.platform === "win32")
        return path.join(process.env.LOCALAPPDATA ?? path.join(os.homedir(), "AppData", "Local"), "plumb", "Cache", "native");
    if (process.platform === "darwin")
        return path.join(os.homedir(), "Library", "Caches", "plumb", "native");
    return path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache"), "plumb", "native");
}

/** An error whose message is all that the user should see. */
export class UserError extends Error {}

export function say(message) {
    console.log(`native: ${message}`);
}
