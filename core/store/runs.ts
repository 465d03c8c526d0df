// Owns the rows of runs and their tokens: begun, grown in batches, finished, and closed off after a crash.
import type { CacheSettings, MeasuredEffect } from '../contract/compute.js';
import type { EndReason, Run, RunState, RunStats, Sampling } from '../contract/conversation.js';
import type { ErrorCode } from '../contract/errors.js';
import type { RecurrenceSettings, TokenRecord } from '../contract/recurrence.js';
import type { Writable } from './handles.js';
import { packRecurrence, packTrace, runColumns, toRun, toToken, type RunRow, type TokenRow } from './run-rows.js';
import { translateAll } from './store-errors.js';

export const runSql = {
  tokens: 'SELECT idx, token_id AS tokenId, text, steps, exit_reason AS exitReason, trace FROM token WHERE run_id = ? ORDER BY idx',
  /** Answers too short to time say nothing. */
  effects: `SELECT sampler ->> '$.kind' AS sampler, exit_criterion IS NOT NULL AS adaptive, steps, kv_budget AS kvBudget, kv_type AS kvType,
      count(*) AS runs, 1000.0 * sum(tokens) / sum(decode_ms) AS tokensPerSecond, sum(mean_steps * tokens) / sum(tokens) AS meanSteps
    FROM run WHERE model_hash = ? AND has_recurrence = 1 AND state IN ('done', 'stopped') AND tokens >= 8 AND decode_ms > 0
    GROUP BY 1, 2, 3, 4, 5 ORDER BY max(run.id) DESC LIMIT 100`,
  running: "SELECT id FROM run WHERE state = 'running'",
} as const;

export interface NewRun {
  messageId: number;
  modelName: string;
  modelPath: string;
  modelHash: string;
  forkId: string;
  hasRecurrence: boolean;
  recurrence: RecurrenceSettings;
  cache: CacheSettings | null;
  sampling: Sampling;
  nowMs: number;
}

export interface RunEnd {
  state: Exclude<RunState, 'running'>;
  reason: EndReason;
  errorCode: ErrorCode | null;
  stats: RunStats | null;
  nowMs: number;
}

export interface RunQueries {
  find(id: number): Run | null;
  add(run: NewRun): number;
  /** Appends a batch; `lastSeq` is the number of the last event it contains. One transaction. */
  append(runId: number, tokens: readonly TokenRecord[], lastSeq: number): void;
  /** Ends a run and writes the reply's text from its tokens. */
  finish(runId: number, end: RunEnd): void;
  tokens(runId: number): TokenRecord[];
  /** What finished answers of a file took, by their choices, the newest first. */
  effects(modelHash: string): MeasuredEffect[];
  /** After a crash: ends every run that is still running, keeping what it had. Returns how many. */
  interruptAll(nowMs: number): number;
}

export function createRunQueries(db: Writable): RunQueries {
  const one = db.prepare<[number], RunRow>(`SELECT ${runColumns} FROM run WHERE id = ?`);
  const add = db.prepare(`INSERT INTO run (message_id, model_name, model_path, model_hash, fork_id, has_recurrence, steps, state_seed, state_scale,
      temperature, top_k, top_p, min_p, repeat_penalty, sampling_seed, max_tokens, stop, exit_criterion, warm_start, sampler, kv_budget, kv_type, state, started_at_ms)
    VALUES (@messageId, @modelName, @modelPath, @modelHash, @forkId, @hasRecurrence, @steps, @stateSeed, @stateScale,
      @temperature, @topK, @topP, @minP, @repeatPenalty, @seed, @maxTokens, @stop, @exit, @warmStart, @sampler, @kvBudget, @kvType, 'running', @nowMs)`);
  const addToken = db.prepare('INSERT INTO token (run_id, idx, token_id, text, steps, exit_reason, trace) VALUES (?, ?, ?, ?, ?, ?, ?)');
  const setSeq = db.prepare('UPDATE run SET last_seq = ? WHERE id = ?');
  const tokens = db.prepare<[number], TokenRow>(runSql.tokens);
  const effects = db.prepare<[string], Omit<MeasuredEffect, 'adaptive'> & { adaptive: number }>(runSql.effects);
  const running = db.prepare<[], number>(runSql.running).pluck();
  const end = db.prepare(`UPDATE run SET state = @state, end_reason = @reason, error_code = @errorCode, ended_at_ms = @nowMs,
      prompt_tokens = @promptTokens, reused_tokens = @reusedTokens, prompt_ms = @promptMs, first_token_ms = @firstTokenMs,
      tokens = @tokens, decode_ms = @decodeMs, mean_steps = @meanSteps, reread_tokens = @rereadTokens WHERE id = @runId`);
  const writeText = db.prepare(`UPDATE message SET text = coalesce((SELECT group_concat(text, '' ORDER BY idx) FROM token WHERE run_id = @runId), '')
    WHERE id = (SELECT message_id FROM run WHERE id = @runId)`);

  const finish = db.transaction((runId: number, { stats, ...rest }: RunEnd) => {
    const none = { promptTokens: null, reusedTokens: null, rereadTokens: null, promptMs: null, firstTokenMs: null, tokens: null, decodeMs: null, meanSteps: null };
    end.run({ runId, ...rest, ...(stats ?? none) });
    writeText.run({ runId });
  });

  return translateAll({
    find(id: number) {
      const row = one.get(id);
      return row === undefined ? null : toRun(row);
    },
    add({ cache, sampling, ...rest }: NewRun) {
      return Number(add.run({ ...rest, ...packRecurrence(rest), ...sampling, stop: JSON.stringify(sampling.stop), kvBudget: cache?.kvBudget ?? null, kvType: cache?.kvType ?? null }).lastInsertRowid);
    },
    append: db.transaction((runId: number, batch: readonly TokenRecord[], lastSeq: number) => {
      for (const token of batch) addToken.run(runId, token.index, token.id, token.text, token.steps, token.exitReason, packTrace(token.trace));
      setSeq.run(lastSeq, runId);
    }),
    finish,
    tokens: (runId: number) => tokens.all(runId).map(toToken),
    effects: (modelHash: string) => effects.all(modelHash).map((row) => ({ ...row, adaptive: row.adaptive === 1 })),
    interruptAll: db.transaction((nowMs: number) => {
      const ids = running.all();
      for (const id of ids) finish(id, { state: 'interrupted', reason: 'error', errorCode: null, stats: null, nowMs });
      return ids.length;
    }),
  });
}
