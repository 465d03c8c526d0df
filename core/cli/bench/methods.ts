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

/** Methods that need the same cache share one load, and take turns there. */
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
}

export interface MethodResult {
  method: string;
  steps: number;
  /** null: the engine refused it. */
  measured: { token: Times; meanSteps: number; turns: readonly Turn[] } | null;
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
  const results: MethodResult[] = [];
  let prompts: number[][] = [];

  const promptIds = async (text: string): Promise<number[]> => {
    const rendered = await engine.client.call('renderChat', { messages: [{ role: 'user', text }], addGenerationPrompt: true });
    return (await engine.client.call('tokenize', { text: rendered.text, parseSpecial: true })).ids;
  };

  /** One token's time over all prompts, and the depth of the tokens. */
  async function run({ exit, sampler }: Method, steps: number): Promise<Turn> {
    let [clockMs, cpuMs, decodes] = [0, 0, 0];
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
      depths.push(...probe.steps);
    }
    if (decodes <= 0) throw new AppError('decode_failed', 'The model ended its answers at once, so there is nothing to measure.');
    return { clockMs: clockMs / decodes, cpuMs: cpuMs / decodes, meanSteps: mean(depths) };
  }

  const total = caches.reduce((sum, { methods }) => sum + plan.methodDepths.length * methods.length, 0) + plan.depths.filter((steps) => !plan.methodDepths.includes(steps)).length;
  let done = 0;
  for (const { kvBudget, kvType, methods } of caches) {
    const refuseAll = (reason: string): void => {
      for (const { name } of methods) for (const steps of plan.methodDepths) results.push({ method: name, steps, measured: null, refusal: reason, kvBytesPerToken: null });
      done += methods.length * plan.methodDepths.length;
    };
    let kvBytesOf: (steps: number) => Promise<number>;
    try {
      show(`loading for ${methods[0]!.name}`, done / total);
      // Calibrated as in the window: it touches every weight, and drafting asks for the speeds.
      await engine.client.call('load', { path: plan.path, threads: plan.threads, contextSize: plan.contextSize, kvBudget, kvType });
      prompts = await Promise.all(plan.prompts.map(promptIds));
      kvBytesOf = async (steps) => (await engine.client.call('estimate', { path: plan.path, contextSize: plan.contextSize, kvBudget, kvType, steps })).kvBytesPerToken;
    } catch (error) {
      if (!(error instanceof AppError) || !refusals.has(error.code)) throw error;
      refuseAll(error.message);
      continue;
    }
    for (const steps of plan.depths) {
      const here = methods.filter(({ name }) => name === 'plain' || plan.methodDepths.includes(steps));
      if (here.length === 0) continue;
      const found = new Map<Method, Turn[]>(here.map((method) => [method, []]));
      const refused = new Map<Method, string>();
      for (let turn = 0; turn < plan.repeat; turn++) {
        for (const method of here) {
          if (refused.has(method)) continue;
          show(`${method.name} at ${steps} steps`, (done + (turn * here.length) / plan.repeat) / total);
          try {
            found.get(method)!.push(await run(method, steps));
          } catch (error) {
            if (!(error instanceof AppError) || !refusals.has(error.code)) throw error;
            refused.set(method, error.message);
          }
        }
      }
      const kvBytesPerToken = await kvBytesOf(steps);
      for (const method of here) {
        const turns = found.get(method)!;
        const measured = refused.has(method) ? null : { token: medianTimes(turns), meanSteps: median(turns.map(({ meanSteps }) => meanSteps)), turns };
        results.push({ method: method.name, steps, measured, refusal: refused.get(method) ?? null, kvBytesPerToken });
      }
      done += here.length;
    }
  }
  return results;
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
