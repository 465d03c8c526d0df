// Runs the tools a build needs (git, cmake, a compiler) and says how to install the ones that are missing.
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import {execFileSync, spawn} from "node:child_process";
import {UserError} from "./places.mjs";

/** Output of a command, trimmed. Throws with the command's own words. */
export function capture(command, args, options = {}) {
    try {
        return execFileSync(command, args, {encoding: "utf8", stdio: ["pipe", "pipe", "pipe"], maxBuffer: 1 << 28, ...options}).trimEnd();
    } catch (error) {
        throw new UserError(`${command} ${args.slice(0, 4).join(" ")} failed: ${String(error.stderr || error.message).trim()}`);
    }
}

/** git inside a work tree, without the user's settings that change output, line ends or hooks. */
export function git(dir, args, options = {}) {
    return capture("git", ["-C", dir, "-c", "core.autocrlf=false", "-c", "core.hooksPath=/dev/null", "-c", "diff.noprefix=false", "-c", "apply.whitespace=nowarn", ...args], options);
}

/** Runs a long command and hands over its output line by line; keeps the last lines for the error. */
export function stream(command, args, {onLine, ...options}) {
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, {stdio: ["ignore", "pipe", "pipe"], ...options});
        const tail = [];
        for (const output of [child.stdout, child.stderr])
            readline.createInterface({input: output}).on("line", (line) => {
                tail.push(line);
                if (tail.length > 60)
                    tail.shift();
                onLine(line);
            });
        child.on("error", reject);
        child.on("close", (code) => code === 0
            ? resolve()
            : reject(new UserError(`${command} failed (code ${code}):\n${tail.join("\n")}`)));
    });
}

export function findProgram(names) {
    const suffixes = process.platform === "win32" ? [".exe", ".cmd", ".bat"] : [""];
    for (const name of names.filter(Boolean)) {
        const folders = path.isAbsolute(name) ? [""] : (process.env.PATH ?? "").split(path.delimiter);
        for (const folder of folders)
            for (const suffix of suffixes) {
                const file = path.join(folder, name + suffix);
                if (fs.existsSync(file) && fs.statSync(file).isFile())
                    return file;
            }
    }
    return null;
}

const installHints = [
    "  Debian, Ubuntu:  sudo apt install git cmake g++",
    "  Fedora:          sudo dnf install git cmake gcc-c++",
    "  macOS:           xcode-select --install && brew install cmake",
    "  Windows:         winget install Git.Git Kitware.CMake Microsoft.VisualStudio.2022.BuildTools (with the C++ workload)"
].join("\n");

/** Throws one error that names everything that is missing. */
export function requireTools(names) {
    const compilers = process.platform === "win32" ? ["cl", "clang-cl", "clang++", "g++"] : [process.env.CXX, "c++", "g++", "clang++"];
    const known = {git: ["git"], cmake: ["cmake"], "a C++17 compiler": compilers};
    // Visual Studio's compiler is not on the PATH outside its own prompt: cmake finds it by itself
    const missing = names.filter((name) => !findProgram(known[name]) && !(process.platform === "win32" && name.startsWith("a C++")));
    if (missing.length > 0)
        throw new UserError(`building the engine needs ${missing.join(" and ")}, not found on this machine. To install:\n${installHints}`);
}
