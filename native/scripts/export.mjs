// Turns the edited work tree back into patches and overlay files, and records the tree they must come out as.
import fs from "node:fs";
import path from "node:path";
import {git} from "./run.mjs";
import {overlayFiles, patchTargets, readSeries, treeId} from "./tree.mjs";
import {overlayDir, patchesDir, say, treeDir, UserError, writeBase} from "./places.mjs";

/** Upstream lines a set of patches changes, as [added, removed]. */
export function countLines() {
    let added = 0, removed = 0;
    for (const name of readSeries())
        for (const line of fs.readFileSync(path.join(patchesDir, name), "utf8").split("\n")) {
            if (/^\+(?!\+\+ )/.test(line))
                added++;
            else if (/^-(?!-- |-$|--$)/.test(line))
                removed++;
        }
    return [added, removed];
}

/** Each patch keeps its message and its files; a changed upstream file that no patch names is an error. */
export function exportFork(base) {
    git(treeDir, ["add", "-A"]);
    const changed = git(treeDir, ["diff", "--cached", "--name-status", "--no-renames", base.packageTree]).split("\n").filter(Boolean)
        .map((line) => line.split("\t"));

    const created = changed.filter(([status]) => status === "A").map(([, name]) => name);
    const modified = new Set(changed.filter(([status]) => status === "M").map(([, name]) => name));
    const deleted = changed.filter(([status]) => status === "D").map(([, name]) => name);
    if (deleted.length > 0)
        throw new UserError(`files of the base are deleted: ${deleted.join(", ")}`);

    for (const name of readSeries()) {
        const file = path.join(patchesDir, name);
        const text = fs.readFileSync(file, "utf8");
        const message = text.slice(0, text.indexOf("\n---\n") + 5);
        const declared = /^Files: (.*)$/m.exec(message)?.[1].split(" ") ?? patchTargets(text).map(([target]) => target);
        const diff = git(treeDir, ["diff", "--cached", "-U0", "--full-index", "--no-color", "--no-ext-diff", base.packageTree, "--", ...declared]);
        fs.writeFileSync(file, message + diff + "\n");
        declared.forEach((target) => modified.delete(target));
    }
    if (modified.size > 0)
        throw new UserError(`no patch names these changed files (add them to the Files: line of one): ${[...modified].join(", ")}`);

    for (const name of overlayFiles().filter((name) => !created.includes(name)))
        fs.rmSync(path.join(overlayDir, name));
    for (const name of created) {
        fs.mkdirSync(path.dirname(path.join(overlayDir, name)), {recursive: true});
        fs.copyFileSync(path.join(treeDir, name), path.join(overlayDir, name));
    }

    const tree = treeId();
    writeBase({...base, expectedTree: tree, forkId: tree.slice(0, 12)});
    const [added, removed] = countLines();
    say(`tree ${tree.slice(0, 12)}; ${created.length} overlay files; ${added} lines added and ${removed} removed upstream`);
}
