// Owns cutting very long paragraphs into stretches, each laid out by itself: a paragraph of 45,000 characters cost 30 ms of layout for
// every word added to it.
import type { Token, Tokens } from 'marked';

/** A stretch of a paragraph; `start` is its offset in the text. */
export interface Fragment {
  start: number;
  raw: string;
  tokens: Token[];
}

/** A stretch is at least this long, and cut only when so much more follows that its end no longer changes. */
const stretch = 2048;
const margin = 1024;

/**
 * Where to cut a paragraph's running text, counted from its start, or -1: not yet. Outside all marks, after a sentence if one ends
 * soon enough, and always before a letter, so that what follows cannot be read as the beginning of a list or a heading.
 */
function cutAt(tokens: readonly Token[], length: number): number {
  if (length <= stretch + margin) return -1;
  let spaceAt = -1;
  let at = 0;
  for (const token of tokens) {
    const end = at + token.raw.length;
    if (token.type === 'text' && end > stretch && !('tokens' in token && token.tokens)) {
      for (const pattern of [/[.!?…]["'”’)\]]? (?=\p{L})/gu, / (?=\p{L})/gu]) {
        pattern.lastIndex = Math.max(0, stretch - at);
        const found = pattern.exec(token.raw);
        if (!found) continue;
        const cut = at + found.index + found[0].length;
        if (found[0].length > 1 && cut < stretch + margin) return cut;
        if (spaceAt < 0) spaceAt = cut;
      }
    }
    at = end;
    if (at > stretch + margin && spaceAt >= 0) break;
  }
  return spaceAt;
}

function split(tokens: readonly Token[], cut: number): [Token[], Token[]] {
  const before: Token[] = [];
  const after: Token[] = [];
  let at = 0;
  for (const token of tokens) {
    const end = at + token.raw.length;
    if (end <= cut) before.push(token);
    else if (at >= cut) after.push(token);
    else {
      const { raw } = token as Tokens.Text;
      before.push({ ...token, raw: raw.slice(0, cut - at), text: raw.slice(0, cut - at) } as Tokens.Text);
      after.push({ ...token, raw: raw.slice(cut - at), text: raw.slice(cut - at) } as Tokens.Text);
    }
    at = end;
  }
  return [before, after];
}

/** All stretches of a paragraph that can be cut off its front, and what is left. The same cuts come out however the text arrived. */
export function cutFront(paragraph: Tokens.Paragraph, start: number): { done: Fragment[]; rest: Fragment } {
  const done: Fragment[] = [];
  let rest: Fragment = { start, raw: paragraph.raw, tokens: paragraph.tokens };
  for (let cut = cutAt(rest.tokens, rest.raw.length); cut > 0; cut = cutAt(rest.tokens, rest.raw.length)) {
    const [before, after] = split(rest.tokens, cut);
    done.push({ start: rest.start, raw: rest.raw.slice(0, cut), tokens: before });
    rest = { start: rest.start + cut, raw: rest.raw.slice(cut), tokens: after };
  }
  return { done, rest };
}
