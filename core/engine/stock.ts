// Measures an ordinary model on the stock llama.cpp of node-llama-cpp, in a process of its own: what Plumb's fork is compared with.
//
// Started with one argument, the job as JSON; prints one JSON object. The calls are those that native.ts makes for the fork.
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';
import type { AddonContext, StockAddon } from './addon-shape.js';

interface Job {
  models: string[];
  threads: number;
  /** Tokens of one measurement, decoded one by one. */
  tokens: number;
  repeat: number;
  /** Tokens read in one batch. */
  batch: number;
}

const { models, threads, tokens, repeat, batch } = JSON.parse(process.argv[2] ?? '') as Job;
const llama = await getLlama({ gpu: false, build: 'never', usePrebuiltBinaries: true, progressLogs: false, logLevel: LlamaLogLevel.error });
// oxlint-disable-next-line no-underscore-dangle -- node-llama-cpp's name for the addon's exports
const addon = (llama as unknown as { _bindings: StockAddon })._bindings;
if (Object.keys(addon).some((name) => name.startsWith('plumb'))) throw new Error('this is the fork, not the stock binary');

interface Times {
  clockMs: number;
  cpuMs: number;
}

const found: { token: Times[]; batch: Times[] }[] = [];
for (const path of models) {
  const model = new addon.AddonModel(path, { addonExports: addon, gpuLayers: 0, vocabOnly: false, useMmap: true, onLoadProgress: () => undefined, hasLoadAbortSignal: true });
  if (!(await model.init())) throw new Error(`cannot load ${path}`);
  const context = new addon.AddonContext(model, { contextSize: Math.max(256, batch), batchSize: batch, sequences: 1, flashAttention: 'auto', threads, kvCacheKeyType: 1, kvCacheValueType: 1 });
  if (!(await context.init())) throw new Error('no memory for the context');
  const token: Times[] = [];
  const batches: Times[] = [];
  await readOne(context, 1);
  for (let i = 0; i < repeat; i++) {
    context.disposeSequence(0);
    const { clockMs, cpuMs } = await readOne(context, tokens);
    token.push({ clockMs: clockMs / tokens, cpuMs: cpuMs / tokens });
    context.disposeSequence(0);
    batches.push(await timed(() => decode(context, Uint32Array.from({ length: batch }, (_, k) => (k * 7) % 256), 0)));
  }
  found.push({ token, batch: batches });
  await context.dispose();
  await model.dispose();
}
process.stdout.write(JSON.stringify({ release: llama.llamaCppRelease.release, models: found }));
process.exit(0);

async function readOne(context: AddonContext, count: number): Promise<Times> {
  return timed(async () => {
    for (let position = 0; position < count; position++) await decode(context, Uint32Array.of((position * 7) % 256), position);
  });
}

async function decode(context: AddonContext, ids: Uint32Array, position: number): Promise<void> {
  context.initBatch(ids.length);
  context.addToBatch(0, position, ids, Uint32Array.of(ids.length - 1));
  await context.decodeBatch();
}

async function timed(work: () => Promise<void>): Promise<Times> {
  const beganMs = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { clockMs: performance.now() - beganMs, cpuMs: (user + system) / 1000 };
}
