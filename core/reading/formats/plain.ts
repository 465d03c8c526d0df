// Owns plain text and program text: pages at form feeds, paragraphs at blank lines, headings where a line stands alone and is numbered or underlined.
import { longPageCharacters } from '../../contract/reading.js';
import { decodeText } from '../decode.js';
import { PageDraft, tidy, type BlockKind, type DraftPage } from '../draft.js';
import { headingLevel } from '../headings.js';
import type { ParseRequest } from './parse.js';

export function* readPlain({ bytes }: ParseRequest): Generator<DraftPage> {
  yield* plainPages(decodeText(bytes));
}

export function* plainPages(text: string): Generator<DraftPage> {
  const draft = new PageDraft();
  for (const page of text.split('\f')) {
    for (const { kind, text, level } of paragraphs(tidy(page))) {
      if (draft.length > 0 && draft.length + text.length > longPageCharacters) yield draft.take(null);
      for (const part of parts(text)) {
        if (draft.length > 0 && draft.length + part.length > longPageCharacters) yield draft.take(null);
        draft.add(kind, part, level === undefined ? {} : { level });
      }
    }
    if (draft.length > 0) yield draft.take(null);
  }
}

export function* readSource({ bytes }: ParseRequest): Generator<DraftPage> {
  const draft = new PageDraft();
  let lines: string[] = [];
  let length = 0;
  for (const line of tidy(decodeText(bytes)).split('\n')) {
    for (const part of parts(line)) {
      // A blank line is the best place to cut; half a passage is enough to wait for one.
      if ((part.trim() === '' && length > 600) || length > 4000) {
        draft.add('code', lines.join('\n'));
        lines = [];
        length = 0;
      }
      if (draft.length > 0 && draft.length + length > longPageCharacters) yield draft.take(null);
      lines.push(part);
      length += part.length + 1;
    }
  }
  draft.add('code', lines.join('\n'));
  if (draft.length > 0) yield draft.take(null);
}

/** Pieces no longer than a page, cut at a space where there is one. */
export function* parts(text: string): Generator<string> {
  let at = 0;
  while (text.length - at > longPageCharacters) {
    const end = at + longPageCharacters;
    const space = text.lastIndexOf(' ', end);
    let stop = space > at + longPageCharacters / 2 ? space + 1 : end;
    const code = text.charCodeAt(stop - 1);
    if (code >= 0xd800 && code < 0xdc00) stop--;
    yield text.slice(at, stop);
    at = stop;
  }
  yield text.slice(at);
}

interface Paragraph {
  kind: BlockKind;
  text: string;
  level?: number;
}

function* paragraphs(text: string): Generator<Paragraph> {
  for (const raw of text.split(/\n[ \t]*(?:\n[ \t]*)+/)) {
    if (raw.trim() === '') continue;
    const lines = raw.split('\n');
    const [first = '', second = ''] = lines;
    const underline = /^\s*([=\-~*^])\1{2,}\s*$/.exec(second);
    if (underline && first.trim() !== '' && first.length < 120) {
      yield { kind: 'heading', text: `${first}\n${second}`, level: underline[1] === '=' || underline[1] === '*' ? 1 : 2 };
      if (lines.length > 2) yield { kind: 'prose', text: lines.slice(2).join('\n') };
      continue;
    }
    const level = lines.length === 1 ? headingLevel(first) : null;
    if (level !== null) yield { kind: 'heading', text: first, level };
    else if (lines.every((line) => /^\s*([-*\u2022]|\d{1,3}[.)])\s/.test(line))) yield { kind: 'list', text: raw };
    else yield { kind: 'prose', text: raw };
  }
}
