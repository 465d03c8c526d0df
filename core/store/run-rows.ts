// Owns the translation between rows of run and token and the contract's shapes.
import { cacheSettingsSchema, type KvType } from '../contract/compute.js';
import { samplingSchema, type Run } from '../contract/conversation.js';
import type { ErrorCode } from '../contract/errors.js';
import { recurrenceSettingsSchema, type ExitReason, type RecurrenceSettings, type TokenRecord } from '../contract/recurrence.js';

/** Every column of a run under a name of its own, so that a join cannot mix them up. */
export const runColumns = `run.id AS runId, run.model_name AS modelName, run.has_recurrence AS hasRecurrence,
  run.steps, run.state_seed AS stateSeed, run.state_scale AS stateScale,
  run.exit_criterion AS exitCriterion, run.warm_start AS warmStart, run.sampler, run.kv_budget AS kvBudget, run.kv_type AS kvType,
  run.temperature, run.top_k AS topK, run.top_p AS topP, run.min_p AS minP, run.repeat_penalty AS repeatPenalty,
  run.sampling_seed AS samplingSeed, run.max_tokens AS maxTokens, run.stop,
  run.state, run.end_reason AS endReason, run.error_code AS errorCode, run.started_at_ms AS startedAtMs, run.ended_at_ms AS endedAtMs,
  run.last_seq AS lastSeq, run.prompt_tokens AS promptTokens, run.reused_tokens AS reusedTokens, run.prompt_ms AS promptMs,
  run.first_token_ms AS firstTokenMs, run.tokens, run.decode_ms AS decodeMs, run.mean_steps AS meanSteps, run.reread_tokens AS rereadTokens`;

export interface RunRow {
  runId: number | null;
  modelName: string;
  hasRecurrence: number;
  steps: number;
  stateSeed: number;
  stateScale: number;
  exitCriterion: string | null;
  warmStart: number;
  sampler: string;
  kvBudget: number | null;
  kvType: KvType | null;
  temperature: number;
  topK: number;
  topP: number;
  minP: number;
  repeatPenalty: number;
  samplingSeed: number | null;
  maxTokens: number;
  stop: string;
  state: Run['state'];
  endReason: Run['endReason'];
  errorCode: ErrorCode | null;
  startedAtMs: number;
  endedAtMs: number | null;
  lastSeq: number;
  promptTokens: number | null;
  reusedTokens: number;
  promptMs: number;
  firstTokenMs: number;
  tokens: number;
  decodeMs: number;
  meanSteps: number;
  rereadTokens: number | null;
}

export function toRun(row: RunRow): Run | null {
  if (row.runId === null) return null;
  const { modelName, kvBudget, kvType, temperature, topK, topP, minP, repeatPenalty, maxTokens } = row;
  const { state, endReason, errorCode, startedAtMs, endedAtMs, lastSeq } = row;
  const { promptTokens, reusedTokens, promptMs, firstTokenMs, tokens, decodeMs, meanSteps } = row;
  return {
    id: row.runId,
    modelName,
    hasRecurrence: row.hasRecurrence === 1,
    recurrence: unpackRecurrence(row),
    cache: kvType === null ? null : cacheSettingsSchema.parse({ kvBudget, kvType }),
    sampling: { temperature, topK, topP, minP, repeatPenalty, seed: row.samplingSeed, maxTokens, stop: samplingSchema.shape.stop.parse(JSON.parse(row.stop)) },
    state,
    endReason,
    errorCode,
    startedAtMs,
    endedAtMs,
    lastSeq,
    stats: promptTokens === null ? null : { promptTokens, reusedTokens, rereadTokens: row.rereadTokens ?? 0, promptMs, firstTokenMs, tokens, decodeMs, meanSteps },
  };
}

/** Recurrence settings as columns. */
export function packRecurrence({ recurrence, hasRecurrence }: { recurrence: RecurrenceSettings; hasRecurrence: boolean }): Record<string, unknown> {
  const { steps, stateSeed, stateScale, exit, warmStart, sampler } = recurrence;
  return { hasRecurrence: hasRecurrence ? 1 : 0, steps, stateSeed, stateScale, exit: exit && JSON.stringify(exit), warmStart: warmStart ? 1 : 0, sampler: JSON.stringify(sampler) };
}

function unpackRecurrence({ steps, stateSeed, stateScale, exitCriterion, warmStart, sampler }: RunRow): RecurrenceSettings {
  return recurrenceSettingsSchema.parse({ steps, stateSeed, stateScale, exit: exitCriterion === null ? null : JSON.parse(exitCriterion), warmStart: warmStart === 1, sampler: JSON.parse(sampler) });
}

export interface TokenRow {
  idx: number;
  tokenId: number;
  text: string;
  steps: number;
  exitReason: ExitReason;
  trace: Buffer;
}

/** float32, little endian, whatever the machine: a database may move. */
export function packTrace(trace: readonly number[]): Buffer {
  const packed = Buffer.allocUnsafe(trace.length * 4);
  trace.forEach((delta, at) => packed.writeFloatLE(delta, at * 4));
  return packed;
}

export function unpackTrace(packed: Buffer): number[] {
  return Array.from({ length: packed.length >> 2 }, (_, at) => packed.readFloatLE(at * 4));
}

export function toToken({ idx, tokenId, text, steps, exitReason, trace }: TokenRow): TokenRecord {
  return { index: idx, id: tokenId, text, steps, exitReason, trace: unpackTrace(trace) };
}
