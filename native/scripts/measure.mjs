// Prints what a token and a step cost on this machine: node native/scripts/measure.mjs MODEL.gguf [threads]
//
// CPU time stands beside wall time because it does not change much when the machine is busy. The second row of a pair rebuilds
// every graph (LLAMA_GRAPH_REUSE_DISABLE), which shows what keeping them saves.
import {execFileSync} from "node:child_process";
import {fileURLToPath} from "node:url";
import {getLlama} from "node-llama-cpp";
import {loadOptions} from "./load-options.mjs";

const [modelPath, threadsText = "1", inner] = process.argv.slice(2);
if (modelPath === undefined) {
    console.log("node native/scripts/measure.mjs MODEL.gguf [threads]");
    process.exit(1);
}
if (inner === undefined)
    for (const disable of ["0", "1"]) {
        console.log(disable === "0" ? "graphs kept between decodes:" : "graphs rebuilt for each decode:");
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

    for (const steps of [1, 8, 32].filter((n) => n <= nStepsMax)) {
        native.plumbSetRecurrence(ctx, {nSteps: steps, initScale: 0});
        ctx.disposeSequence(0); // forgets its tokens
        let position = 0;
        const decodeOne = async () => {
            ctx.initBatch(1);
            ctx.addToBatch(0, position++, Uint32Array.from([20 + position % 50]), Uint32Array.from([0]));
            await ctx.decodeBatch();
        };
        for (let i = 0; i < 20; i++)
            await decodeOne();
        const count = 200;
        const cpu = process.cpuUsage();
        const start = performance.now();
        for (let i = 0; i < count; i++)
            await decodeOne();
        const wall = (performance.now() - start) * 1000 / count;
        const {user, system} = process.cpuUsage(cpu);
        console.log(`  ${steps} steps: ${wall.toFixed(0)} us per token (${((user + system) / count).toFixed(0)} us CPU), ${(wall / steps).toFixed(1)} us per step`);
    }
    await llama.dispose();
    process.exit(0);
}
