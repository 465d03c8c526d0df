// plumb bench --samplers: plain, speculative and wavefront decoding of the same prompts, side by side in one run.
import type { ParamsIn, Result } from '../contract/rpc.js';
import type { EngineApi } from '../contract/engine.js';
import type { EngineLink } from '../services/engine-link.js';
import { builtInModel } from './built-in-model.js';
import { withEngine } from './engine.js';
import { progressLine, short, table } from './terminal.js';

type Sampler = NonNullable<NonNullable<ParamsIn<EngineApi, 'probeSampler'>['recurrence']>['sampler']>;
type Probe = Result<EngineApi, 'probeSampler'>;

/** Questions of the kind the built-in model knows; any model can continue them. */
const questions = [
  'The ball starts under cup 1. Swap cup 1 and cup 2. Swap cup 2 and cup 3. Swap cup 1 and cup 3. Which cup holds the ball?',
  'Who are you?',
  "How does the game work?",
  'Tell me what you can do.',
];

const ways: { name: string; sampler: Sampler }[] = [
  { name: 'plain', sampler: { kind: 'plain' } },
  { name: 'speculative, adapting', sampler: { kind: 'speculative' } },
  { name: 'speculative, 2 steps, 8 ahead', sampler: { kind: 'speculative', draftSteps: 2, lookahead: 8, adapt: false } },
  { name: 'speculative, 4 steps, 4 ahead', sampler: { kind: 'speculative', draftSteps: 4, lookahead: 4, adapt: false } },
  { name: 'wavefront, 4 steps a pass', sampler: { kind: 'wavefront' } },
  { name: 'wavefront, 4 steps, 4 new a pass', sampler: { kind: 'wavefront', headway: 4 } },
];

export interface SamplerBenchOptions {
  model?: string;
  steps?: number[];
  tokens: number;
  repeat: number;
  threads: number;
  json?: boolean;
}

interface Row {
  steps: number;
  name: string;
  tokensPerSecond: number;
  /** By processor time, against plain decoding at the same depth. */
  speedUp: number;
  /** Runs of the core per token, for however many positions, against plain: how much of the weights' traffic is left. */
  coreRuns: number;
  /** Steps of single positions per token, against plain: how much arithmetic. */
  arithmetic: number;
  /** Of the drafts that were compared; null without drafts. */
  accepted: number | null;
  tokensPerRead: number;
  /** Tokens equal to plain decoding before the first that differs, of all. */
  agreement: number;
}

export async function benchSamplers(options: SamplerBenchOptions): Promise<string> {
  const rows = await withEngine((engine) => measureAll(engine, options));
  if (options.json) return JSON.stringify(rows, null, 2);
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  return [
    table(
      ['steps', 'decoding', 'tokens/s', 'speed', 'core runs', 'arithmetic', 'accepted', 'tokens/read', 'as plain'],
      rows.map((row) => [
        String(row.steps),
        row.name,
        short(row.tokensPerSecond),
        `${row.speedUp.toFixed(2)}×`,
        percent(row.coreRuns),
        percent(row.arithmetic),
        row.accepted === null ? '–' : percent(row.accepted),
        short(row.tokensPerRead),
        percent(row.agreement),
      ]),
    ),
    '',
    `greedy, ${questions.length} prompts, up to ${options.tokens} tokens each, the cheapest of ${options.repeat}; speed by processor time, core runs and arithmetic: per token, against plain`,
  ].join('\n');
}

async function measureAll({ client }: EngineLink, options: SamplerBenchOptions): Promise<Row[]> {
  const { recurrence } = await client.call('load', { path: options.model ?? builtInModel(), threads: options.threads });
  if (recurrence === null) throw new Error('An ordinary model has one way of decoding.');
  const prompts: number[][] = [];
  for (const text of questions) {
    const rendered = await client.call('renderChat', { messages: [{ role: 'user', text }], addGenerationPrompt: true });
    prompts.push((await client.call('tokenize', { text: rendered.text, parseSpecial: true })).ids);
  }
  const progress = progressLine();
  const rows: Row[] = [];
  const depths = options.steps ?? [16, 32];
  for (const [d, steps] of depths.entries()) {
    // All ways in turn, then all again: what else the machine does meets each of them.
    const best = ways.map((): Probe[] => []);
    for (let i = 0; i < options.repeat; i++) {
      for (const [w, { name, sampler }] of ways.entries()) {
        progress.show(`${name} at ${steps} steps`, (d + (i + w / ways.length) / options.repeat) / depths.length);
        for (const [p, ids] of prompts.entries()) {
          const probe = await client.call('probeSampler', { ids, recurrence: { steps, sampler }, sampling: { temperature: 0, seed: 1, maxTokens: options.tokens } });
          if (i === 0 || probe.decodeCpuMs < best[w]![p]!.decodeCpuMs) best[w]![p] = probe;
        }
      }
    }
    for (const [w, { name }] of ways.entries()) rows.push(summarise(steps, name, best[w]!, best[0]!));
  }
  progress.clear();
  return rows;
}

function summarise(steps: number, name: string, probes: readonly Probe[], plain: readonly Probe[]): Row {
  const sum = (of: readonly Probe[], value: (probe: Probe) => number): number => of.reduce((total, probe) => total + value(probe), 0);
  // The first token comes from the prompt's own read.
  const decoded = (of: readonly Probe[]): number => Math.max(1, sum(of, ({ ids }) => ids.length - 1));
  const perToken = (value: (probe: Probe) => number): number => sum(probes, value) / decoded(probes) / (sum(plain, value) / decoded(plain));
  const rounds = probes.flatMap((probe) => probe.rounds);
  const tested = rounds.reduce((total, { drafts, accepted }) => total + Math.min(drafts.length, accepted + 1), 0);
  const same = probes.map(({ ids }, i) => {
    const at = ids.findIndex((id, k) => id !== plain[i]!.ids[k]);
    return at < 0 ? ids.length : at;
  });
  return {
    steps,
    name,
    tokensPerSecond: (1000 * decoded(probes)) / sum(probes, ({ decodeMs }) => decodeMs),
    speedUp: 1 / perToken(({ decodeCpuMs }) => decodeCpuMs),
    coreRuns: perToken(({ reads }) => reads.coreSteps),
    arithmetic: perToken(({ reads }) => reads.positionSteps),
    accepted: tested === 0 ? null : rounds.reduce((total, { accepted }) => total + accepted, 0) / tested,
    tokensPerRead: decoded(probes) / Math.max(1, sum(probes, ({ reads }) => reads.count)),
    agreement: same.reduce((total, count) => total + count, 0) / Math.max(1, sum(probes, ({ ids }) => ids.length)),
  };
}
