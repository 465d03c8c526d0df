// Owns how passages leave the two word indexes: at once, or by marks and a merge when they are many.
import type { Writable } from './handles.js';

/**
 * Taking a passage's trigrams out of their index for good ("secure-delete") costs time that grows with the index: 163 ms of processor time each among
 * 48,800 passages. A mark costs 0.7 ms; writing the indexes anew without what is marked, 0.3 ms for every passage there is. So marks pay from about a
 * hundred passages on, whatever the size.
 */
const manyPassages = 80;
/** Pages of one step of a merge: about 50 ms of processor time. */
const pagesAtOnce = 200;

/** How far passages that are to go need to be counted. */
export const passagesCounted = manyPassages + 1;
/** Where passages leave marks alone, so many times more of them go at once. */
export const markedAtOnce = 16;

export interface WordIndexes {
  /** Runs deletions of passages, in a transaction. `passages`: how many of them there are to come; many only leave marks, and `merge` is owed. */
  deleting<T>(passages: number, work: (marked: boolean) => T): T;
  /** One step of writing the indexes anew; call it until it answers false: then nothing of what was marked is left. */
  merge(): boolean;
}

export function createWordIndexes(db: Writable): WordIndexes {
  const names = ['passage_words', 'passage_trigrams'] as const;
  const setSecure = names.map((name) => [0, 1].map((on) => db.prepare(`INSERT INTO ${name} (${name}, rank) VALUES ('secure-delete', ${on})`)));
  const beginMerge = names.map((name) => db.prepare(`INSERT INTO ${name} (${name}, rank) VALUES ('merge', ${-pagesAtOnce})`));
  const goOnMerging = names.map((name) => db.prepare(`INSERT INTO ${name} (${name}, rank) VALUES ('merge', ${pagesAtOnce})`));
  const isMarked = db.prepare<[], number>('SELECT EXISTS (SELECT 1 FROM erasing_owed WHERE marked = 1)').pluck();
  const mark = db.prepare('INSERT INTO erasing_owed (id, marked) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET marked = 1');
  const unmark = db.prepare('UPDATE erasing_owed SET marked = 0');
  const changes = db.prepare<[], number>('SELECT total_changes()').pluck();
  /** Which index is being merged, and whether that has begun; marks that come meanwhile begin it anew. */
  let at = { index: 0, begun: false };

  const secure = (on: 0 | 1): void => setSecure.forEach((statements) => void statements[on]!.run());

  return {
    deleting(passages, work) {
      const owed = isMarked.get() === 1;
      // Once a merge is owed, marks are free.
      if (passages <= manyPassages && !owed) return work(false);
      if (passages === 0) return work(true);
      mark.run();
      at = { index: 0, begun: false };
      secure(0);
      try {
        return work(true);
      } finally {
        secure(1);
      }
    },
    merge() {
      if (isMarked.get() === 0) return false;
      const before = changes.get()!;
      (at.begun ? goOnMerging : beginMerge)[at.index]!.run();
      at.begun = true;
      // SQLite's documentation: fewer than two changes, and there was nothing to merge.
      if (changes.get()! - before >= 2) return true;
      at = { index: at.index + 1, begun: false };
      if (at.index < names.length) return true;
      at = { index: 0, begun: false };
      unmark.run();
      return false;
    },
  };
}
