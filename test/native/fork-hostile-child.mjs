// Loads the GGUF files given as arguments, one after the other, and prints what came of each: run in a process of its own, because
// what is tested is that the process survives.
import { getLlama } from 'node-llama-cpp';

const [options, ...files] = JSON.parse(process.argv[2]);
const llama = await getLlama({ ...options, logLevel: 'disabled' });
for (const file of files) {
  const before = process.memoryUsage.rss();
  let outcome = 'loaded';
  try {
    const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
    const context = await model.createContext({ contextSize: 256, batchSize: 32, threads: 1 });
    await context.getSequence().evaluateWithoutGeneratingNewTokens(model.tokenize('Huginn flies'));
    await model.dispose();
  } catch (error) {
    outcome = `error: ${error.message}`;
  }
  console.log(JSON.stringify({ file, outcome, grownBytes: process.memoryUsage.rss() - before }));
}
process.exit(0);
