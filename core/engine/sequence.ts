// Owns the tokens in the KV cache: what is there, how it was read, and how much of it a new prompt can keep.
import type { RecurrenceSettings } from '../contract/recurrence.js';
import type { DraftAsk, Drafts, RefineAsk, Refined } from './native-sampling.js';
import type { NativeContext, RecurrenceOptions } from './native-types.js';

/**
 * What tokens are read for: `prompt` but for its last token, that `last` one, or one of the model's own as `answer`; a few of those at once to
 * `verify` them; or only for now, as `draft` or in a `wave`. Tokens read for now have other keys and values than any prompt would give them.
 */
export type Role = 'prompt' | 'last' | 'answer' | 'verify' | 'draft' | 'wave';

export interface ReadOptions {
  role?: Role;
  logits?: 'last' | 'all';
  /** What a warm start carries. */
  carry?: 'raw' | 'normed';
  /** Drafts that are read again, right after `draft`, go on from the steps they had. Where that cannot be done, they start anew. */
  resume?: boolean | undefined;
}

export interface Sequence {
  /** Tokens in the cache. */
  readonly length: number;
  /**
   * Keeps the longest beginning of `ids` that is in the cache as these settings would have read it, but never all of `ids`:
   * the last token must be read for its logits. The rest of the cache is forgotten. Returns the tokens kept, and how many more
   * were the same tokens but read otherwise.
   *
   * As these settings would have: keys and values of a recurrent model differ from step to step, and a prompt read at 2 steps and
   * continued at 16 would give an answer that depends on what was asked before. A token that stopped by the same criterion is kept
   * under another limit, if it stopped within it. A hurried one never is: "answer now" is for one answer.
   */
  keep(ids: Uint32Array, settings: RecurrenceSettings): { kept: number; reread: number };
  /** Reads tokens behind the cache's end. After `stopped` or an error the cache is as before. Errors: decode_failed. */
  read(ids: Uint32Array, settings: RecurrenceSettings, options?: ReadOptions): Promise<'done' | 'stopped'>;
  /** Draws tokens behind the cache's end and a first one, one after the other, and forgets all of them. Errors: decode_failed. */
  draft(id: number, settings: RecurrenceSettings, ask: DraftAsk): Promise<Drafts | 'stopped'>;
  /** Reads a window behind the cache's end and draws what follows each of its positions. After `stopped` or an error the cache is as before. Errors: decode_failed. */
  refine(ids: Uint32Array, settings: RecurrenceSettings, ask: RefineAsk): Promise<Refined | 'stopped'>;
  /** Forgets the tokens from this length on; all of them if this model's memory cannot forget a part. */
  truncate(length: number): void;
  /** Reads one token behind the cache's end and forgets it: for measuring. `full`: there is no room for it. */
  tryOut(id: number, settings: RecurrenceSettings): Promise<'done' | 'stopped' | 'full'>;
  clear(): void;
}

/** How one token was read. */
interface Reading {
  id: number;
  /** What must be equal for the token to be kept, as one comparable word. */
  word: string;
  steps: number;
  stopped: 'limit' | 'converged' | 'hurried' | 'for now';
}

export function createSequence(context: NativeContext, hasRecurrence: boolean): Sequence {
  let cells: Reading[] = [];
  const word = ({ stateSeed, stateScale, exit, warmStart }: RecurrenceSettings): string => (hasRecurrence ? JSON.stringify([stateSeed, stateScale, exit, warmStart]) : '');

  function truncate(length: number): number {
    if (length === cells.length) return length;
    const kept = context.truncate(length) ? length : 0;
    if (kept !== length) context.truncate(0);
    cells = cells.slice(0, kept);
    return kept;
  }

  /** What a decode left behind these cells. */
  function forget(length: number): void {
    if (context.truncate(length)) return;
    cells = [];
    context.truncate(0);
  }

  function fits(cell: Reading, wanted: string, limit: number): boolean {
    if (!hasRecurrence) return true;
    return cell.word === wanted && (cell.stopped === 'limit' ? cell.steps === limit : cell.stopped === 'converged' && cell.steps <= limit);
  }

  return {
    get length() {
      return cells.length;
    },
    keep(ids, settings) {
      const most = Math.min(cells.length, ids.length - 1);
      const wanted = word(settings);
      let same = 0;
      while (same < most && cells[same]!.id === ids[same]) same += 1;
      let fitting = 0;
      while (fitting < same && fits(cells[fitting]!, wanted, settings.steps)) fitting += 1;
      const kept = truncate(fitting);
      return { kept, reread: same - kept };
    },
    async refine(ids, settings, ask) {
      context.setRecurrence(optionsFor(settings, 'wave', 'raw'));
      const before = cells.length;
      let found: Refined | 'stopped' = 'stopped';
      try {
        found = await context.refine(ids, before, ask);
        return found;
      } finally {
        if (found === 'stopped') forget(before);
        // Nothing keeps a token that was read for now, so how it was read says nothing.
        else for (const id of ids) cells.push({ id, word: '', steps: settings.steps, stopped: 'for now' });
      }
    },
    async read(ids, settings, { role = 'prompt', logits = 'last', carry = 'raw', resume = false } = {}) {
      if (hasRecurrence) context.setRecurrence({ ...optionsFor(settings, role, carry), hold: resume ? 'resume' : undefined });
      const before = cells.length;
      let outcome: 'done' | 'stopped' | 'failed' = 'failed';
      try {
        outcome = await context.decode(ids, before, logits);
        return outcome;
      } finally {
        if (outcome === 'done') {
          // One decode is one batch, and a batch leaves the recurrence together.
          const { nSteps: steps, exitReason } = hasRecurrence ? context.trace() : { nSteps: 0, exitReason: 'steps' };
          const stopped = exitReason === 'converged' || exitReason === 'hurried' ? exitReason : 'limit';
          for (const id of ids) cells.push({ id, word: word(settings), steps, stopped });
        } else forget(before);
      }
    },
    async draft(id, settings, ask) {
      context.setRecurrence({ ...optionsFor(settings, 'draft', 'raw'), hold: 'keep' });
      try {
        return await context.draft(id, cells.length, ask);
      } finally {
        forget(cells.length);
      }
    },
    truncate(length) {
      truncate(Math.min(length, cells.length));
    },
    async tryOut(id, settings) {
      if (cells.length >= context.contextSize) return 'full';
      if (hasRecurrence) context.setRecurrence(optionsFor({ ...settings, exit: null }, 'prompt', 'raw'));
      try {
        return await context.decode(Uint32Array.of(id), cells.length, 'last');
      } finally {
        forget(cells.length);
      }
    },
    clear() {
      truncate(0);
    },
  };
}

/**
 * The prompt's last token makes the first of the answer: it may stop early even where the rest of the prompt may not. Positions that are
 * verified or refined together may not: a batch leaves together.
 */
function optionsFor({ steps, stateSeed, stateScale, exit, warmStart }: RecurrenceSettings, role: Role, carry: 'raw' | 'normed'): RecurrenceOptions {
  const mayExit = exit !== null && (role === 'last' || role === 'answer' || (role === 'prompt' && exit.inPrefill));
  const start = warmStart && role === 'answer' ? (carry === 'raw' ? 'carried' : 'carried-normed') : 'seeded';
  return { nSteps: steps, seed: stateSeed, initScale: stateScale, start, exit: mayExit ? exit : null };
}
