// Owns which dollars mean mathematics: Pandoc's rule, made stricter where money and shell lines would slip through.
import type { TokenizerAndRendererExtension, Tokens } from 'marked';

export interface MathsToken extends Tokens.Generic {
  type: 'maths' | 'mathsBlock';
  tex: string;
  display: boolean;
}

/** Longest formula between single dollars; longer ones are two prices in one paragraph. */
const longestInline = 400;

/**
 * The end of an inline formula that starts with the `$` at 0, or -1.
 * Pandoc: the opening dollar has a non-space on its right, the closing one a non-space on its left and no digit after it.
 * Ours on top: no letter or digit touches the outside of either dollar (`US$5`, `$HOME/$PATH`), and plain words after a
 * number are a price, not a formula (`$5 or 5$`).
 */
export function inlineMathsEnd(source: string, before: string): number {
  if (!source.startsWith('$') || source[1] === '$' || /[\p{L}\p{N}\\$]/u.test(before)) return -1;
  if (source.length < 3 || /\s/.test(source[1]!)) return -1;
  for (let at = 1; at < Math.min(source.length, longestInline); at++) {
    const character = source[at]!;
    if (character === '\\') {
      at++;
    } else if (character === '\n' && source[at + 1] === '\n') {
      return -1;
    } else if (character === '$') {
      if (/\s/.test(source[at - 1]!)) return -1;
      if (/[\p{L}\p{N}$]/u.test(source[at + 1] ?? '')) return -1;
      return looksLikeMoney(source.slice(1, at)) ? -1 : at + 1;
    }
  }
  return -1;
}

function looksLikeMoney(inner: string): boolean {
  if (/[\\^_{}=<>|+*/]/.test(inner)) return false;
  return /^\d[\d.,]*\s*\p{L}{2,}/u.test(inner) || /^[A-Z_]{2,}\b.*\s/.test(inner);
}

const delimited: readonly { open: string; pattern: RegExp; display: boolean }[] = [
  { open: '$$', pattern: /^\$\$((?:\\.|[^$\\])+?)\$\$/s, display: true },
  { open: '\\(', pattern: /^\\\(((?:(?!\\\)).)+?)\\\)/s, display: false },
  { open: '\\[', pattern: /^\\\[((?:(?!\\\]).)+?)\\\]/s, display: true },
];

function nearest(...places: readonly number[]): number | undefined {
  const found = places.filter((at) => at >= 0);
  return found.length === 0 ? undefined : Math.min(...found);
}

export const inlineMaths: TokenizerAndRendererExtension = {
  name: 'maths',
  level: 'inline',
  // Asked again behind every mark of a paragraph, over all that is left of it: a search for one character is ten times as fast as a pattern.
  start: (source) => nearest(source.indexOf('$'), source.indexOf('\\('), source.indexOf('\\[')),
  tokenizer(source, before): MathsToken | undefined {
    for (const { open, pattern, display } of delimited) {
      if (!source.startsWith(open)) continue;
      const match = pattern.exec(source);
      return match ? { type: 'maths', raw: match[0], tex: match[1]!.trim(), display } : undefined;
    }
    if (!source.startsWith('$')) return undefined;
    const end = inlineMathsEnd(source, before.at(-1)?.raw.at(-1) ?? '');
    return end < 0 ? undefined : { type: 'maths', raw: source.slice(0, end), tex: source.slice(1, end - 1), display: false };
  },
};

export const blockMaths: TokenizerAndRendererExtension = {
  name: 'mathsBlock',
  level: 'block',
  start: (source) => /(?:^|\n)(?:\$\$|\\\[)/.exec(source)?.index,
  tokenizer(source): MathsToken | undefined {
    const match = /^\$\$[ \t]*\n?((?:\\.|[^$\\])+?)\n?\$\$[ \t]*(?:\n|$)/s.exec(source) ?? /^\\\[((?:(?!\\\]).)+?)\\\][ \t]*(?:\n|$)/s.exec(source);
    return match ? { type: 'mathsBlock', raw: match[0], tex: match[1]!.trim(), display: true } : undefined;
  },
};
