// Measures the ways of spending steps side by side on one model: each method at each depth, several times.
import { exitThresholds, samplerSettingsSchema, exitCriterionSchema, type ExitCriterion, type KvType, type SamplerSettings } from '../../contract/compute.js';
import { AppError } from '../../contract/errors.js';
import type { EngineLink } from '../../services/engine-link.js';
import { mean } from '../statistics.js';
import { median, medianTimes, type Times } from './figures.js';

interface Method {
  name: string;
  exit?: ExitCriterion;
  sampler?: SamplerSettings;
}

interface Cache {
  kvBudget: number;
  kvType: KvType;
  methods: readonly Method[];
}

/** Methods that need the same cache share one load. */
const caches: readonly Cache[] = [
  {
    kvBudget: 0,
    kvType: 'f16',
    methods: [
      { name: 'plain' },
      { name: `adaptive exit, latent-diff ${exitThresholds['latent-diff']}`, exit: exitCriterionSchema.parse({ kind: 'latent-diff', threshold: exitThresholds['latent-diff'] }) },
      { name: 'speculative', sampler: samplerSettingsSchema.parse({ kind: 'speculative' }) },
      { name: 'wavefront', sampler: samplerSettingsSchema.parse({ kind: 'wavefront' }) },
    ],
  },
  { kvBudget: 4, kvType: 'f16', methods: [{ name: 'KV budget 4' }] },
  { kvBudget: 0, kvType: 'q8_0', methods: [{ name: 'KV cache in q8_0' }] },
  { kvBudget: 0, kvType: 'q4_0', methods: [{ name: 'KV cache in q4_0' }] },
];

interface Turn extends Times {
  meanSteps: number;
  /** Runs of the core for a token, whatever number of positions they were for: how often its weights are read. */
  coreRuns: number;
  /** Steps of single positions for a token: its arithmetic. */
  positionSteps: number;
}

export interface MethodResult {
  method: string;
  steps: number;
  /** null: the engine refused it. */
  measured: { token: Times; meanSteps: number; coreRuns: number; positionSteps: number; turns: readonly Turn[] } | null;
  /** Why it was refused. */
  refusal: string | null;
  kvBytesPerToken: number | null;
}

export interface MethodPlan {
  path: string;
  threads: number;
  contextSize: number;
  /** Depths of plain decoding, and of the other methods. */
  depths: readonly number[];
  methodDepths: readonly number[];
  prompts: readonly string[];
  /** Longest answer to each prompt; samplers that look ahead get more, to have something ahead. */
  tokens: number;
  samplerTokens: number;
  repeat: number;
}

/** Refusals are results; anything else that goes wrong is thrown. */
const refusals = new Set(['sampler_unsupported', 'kv_type_unsupported', 'bad_request']);

export async function measureMethods(engine: EngineLink, plan: MethodPlan, show: (what: string, fraction: number) => void): Promise<MethodResult[]> {
  let prompts: number[][] = [];

  const promptIds = async (text: string): Promise<number[]> => {
    const rendered = await engine.client.call('renderChat', { messages: [{ role: 'user', text }], addGenerationPrompt: true });
    return (await engine.client.call('tokenize', { text: rendered.text, parseSpecial: true })).ids;
  };

  /** One token's time over all prompts, and the depth of the tokens. */
  async function run({ exit, sampler }: Method, steps: number): Promise<Turn> {
    let [clockMs, cpuMs, decodes, coreRuns, positionSteps] = [0, 0, 0, 0, 0];
    const depths: number[] = [];
    for (const ids of prompts) {
      const probe = await engine.client.call('probeSampler', {
        ids,
        recurrence: { steps, exit: exit ?? null, ...(sampler && { sampler }) },
        sampling: { temperature: 0, seed: 1, maxTokens: sampler ? plan.samplerTokens : plan.tokens },
      });
      clockMs += probe.decodeMs;
      cpuMs += probe.decodeCpuMs;
      // The first token comes from the prompt's own read.
      decodes += probe.ids.length - 1;
      coreRuns += probe.reads.coreSteps;
      positionSteps += probe.reads.positionSteps;
      depths.push(...probe.steps);
    }
    if (decodes <= 0) throw new AppError('decode_failed', 'The model ended its answers at once, so there is nothing to measure.');
    return { clockMs: clockMs / decodes, cpuMs: cpuMs / decodes, meanSteps: mean(depths), coreRuns: coreRuns / decodes, positionSteps: positionSteps / decodes };
  }

  const cells = caches.flatMap(({ methods, ...cache }) =>
    plan.depths.flatMap((steps) =>
      methods
        .filter(({ name }) => name === 'plain' || plan.methodDepths.includes(steps))
        .map((method) => ({ cache, method, steps, turns: [] as Turn[], refusal: null as string | null, kvBytesPerToken: null as number | null })),
    ),
  );
  const attempt = async (asked: typeof cells, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof AppError) || !refusals.has(error.code)) throw error;
      for (const cell of asked) cell.refusal = error.message;
    }
  };
  // Every turn goes through all of it, loads included: a busy machine changes with time, and what is compared must share that.
  for (let turn = 0, done = 0; turn < plan.repeat; turn++) {
    for (const { kvBudget, kvType } of caches) {
      const here = cells.filter(({ cache, refusal }) => cache.kvBudget === kvBudget && cache.kvType === kvType && refusal === null);
      if (here.length === 0) continue;
      // Calibrated as in the window: it touches every weight, and drafting asks for the speeds.
      await attempt(here, async () => {
        await engine.client.call('load', { path: plan.path, threads: plan.threads, contextSize: plan.contextSize, kvBudget, kvType });
        prompts = await Promise.all(plan.prompts.map(promptIds));
      });
      for (const cell of here) {
        show(`${cell.method.name} at ${cell.steps} steps`, done++ / (cells.length * plan.repeat));
        if (cell.refusal === null) await attempt([cell], async () => void cell.turns.push(await run(cell.method, cell.steps)));
        cell.kvBytesPerToken ??= (await engine.client.call('estimate', { path: plan.path, contextSize: plan.contextSize, kvBudget, kvType, steps: cell.steps })).kvBytesPerToken;
      }
    }
  }
  return cells.map(({ method, steps, turns, refusal, kvBytesPerToken }) => ({
    method: method.name,
    steps,
    refusal,
    kvBytesPerToken,
    measured:
      refusal !== null
        ? null
        : {
            token: medianTimes(turns),
            meanSteps: median(turns.map((turn) => turn.meanSteps)),
            coreRuns: median(turns.map((turn) => turn.coreRuns)),
            positionSteps: median(turns.map((turn) => turn.positionSteps)),
            turns,
          },
  }));
}

/** The same token read with and without a copy of every step's state: an upper bound of what showing convergence costs. Loaded model, turns interleaved. */
export async function measureTap({ client }: EngineLink, steps: number, repeat: number): Promise<{ withoutMs: number; withMs: number }> {
  // Clock only: handing the states over takes processor time of its own, after the read.
  const read = async (tap: boolean): Promise<number> => (await client.call('probe', { ids: [1], recurrence: { steps }, tap, keepLogits: false })).prefillMs;
  await read(true);
  const withMs: number[] = [];
  const withoutMs: number[] = [];
  for (let turn = 0; turn < repeat; turn++) {
    withoutMs.push(await read(false));
    withMs.push(await read(true));
  }
  return { withoutMs: median(withoutMs), withMs: median(withMs) };
}
