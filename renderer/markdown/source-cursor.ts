// Owns finding rendered text again in the markdown it came from, so that a token's characters can be found on the screen.
import type { NoteQueue } from './notes.js';

/** A stretch of the source in which the next piece is looked for. */
export interface Cursor {
  source: string;
  at: number;
  end: number;
  /** False once an enclosing piece could not be found as a whole: then only text itself is matched. */
  exact: boolean;
  /** Offset of `source` in its block. */
  base: number;
  /** Pieces around this one. */
  depth: number;
  /** What stands behind places of the block; shared by all cursors over it. */
  notes: NoteQueue | null;
}

export function cursorOver(source: string, base = 0, notes: NoteQueue | null = null): Cursor {
  return { source, at: 0, end: source.length, exact: true, base, depth: 0, notes };
}

/** Enters a piece: its own stretch when it is found as it is written, else what is left of this one. Moves past it. */
export function enter(cursor: Cursor, raw: string): Cursor {
  const found = cursor.source.indexOf(raw, cursor.at);
  if (raw !== '' && found >= 0 && found + raw.length <= cursor.end) {
    cursor.at = found + raw.length;
    return { ...cursor, at: found, end: found + raw.length, exact: true, depth: cursor.depth + 1 };
  }
  return { ...cursor, exact: false, depth: cursor.depth + 1 };
}

/** After an inexact child: goes on where the child stopped. */
export function leave(cursor: Cursor, child: Cursor): void {
  if (!child.exact) cursor.at = Math.max(cursor.at, child.at);
}

export interface Piece {
  text: string;
  /** Offset in the block's source, or -1 when it is not there as written. */
  start: number;
}

const entity = /&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-zA-Z]{2,8}));/g;
const named: Readonly<Record<string, string>> = {
  amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0', copy: '©', reg: '®', hellip: '…', mdash: '—', ndash: '–',
  times: '×', deg: '°', euro: '€', pound: '£', laquo: '«', raquo: '»', larr: '←', rarr: '→', middot: '·', bull: '•',
};

function decoded(match: RegExpExecArray): string {
  const point = match[1] !== undefined ? Number(match[1]) : match[2] !== undefined ? Number.parseInt(match[2], 16) : null;
  if (point !== null) return point > 0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff) ? String.fromCodePoint(point) : '\ufffd';
  return named[match[3]!] ?? match[0];
}

/** Places a run of text: pieces between line ends and character entities, each with its offset. Moves the cursor behind it. */
export function place(cursor: Cursor, text: string, entities: boolean): Piece[] {
  const pieces: Piece[] = [];
  const put = (written: string, shown: string): void => {
    const found = cursor.source.indexOf(written, cursor.at);
    const known = found >= 0 && found + written.length <= cursor.end;
    if (known) cursor.at = found + written.length;
    const start = known ? found : -1;
    const last = pieces.at(-1);
    // Neighbours that follow each other in the source become one text node, if they read as they are written.
    if (last && known && written === shown && last.start >= 0 && last.start + last.text.length === start) last.text += shown;
    else pieces.push({ text: shown, start });
  };
  for (const line of text.split(/(?<=\n)/)) {
    let from = 0;
    entity.lastIndex = 0;
    for (let match = entities ? entity.exec(line) : null; match; match = entity.exec(line)) {
      if (match.index > from) put(line.slice(from, match.index), line.slice(from, match.index));
      put(match[0], decoded(match));
      from = match.index + match[0].length;
    }
    if (from < line.length) put(line.slice(from), line.slice(from));
  }
  return pieces;
}
