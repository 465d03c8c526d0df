// The fork's source tree: the base out of node-llama-cpp's git bundle, the package's own patches, ours, and our new files.
//
// Zero-context patches applied by a plain `git apply` land on wrong lines and exit 0. So every step is checked by git's own
// hashes: the base tree, each file before it is patched, and the tree that comes out.
import fs from "node:fs";
import path from "node:path";
import {capture, git} from "./run.mjs";
import {llamaPackageDir, overlayAddonDir, overlayDir, patchesDir, say, treeDir, UserError, workDir} from "./places.mjs";

/** Patch files in the order of `series`. */
export function readSeries() {
    return fs.readFileSync(path.join(patchesDir, "series"), "utf8")
        .split("\n").map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
}

/** Files of the overlay that belong into the llama.cpp tree, as paths inside it. The addon's files do not. */
export function overlayFiles() {
    const list = (dir) => fs.readdirSync(dir, {withFileTypes: true}).flatMap((entry) => {
        const file = path.join(dir, entry.name);
        return file === overlayAddonDir ? [] : entry.isDirectory() ? list(file) : [file];
    });
    return list(overlayDir).map((file) => path.relative(overlayDir, file).split(path.sep).join("/")).sort();
}

/** What a patch expects: [path, blob id before] of each file it touches. */
export function patchTargets(text) {
    const targets = [];
    let file = null;
    for (const line of text.split("\n")) {
        const header = /^diff --git a\/(\S+) b\/(\S+)$/.exec(line);
        if (header)
            file = header[2];
        const index = /^index ([0-9a-f]{40})\.\.[0-9a-f]{40}/.exec(line);
        if (index && file) {
            targets.push([file, index[1]]);
            file = null;
        }
    }
    return targets;
}

/** The tree id of the index of the work tree, or null if there is no work tree. */
export function treeId() {
    return fs.existsSync(path.join(treeDir, ".git")) ? git(treeDir, ["write-tree"]) : null;
}

/** True if the work tree is exactly what base.json expects, with no file changed on disk. */
export function isPatched(base) {
    return treeId() === base.expectedTree && git(treeDir, ["status", "--porcelain"]).split("\n").every((line) => line === "" || line[1] === " ");
}

/** A fresh work tree of the base, with the package's own patches. */
export function checkout(base) {
    const packageDir = llamaPackageDir(base);
    say(`checking out ${base.release} from the bundle in ${base.package} ${base.packageVersion}`);
    fs.rmSync(treeDir, {recursive: true, force: true});
    fs.mkdirSync(workDir, {recursive: true});
    capture("git", ["clone", "--quiet", "-c", "core.autocrlf=false", path.join(packageDir, base.bundle), treeDir]);

    const found = git(treeDir, ["rev-parse", "HEAD^{tree}"]);
    if (found !== base.baseTree)
        throw new UserError(`the bundle holds tree ${found}, but base.json pins ${base.baseTree}`);

    for (const name of base.packagePatches) {
        git(treeDir, ["apply", "--index", path.join(packageDir, "llama", "patches", name)]);
        say(`package patch ${name}`);
    }
    if (treeId() !== base.packageTree)
        throw new UserError(`after the package's patches the tree is ${treeId()}, but base.json pins ${base.packageTree}`);
}

/** Applies our patches and files on a fresh checkout and checks the result. */
export function applyFork(base) {
    for (const name of readSeries()) {
        const file = path.join(patchesDir, name);
        const targets = patchTargets(fs.readFileSync(file, "utf8"));
        if (targets.length === 0)
            throw new UserError(`${name} changes no file, or lacks full blob ids`);
        for (const [target, blob] of targets) {
            const found = git(treeDir, ["rev-parse", `:${target}`]);
            if (found !== blob)
                throw new UserError(`${name} expects ${target} to be blob ${blob}, it is ${found}`);
        }
        git(treeDir, ["apply", "--unidiff-zero", "--index", file]);
        say(`patch ${name}`);
    }

    const files = overlayFiles();
    for (const name of files) {
        const to = path.join(treeDir, name);
        if (fs.existsSync(to))
            throw new UserError(`overlay/${name} would overwrite a file of the base`);
        fs.mkdirSync(path.dirname(to), {recursive: true});
        fs.copyFileSync(path.join(overlayDir, name), to);
    }
    git(treeDir, ["add", "-f", "--", ...files]);
    say(`overlay: ${files.length} files`);

    const found = treeId();
    if (found !== base.expectedTree)
        throw new UserError(`the patched tree is ${found}, but base.json expects ${base.expectedTree}.\n` +
            "If overlay or patches were changed on purpose, run: npm run native:export -- --accept");
    say(`tree ${found.slice(0, 12)} as expected`);
}
