// Finished libraries, by a key of everything that went into them, in a folder outside the clone; checked before use.
import fs from "node:fs";
import path from "node:path";
import crypto from "node:crypto";
import {cacheDir, cmakeDir, overlayAddonDir} from "./places.mjs";

const format = 1;

function sha256(file) {
    return crypto.createHash("sha256").update(fs.readFileSync(file)).digest("hex");
}

/** Key of a build: source tree, addon files, build recipe, package version, platform, kind of build. */
export function buildKey(base, variantName, backend) {
    const hash = crypto.createHash("sha256");
    hash.update([format, base.expectedTree, base.package, base.packageVersion, variantName, backend, process.platform, process.arch].join("\n"));
    for (const dir of [overlayAddonDir, cmakeDir])
        for (const name of fs.readdirSync(dir).sort())
            hash.update(`${name}\n${sha256(path.join(dir, name))}\n`);
    return hash.digest("hex").slice(0, 24);
}

export function cachedDir(key) {
    return path.join(cacheDir(), key);
}

/** True if the folder holds all files of its manifest with the right content. */
export function isIntact(dir, key) {
    try {
        const manifest = JSON.parse(fs.readFileSync(path.join(dir, "manifest.json"), "utf8"));
        return manifest.key === key && Object.entries(manifest.files).every(([name, hash]) => sha256(path.join(dir, name)) === hash);
    } catch {
        return false; // no manifest, unreadable, or a file is gone: it is built again
    }
}

/** Puts files (name -> path) into the cache. The folder appears complete or not at all. */
export function store(key, files, details) {
    const dir = cachedDir(key);
    const partial = `${dir}.${process.pid}.partial`;
    fs.rmSync(partial, {recursive: true, force: true});
    fs.mkdirSync(partial, {recursive: true});
    for (const [name, file] of Object.entries(files))
        fs.copyFileSync(file, path.join(partial, name));
    const hashes = Object.fromEntries(Object.keys(files).map((name) => [name, sha256(path.join(partial, name))]));
    fs.writeFileSync(path.join(partial, "manifest.json"), JSON.stringify({key, ...details, files: hashes}, null, 4) + "\n");
    fs.rmSync(dir, {recursive: true, force: true});
    fs.renameSync(partial, dir);
    prune();
    return dir;
}

/** Each build has about 5 MB; the ones of forks that nobody runs any more need not stay. */
function prune(keep = 12) {
    const dirs = fs.readdirSync(cacheDir()).map((name) => path.join(cacheDir(), name));
    const age = (dir) => fs.statSync(dir).mtimeMs;
    for (const dir of dirs.sort((a, b) => age(b) - age(a)).slice(keep))
        fs.rmSync(dir, {recursive: true, force: true});
}

export function manifestFiles(dir) {
    return Object.keys(JSON.parse(fs.readFileSync(path.join(dir, "manifest.json"), "utf8")).files);
}
