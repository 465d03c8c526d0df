// Owns the made-up models and conversations the page starts with.
import type { MeasuredEffect } from '../../core/contract/compute.js';
import { defaultSampling, type Conversation, type Message } from '../../core/contract/conversation.js';
import type { Evaluation } from '../../core/contract/evaluation.js';
import type { LoadedModel, Model } from '../../core/contract/models.js';
import { recurrenceSettingsSchema, type TokenRecord } from '../../core/contract/recurrence.js';
import { answerTo, tokensOf, traceFor } from './fake-answers.js';

const info = { preludeBlocks: 2, coreBlocks: 4, codaBlocks: 2, stepsDefault: 16, stepsMin: 1, stepsMax: 128, notches: [1, 2, 4, 8, 16, 32, 64] };

export const fakeModels: Model[] = [
  { id: 'built-in', purpose: 'chat', name: 'Plumb Mini', path: 'plumb-mini.gguf', builtIn: true, sizeBytes: 2_100_000, architecture: 'huginn', parameters: 1_040_000, fileType: 'BF16', contextLength: 1024, recurrence: info, problem: null },
  { id: 'huginn', purpose: 'chat', name: 'Huginn 3.5B', path: 'huginn.gguf', builtIn: false, sizeBytes: 3_900_000_000, architecture: 'huginn', parameters: 3_510_000_000, fileType: 'Q8_0', contextLength: 4096, recurrence: { ...info, stepsDefault: 32 }, problem: null },
  { id: 'llama', purpose: 'chat', name: 'Llama 3.2 1B Instruct', path: 'llama.gguf', builtIn: false, sizeBytes: 808_000_000, architecture: 'llama', parameters: 1_240_000_000, fileType: 'Q4_K_M', contextLength: 8192, recurrence: null, problem: null },
  { id: 'broken', purpose: 'chat', name: 'Ouro 1.4B', path: 'ouro.gguf', builtIn: false, sizeBytes: 412_000_000, architecture: 'ouro', parameters: 1_400_000_000, fileType: 'Q8_0', contextLength: 4096, recurrence: null, problem: { code: 'gguf_truncated', message: '' } },
  { id: 'finder', purpose: 'embedder', name: 'nomic-embed-text v1.5', path: '/home/you/models/nomic-embed-text-v1.5.Q8_0.gguf', builtIn: false, sizeBytes: 146_000_000, architecture: 'nomic-bert', parameters: 137_000_000, fileType: 'Q8_0', contextLength: 2048, recurrence: null, problem: null },
  { id: 'judge', purpose: 'reranker', name: 'bge-reranker-v2-m3', path: '/home/you/models/bge-reranker-v2-m3-Q8_0.gguf', builtIn: false, sizeBytes: 636_000_000, architecture: 'bert', parameters: 568_000_000, fileType: 'Q8_0', contextLength: 8192, recurrence: null, problem: null },
];

export function loadedFrom(model: Model): LoadedModel {
  return {
    path: model.path, name: model.name, architecture: model.architecture, contextSize: Math.min(4096, model.contextLength), recurrence: model.recurrence, loadMs: 80,
    memoryBytes: model.builtIn ? 38_000_000 : model.sizeBytes * 1.3, kvBytesPerToken: 8000, kvBudget: 0, kvType: 'f16', threads: 2, gpu: null,
    speed: model.builtIn ? { fixedMs: 2, stepMs: 0.9, prefillTokensPerSecond: 900 } : { fixedMs: 60, stepMs: 12, prefillTokensPerSecond: 40 },
  };
}

const effect = (part: Partial<MeasuredEffect>): MeasuredEffect => ({ sampler: 'plain', adaptive: false, steps: 16, kvBudget: 128, kvType: 'f16', runs: 3, tokensPerSecond: 61, meanSteps: 16, ...part });
export const fakeEffects: MeasuredEffect[] = [effect({}), effect({ adaptive: true, steps: 32, meanSteps: 9.4, tokensPerSecond: 96 }), effect({ sampler: 'speculative', tokensPerSecond: 118 }), effect({ kvBudget: 8, tokensPerSecond: 63 })];

const measuredSteps = [1, 2, 4, 8, 16, 32, 64];
const measuredGroups: [string, number, number[]][] = [
  ['tracking', 0.19, [0.2, 0.26, 0.42, 0.72, 0.93, 0.94, 0.94]], ['arithmetic', 0.01, [0.03, 0.09, 0.28, 0.61, 0.86, 0.88, 0.88]],
  ['reading', 0.17, [0.41, 0.63, 0.86, 0.95, 0.97, 0.97, 0.97]], ['talk', 0, [0.72, 0.91, 0.98, 0.99, 0.99, 0.99, 0.99]],
];

export const fakeEvaluation: Evaluation = {
  suite: 'made up', seed: 1, model: { name: 'Plumb Mini', sizeBytes: 2_100_000, parameters: 1_040_000, fileType: 'BF16' }, date: '2026-11-24', steps: measuredSteps,
  scores: measuredGroups.flatMap(([group, chance, shares]) => measuredSteps.map((steps, at) => ({
    task: group, group, level: null, steps, problems: 200, right: Math.round(200 * shares[at]!), accuracy: shares[at]!, low: shares[at]! - 0.03, high: shares[at]! + 0.03, chance, meanSteps: steps, tokensPerSecond: 400 / steps,
  }))),
};

const cups = 'A ball is under cup 5. Swap 1 and 5. Swap 2 and 4. Swap 1 and 3. Swap 4 and 5. Swap 3 and 2. Swap 1 and 4. Swap 2 and 5. Swap 3 and 4. Swap 5 and 1. Swap 1 and 2. Swap 3 and 5. Swap 2 and 3. Where is the ball?';
const hour = 3_600_000;

interface Talk {
  conversation: Conversation;
  messages: Message[];
  leafId: number | null;
  tokens: [number, TokenRecord[]][];
}

let nextId = 1;

function talk(title: string, hoursAgo: number, turns: [string, string, number[]][]): Talk {
  const atMs = Date.now() - hoursAgo * hour;
  const conversation = { id: nextId++, title, createdAtMs: atMs, updatedAtMs: atMs };
  const messages: Message[] = [];
  const tokens: [number, TokenRecord[]][] = [];
  let leafId: number | null = null;
  for (const [question, , depths] of turns) {
    const user: Message = { id: nextId++, conversationId: conversation.id, parentId: leafId, role: 'user', text: question, createdAtMs: atMs, run: null };
    messages.push(user);
    for (const steps of depths) {
      const text = answerTo(question, steps, 'no');
      const runId = nextId++;
      // The middle of one answer was written deeper, as if the slider had been moved.
      const records = tokensOf(text).map((piece, index) => {
        const used = steps === 16 && index > 7 && index < 9 ? 32 : steps;
        return { index, id: 1, text: piece, steps: used, exitReason: 'limit' as const, trace: traceFor(piece, index, used) };
      });
      tokens.push([runId, records]);
      leafId = nextId++;
      messages.push({
        id: leafId, conversationId: conversation.id, parentId: user.id, role: 'assistant', text, createdAtMs: atMs,
        run: {
          id: runId, modelName: 'Plumb Mini', hasRecurrence: true, recurrence: recurrenceSettingsSchema.parse({ steps }), cache: null, sampling: defaultSampling, state: 'done', endReason: 'end', errorCode: null,
          startedAtMs: atMs, endedAtMs: atMs, lastSeq: 1,
          stats: { promptTokens: 118, reusedTokens: 0, rereadTokens: 0, promptMs: 40, firstTokenMs: 60, tokens: records.length, decodeMs: records.length * (2 + 0.9 * steps), meanSteps: records.reduce((sum, record) => sum + record.steps, 0) / records.length },
        },
      });
    }
  }
  return { conversation, messages, leafId, tokens };
}

export function sampleTalks(long: number): Talk[] {
  const talks = [
    talk('Where is the ball?', 0.1, [[cups, '', [2, 4, 16]]]),
    talk('A tour of answers', 1, [['Show me everything you can format.', '', [16]]]),
    talk('Running total of the till', 2, [['There is a coin in box 3. Swap boxes 3 and 1. Where is the coin?', '', [8]]]),
    talk('Clause 7.2, notice period', 26, [['What are you?', '', [16]]]),
    talk('Lab values, patient letter', 28, [['What are you?', '', [16]]]),
    talk('Grant budget check', 90, [['What are you?', '', [16]]]),
    talk('Unit conversion table', 120, [['What are you?', '', [16]]]),
    talk('How deep is deep enough for twelve swaps and more', 24 * 40, [['What are you?', '', [16]]]),
  ];
  if (long > 0) talks.unshift(talk('A long talk', 0, Array.from({ length: long / 2 }, (_, at) => [at % 3 === 0 ? 'Show me everything.' : cups, '', [16]])));
  return talks;
}
