// Owns small things that stand behind a place in a text (marks of sources), handed out in the order of the text while it is drawn.
import type { ReactNode } from 'react';

export interface TextNote {
  /** Offset in the text behind which it stands. */
  at: number;
  /** What it is: notes of the same key at the same place draw the same. */
  key: string;
  node: ReactNode;
}

/** Notes of one block, offsets within it; each is handed out once. */
export class NoteQueue {
  readonly #notes: readonly TextNote[];
  #next = 0;

  constructor(notes: readonly TextNote[], blockStart: number) {
    this.#notes = notes.map((note) => ({ ...note, at: note.at - blockStart }));
  }

  /** Where to cut a piece of text [start, end) so that notes stand behind their characters; those that are overdue come first. */
  cutsIn(end: number): TextNote[] {
    const from = this.#next;
    while (this.#next < this.#notes.length && this.#notes[this.#next]!.at <= end) this.#next++;
    return this.#notes.slice(from, this.#next);
  }

  rest(): TextNote[] {
    return this.cutsIn(Number.POSITIVE_INFINITY);
  }
}

export const noNotes: readonly TextNote[] = [];

/** Notes that stand in a block: behind its first character and not behind the first of the next. */
export function notesOf(notes: readonly TextNote[], start: number, next: number): readonly TextNote[] {
  if (notes.length === 0) return noNotes;
  const mine = notes.filter(({ at }) => at > start && at <= next);
  return mine.length === 0 ? noNotes : mine;
}

export const sameNotes = (a: readonly TextNote[], b: readonly TextNote[]): boolean => a === b || (a.length === b.length && a.every(({ at, key }, index) => at === b[index]!.at && key === b[index]!.key));
