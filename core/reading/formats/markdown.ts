// Owns Markdown: its text as written, divided into the blocks it marks.
import { longPageCharacters } from '../../contract/reading.js';
import { decodeText } from '../decode.js';
import { PageDraft, tidy, type BlockKind, type DraftPage } from '../draft.js';
import type { ParseRequest } from './parse.js';
import { parts } from './plain.js';

interface Piece {
  kind: BlockKind;
  lines: string[];
  level?: number;
}

const listLine = /^\s{0,3}([-*+]|\d{1,9}[.)])\s+/;
const delimiterRow = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

export function* readMarkdown({ bytes, notes }: ParseRequest): Generator<DraftPage> {
  const draft = new PageDraft();
  for (const piece of pieces(tidy(decodeText(bytes)).split('\n'))) {
    const text = piece.lines.join('\n');
    if (piece.kind === 'heading') notes.title ??= plainHeading(text);
    if (draft.length > 0 && draft.length + text.length > longPageCharacters) yield draft.take(null);
    if (piece.kind === 'table') {
      const [head = '', , ...rows] = piece.lines;
      draft.addTable([head, ...rows].map(cells), { headerRows: 1 });
      continue;
    }
    for (const part of parts(text)) {
      if (draft.length > 0 && draft.length + part.length > longPageCharacters) yield draft.take(null);
      draft.add(piece.kind, piece.kind === 'heading' ? plainHeading(part) : part, piece.level === undefined ? {} : { level: piece.level });
    }
  }
  if (draft.length > 0) yield draft.take(null);
}

function plainHeading(text: string): string {
  return text
    .split('\n')[0]!
    .replace(/^\s*#{1,6}\s*/, '')
    .replace(/\s+#+\s*$/, '')
    .trim();
}

function cells(line: string): string[] {
  return line
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

function* pieces(lines: string[]): Generator<Piece> {
  let open: Piece | null = null;
  let fence: string | null = null;
  const close = function* (): Generator<Piece> {
    if (open) yield open;
    open = null;
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (fence !== null) {
      open!.lines.push(line);
      if (line.trim().startsWith(fence)) {
        fence = null;
        yield* close();
      }
      continue;
    }
    const fenced = /^\s{0,3}(```+|~~~+)/.exec(line);
    const heading = /^\s{0,3}(#{1,6})(\s|$)/.exec(line);
    const next = lines[i + 1] ?? '';
    if (fenced) {
      yield* close();
      fence = fenced[1]!;
      open = { kind: 'code', lines: [line] };
    } else if (heading) {
      yield* close();
      yield { kind: 'heading', lines: [line], level: heading[1]!.length };
    } else if (!open && line.trim() !== '' && /^\s{0,3}(=+|-{2,})\s*$/.test(next) && !listLine.test(line)) {
      yield { kind: 'heading', lines: [line], level: next.includes('=') ? 1 : 2 };
      i++;
    } else if (!open && line.includes('|') && next.includes('-') && delimiterRow.test(next)) {
      open = { kind: 'table', lines: [line] };
    } else if (line.trim() === '') {
      // A list goes on after a blank line when an item or an indented line follows.
      if (open?.kind === 'list' && (listLine.test(next) || /^\s{2,}\S/.test(next))) open.lines.push(line);
      else yield* close();
    } else if (open) {
      open.lines.push(line);
    } else {
      open = { kind: listLine.test(line) ? 'list' : /^(\t| {4})/.test(line) ? 'code' : 'prose', lines: [line] };
    }
  }
  yield* close();
}
