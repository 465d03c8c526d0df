// Starts real engine processes for tests, and makes the model files they load.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ChatMessage, EngineApi } from '../../core/contract/engine.js';
import type { Client, EventBody, ParamsIn } from '../../core/contract/rpc.js';
import type { TokenRecord } from '../../core/contract/recurrence.js';
import { expandShards } from '../../core/convert/compressed-shards.js';
import { convertCheckpoint } from '../../core/convert/convert.js';
import { linkEngine, type EngineLink } from '../../core/services/engine-link.js';
import { engineStart } from '../../core/services/host/engine-start.js';
import { createLog } from '../../core/services/log.js';
import { startChild } from '../../server/child.js';

export const root = resolve(import.meta.dirname, '..', '..');
export const tinyFolder = join(root, 'test', 'fixtures', 'huginn-tiny');

const silent = createLog(() => undefined, 'silent');

/** A greeted engine process. The caller kills it. */
export async function startEngine(env: Record<string, string> = {}): Promise<EngineLink> {
  const start = engineStart(root);
  if (start.expectedForkId === null) throw new Error('The fork is not built: npm run native:build');
  return linkEngine(startChild({ ...start, env: { ...start.env, ...env } }, silent), start.expectedForkId, 60_000);
}

export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'plumb-engine-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** huginn-tiny in F32, as a file in `folder`. Its answers are noise, its arithmetic is checked by the parity cases. */
export async function makeTinyModel(folder: string): Promise<string> {
  const targetPath = join(folder, 'huginn-tiny.gguf');
  await expandShards(tinyFolder, join(folder, 'checkpoint'));
  await convertCheckpoint({ sourceDir: join(folder, 'checkpoint'), targetPath, type: 'f32' });
  return targetPath;
}

export const user = (text: string): ChatMessage[] => [{ role: 'user', text }];

export interface Answer {
  tokens: TokenRecord[];
  batches: number[];
  steps: EventBody<EngineApi, 'step'>[];
  text: string;
  ended: EventBody<EngineApi, 'ended'>;
}

let nextRunId = 1;

export interface Ask {
  runId: number;
  /** Resolves once the run has ended. */
  answer: Promise<Answer>;
}

/** Starts a run and collects all it says. `onToken` and `onStep` may act in the middle of it. Rejects if the run is refused. */
export async function ask(
  client: Client<EngineApi>,
  messages: ChatMessage[],
  options: { steps?: number; stateSeed?: number; recurrence?: Partial<ParamsIn<EngineApi, 'generate'>['recurrence']>; sampling?: ParamsIn<EngineApi, 'generate'>['sampling']; onToken?: (token: TokenRecord, runId: number) => void; onStep?: (step: EventBody<EngineApi, 'step'>) => void } = {},
): Promise<Ask> {
  const runId = nextRunId++;
  const found: Omit<Answer, 'ended' | 'text'> = { tokens: [], batches: [], steps: [] };
  let finish: (answer: Answer) => void;
  const answer = new Promise<Answer>((done) => (finish = done));
  const undo = [
    client.on('tokens', (body) => {
      if (body.runId !== runId) return;
      found.batches.push(body.tokens.length);
      for (const token of body.tokens) {
        found.tokens.push(token);
        options.onToken?.(token, runId);
      }
    }),
    client.on('step', (body) => {
      if (body.runId !== runId) return;
      found.steps.push(body);
      options.onStep?.(body);
    }),
    client.on('ended', (ended) => {
      if (ended.runId !== runId) return;
      for (const off of undo) off();
      finish({ ...found, ended, text: found.tokens.map(({ text }) => text).join('') });
    }),
  ];
  try {
    await client.call('generate', {
      runId,
      messages,
      recurrence: { steps: options.steps ?? 4, stateSeed: options.stateSeed ?? 0, ...options.recurrence },
      sampling: { temperature: 0, maxTokens: 24, ...options.sampling },
    });
  } catch (refused) {
    for (const off of undo) off();
    throw refused;
  }
  return { runId, answer };
}

/** An answer from start to end. */
export async function answerTo(...args: Parameters<typeof ask>): Promise<Answer> {
  return (await ask(...args)).answer;
}
