// Owns conversations as a whole, in the form of an export: read out with everything, written back under new ids.
import type { ExportedConversation, ExportedMessage, ExportedRun } from '../contract/transfer.js';
import type { Writable } from './handles.js';
import { packRecurrence, packTrace, runColumns, toRun, toToken, type RunRow, type TokenRow } from './run-rows.js';
import { runSql } from './runs.js';
import { translateAll } from './store-errors.js';

export interface TransferQueries {
  /** A conversation with all branches; a run that is still being made is written as interrupted. Null: unknown or removed. Groundings are not in it. */
  takeOut(id: number, withTokens: boolean): ExportedConversation | null;
  /** Adds a conversation under new ids, in one transaction. Returns its id. */
  bringIn(conversation: ExportedConversation): number;
  /** What tells two conversations apart, for all that are not removed: see `contentKey`. */
  contents(): IterableIterator<{ id: number; messages: Pick<ExportedMessage, 'parent' | 'role' | 'text' | 'createdAtMs'>[] }>;
  /** Message ids of a conversation in the order of `takeOut`. */
  messageIds(id: number): number[];
}

interface Row extends RunRow {
  messageId: number;
  parentId: number | null;
  role: ExportedMessage['role'];
  text: string;
  createdAtMs: number;
  modelHash: string;
  forkId: string;
}

export function createTransferQueries(db: Writable): TransferQueries {
  const head = db.prepare<[number], { title: string; createdAtMs: number; updatedAtMs: number; leafId: number | null }>(
    'SELECT title, created_at_ms AS createdAtMs, updated_at_ms AS updatedAtMs, leaf_id AS leafId FROM conversation WHERE id = ? AND removed_at_ms IS NULL',
  );
  const rows = db.prepare<[number], Row>(`SELECT message.id AS messageId, parent_id AS parentId, role, message.text, created_at_ms AS createdAtMs,
      run.model_hash AS modelHash, run.fork_id AS forkId, ${runColumns} FROM message LEFT JOIN run ON run.message_id = message.id WHERE conversation_id = ? ORDER BY message.id`);
  const texts = db.prepare<[number], { messageId: number; parentId: number | null; role: ExportedMessage['role']; text: string; createdAtMs: number }>(
    'SELECT id AS messageId, parent_id AS parentId, role, text, created_at_ms AS createdAtMs FROM message WHERE conversation_id = ? ORDER BY id',
  );
  const ids = db.prepare<[], number>('SELECT id FROM conversation WHERE removed_at_ms IS NULL ORDER BY id').pluck();
  const messageIds = db.prepare<[number], number>('SELECT id FROM message WHERE conversation_id = ? ORDER BY id').pluck();
  const tokens = db.prepare<[number], TokenRow>(runSql.tokens);

  const addConversation = db.prepare('INSERT INTO conversation (title, created_at_ms, updated_at_ms) VALUES (@title, @createdAtMs, @updatedAtMs)');
  const addMessage = db.prepare('INSERT INTO message (conversation_id, parent_id, role, text, created_at_ms) VALUES (?, ?, ?, ?, ?)');
  const setLeaf = db.prepare('UPDATE conversation SET leaf_id = ? WHERE id = ?');
  const addRun = db.prepare(`INSERT INTO run (message_id, model_name, model_path, model_hash, fork_id, has_recurrence, steps, state_seed, state_scale, temperature, top_k, top_p, min_p,
      repeat_penalty, sampling_seed, max_tokens, stop, exit_criterion, warm_start, sampler, kv_budget, kv_type, state, end_reason, error_code, started_at_ms, ended_at_ms, last_seq,
      prompt_tokens, reused_tokens, reread_tokens, prompt_ms, first_token_ms, tokens, decode_ms, mean_steps)
    VALUES (@messageId, @modelName, '', @modelHash, @forkId, @hasRecurrence, @steps, @stateSeed, @stateScale, @temperature, @topK, @topP, @minP,
      @repeatPenalty, @seed, @maxTokens, @stop, @exit, @warmStart, @sampler, @kvBudget, @kvType, @state, @endReason, @errorCode, @startedAtMs, @endedAtMs, @lastSeq,
      @promptTokens, @reusedTokens, @rereadTokens, @promptMs, @firstTokenMs, @tokens, @decodeMs, @meanSteps)`);
  const addToken = db.prepare('INSERT INTO token (run_id, idx, token_id, text, steps, exit_reason, trace) VALUES (?, ?, ?, ?, ?, ?, ?)');

  function exportedRun(row: Row, withTokens: boolean): { run: ExportedRun | null; liveText: string | null } {
    const run = toRun(row);
    if (run === null) return { run: null, liveText: null };
    const { id, lastSeq: _lastSeq, state, ...rest } = run;
    const live = state === 'running';
    const made = withTokens || live ? tokens.all(id).map(toToken) : [];
    const { modelHash, forkId } = row;
    const exported: ExportedRun = { ...rest, state: live ? 'interrupted' : state, modelHash, forkId, ...(withTokens && { tokens: made }) };
    return { run: exported, liveText: live ? made.map(({ text }) => text).join('') : null };
  }

  function bringInRun(messageId: number, { recurrence, cache, sampling, stats, tokens: made = [], hasRecurrence, ...rest }: ExportedRun): void {
    const none = { promptTokens: null, reusedTokens: null, rereadTokens: null, promptMs: null, firstTokenMs: null, tokens: null, decodeMs: null, meanSteps: null };
    // A window asks for the tokens of a run with a `lastSeq`; without tokens there is nothing to ask for.
    const lastSeq = made.length > 0 ? 1 : 0;
    const { lastInsertRowid } = addRun.run({
      ...rest, ...packRecurrence({ recurrence, hasRecurrence }), ...sampling, stop: JSON.stringify(sampling.stop), kvBudget: cache?.kvBudget ?? null, kvType: cache?.kvType ?? null, ...(stats ?? none), messageId, lastSeq,
    });
    made.forEach(({ id, text, steps, exitReason, trace }, at) => addToken.run(lastInsertRowid, at, id, text, steps, exitReason, packTrace(trace)));
  }

  return translateAll({
    takeOut(id: number, withTokens: boolean) {
      const found = head.get(id);
      if (!found) return null;
      const { leafId, ...rest } = found;
      const places = new Map<number, number>();
      const messages = rows.all(id).map((row, at): ExportedMessage => {
        places.set(row.messageId, at);
        const { run, liveText } = exportedRun(row, withTokens);
        const { role, createdAtMs } = row;
        return { parent: row.parentId === null ? null : (places.get(row.parentId) ?? null), role, text: liveText ?? row.text, createdAtMs, run };
      });
      return { ...rest, leaf: leafId === null ? null : (places.get(leafId) ?? null), messages };
    },
    bringIn: db.transaction(({ messages, leaf, title, createdAtMs, updatedAtMs }: ExportedConversation) => {
      const id = Number(addConversation.run({ title, createdAtMs, updatedAtMs }).lastInsertRowid);
      const made: number[] = [];
      for (const { parent, role, text, createdAtMs: atMs, run } of messages) {
        const messageId = Number(addMessage.run(id, parent === null ? null : made[parent], role, text, atMs).lastInsertRowid);
        made.push(messageId);
        if (run) bringInRun(messageId, run);
      }
      if (leaf !== null) setLeaf.run(made[leaf], id);
      return id;
    }),
    *contents() {
      for (const id of ids.all()) {
        const places = new Map<number, number>();
        const messages = texts.all(id).map(({ messageId, parentId, role, text, createdAtMs }, at) => {
          places.set(messageId, at);
          return { parent: parentId === null ? null : (places.get(parentId) ?? null), role, text, createdAtMs };
        });
        yield { id, messages };
      }
    },
    messageIds: (id: number) => messageIds.all(id),
  });
}
