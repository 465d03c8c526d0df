// Prints what a token and a step cost on this machine: node native/scripts/measure.mjs MODEL.gguf [threads]
//
// CPU time, the least of several rounds: a busy machine can only add to it. "graphs rebuilt" rebuilds every graph
// (LLAMA_GRAPH_REUSE_DISABLE), which shows what keeping them saves; the last part adds a check after each step that never passes.
import {execFileSync} from "node:child_process";
import {fileURLToPath} from "node:url";
import {getLlama} from "node-llama-cpp";
import {loadOptions} from "./load-options.mjs";

const [modelPath, threadsText = "1", inner] = process.argv.slice(2);
const rounds = 8, tokensOfRound = 100;
const criteria = ["none", "latent-diff", "cosine", "second-order", "entropy-diff", "kl", "minp-kl", "argmax-stability"];

if (modelPath === undefined) {
    console.log("node native/scripts/measure.mjs MODEL.gguf [threads]");
    process.exit(1);
}
if (inner === undefined)
    for (const [title, disable] of [["graphs kept between decodes:", "0"], ["graphs rebuilt for each decode:", "1"]]) {
        console.log(title);
        execFileSync(process.execPath, [fileURLToPath(import.meta.url), modelPath, threadsText, "inner"],
            {stdio: "inherit", env: {...process.env, LLAMA_GRAPH_REUSE_DISABLE: disable}});
    }
else {
    const llama = await getLlama({...loadOptions(), logLevel: "error"});
    const native = llama._bindings;
    const model = await llama.loadModel({modelPath, gpuLayers: 0});
    const {nStepsMax} = native.plumbModelRecurrence(model._model);
    native.plumbSetNextKvBudget(Math.min(64, nStepsMax));
    const context = await model.createContext({contextSize: 512, batchSize: 256, threads: Number(threadsText)});
    const ctx = context._ctx;

    /** Microseconds of CPU a token takes; all threads of the process count. */
    const tokenUs = async (steps, kind = 0) => {
        const exit = kind === 0 ? null : {kind, threshold: criteria[kind] === "argmax-stability" ? 1e6 : -1, minSteps: 0, checkEvery: 1};
        native.plumbSetRecurrence(ctx, {nSteps: steps, initScale: 0, exit});
        let best = Infinity;
        for (let round = 0; round < rounds; round++) {
            ctx.disposeSequence(0); // forgets its tokens
            let position = 0;
            const decodeOne = async () => {
                ctx.initBatch(1);
                ctx.addToBatch(0, position++, Uint32Array.from([20 + position % 50]), Uint32Array.from([0]));
                await ctx.decodeBatch();
            };
            for (let i = 0; i < 20; i++)
                await decodeOne();
            const before = process.cpuUsage();
            for (let i = 0; i < tokensOfRound; i++)
                await decodeOne();
            const {user, system} = process.cpuUsage(before);
            best = Math.min(best, (user + system) / tokensOfRound);
        }
        return best;
    };

    const depths = [1, 8, 32].filter((n) => n <= nStepsMax);
    const us = [];
    for (const steps of depths)
        us.push(await tokenUs(steps));
    const stepUs = depths.length > 1 ? (us.at(-1) - us[0]) / (depths.at(-1) - depths[0]) : us[0];
    console.log(`  a token at ${depths.join(" / ")} steps: ${us.map((one) => one.toFixed(0)).join(" / ")} us CPU; a step ${stepUs.toFixed(1)} us, the rest ${(us[0] - stepUs).toFixed(0)} us`);
    if (process.env.LLAMA_GRAPH_REUSE_DISABLE !== "1") {
        const steps = depths.at(-1);
        for (let kind = 1; kind < criteria.length; kind++)
            console.log(`  a check of ${criteria[kind]}: ${((await tokenUs(steps, kind) - us.at(-1)) / steps).toFixed(1)} us CPU`);
    }
    await llama.dispose();
    process.exit(0);
}
