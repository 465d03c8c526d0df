// Puts a finished build where node-llama-cpp looks for local builds: our two libraries among hard links to the prebuilt ones.
import fs from "node:fs";
import path from "node:path";
import {pathToFileURL} from "node:url";
import {isIntact, manifestFiles} from "./cache.mjs";

/** A hard link, or a copy where the file system has none between the two places. */
function link(from, to) {
    try {
        fs.linkSync(from, to);
    } catch {
        fs.copyFileSync(from, to);
    }
}

/** True if the folder holds this very build, unharmed, with every prebuilt file it needs. */
export function isInstalled(dir, key, variant) {
    const release = path.join(dir, "Release");
    return fs.existsSync(path.join(dir, "buildDone.status"))
        && isIntact(release, key)
        && variant.files.every((name) => fs.existsSync(path.join(release, name)));
}

/** node-llama-cpp's name for this system. With another one in the metadata it tests the binary in a second process at every start. */
async function systemInfo(packageDir) {
    const file = path.join(packageDir, "dist", "bindings", "utils", "getPlatformInfo.js");
    return await (await import(pathToFileURL(file).href)).getPlatformInfo();
}

/** Installs the cached build `from` as local build `dir`. The folder appears complete or not at all. */
export async function install(dir, from, key, variant, {packageDir, forkId, prebuilt = true}) {
    const partial = `${dir}.${process.pid}.partial`;
    const release = path.join(partial, "Release");
    fs.rmSync(partial, {recursive: true, force: true});
    fs.mkdirSync(release, {recursive: true});

    const ours = manifestFiles(from);
    if (prebuilt)
        for (const name of variant.files.filter((name) => !ours.includes(name) && name !== "_nlcBuildMetadata.json"))
            link(path.join(variant.dir, name), path.join(release, name));
    // copies, not links: what is loaded must not change when the cache is cleaned or damaged
    for (const name of [...ours, "manifest.json"])
        fs.copyFileSync(path.join(from, name), path.join(release, name));

    const buildOptions = {
        ...variant.metadata.buildOptions,
        platformInfo: await systemInfo(packageDir),
        gpu: variant.gpu,
        customCmakeOptions: {PLUMB_FORK: forkId}
    };
    fs.writeFileSync(path.join(release, "_nlcBuildMetadata.json"), JSON.stringify({buildOptions}));
    fs.writeFileSync(path.join(partial, "buildDone.status"), "");

    fs.rmSync(dir, {recursive: true, force: true});
    fs.renameSync(partial, dir);
}

/** Removes what earlier versions of the fork left beside `dir`; builds that are not ours are not touched. */
export function removeOlder(dir, variantName, forkId) {
    const parent = path.dirname(dir);
    for (const name of fs.readdirSync(parent).filter((name) => name !== path.basename(dir))) {
        try {
            const manifest = JSON.parse(fs.readFileSync(path.join(parent, name, "Release", "manifest.json"), "utf8"));
            if (manifest.variant === variantName && manifest.forkId !== forkId)
                fs.rmSync(path.join(parent, name), {recursive: true, force: true});
        } catch {
            // no manifest of ours, or (Windows) loaded by a running engine: it stays
        }
    }
}
