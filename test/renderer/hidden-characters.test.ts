// Proves which characters are shown as hidden, where, and that offsets stay true.
import { describe, expect, it } from 'vitest';
import { isBeyondReason } from '../../renderer/markdown/bounds.js';
import { cutAtHidden, withoutHidden } from '../../renderer/markdown/hidden-characters.js';

const shown = (text: string, where: 'prose' | 'code'): string => cutAtHidden(text, where).map(({ text: part, hidden }) => (hidden === null ? part : `[${hidden}]`)).join('');

describe('hidden characters', () => {
  it.each([
    ['an override', 'a\u202Eb', 'a[U+202E]b', 'a[U+202E]b'],
    ['an isolate', 'a\u2066b', 'a\u2066b', 'a[U+2066]b'],
    ['a zero-width space', 'a\u200Bb', 'a\u200Bb', 'a[U+200B]b'],
    ['an escape', 'a\u001B[31mb', 'a[U+001B][31mb', 'a[U+001B][31mb'],
    ['text in tags', 'a\u{E0061}\u{E0062}b', 'a[U+E0061 U+E0062]b', 'a[U+E0061 U+E0062]b'],
    ['a soft hyphen', 'a\u00ADb', 'a\u00ADb', 'a[U+00AD]b'],
    ['Persian with a joiner', 'می\u200Cخواهم', 'می\u200Cخواهم', 'می[U+200C]خواهم'],
    ['a family', '👩\u200D👩\u200D👧\u200D👦', '👩\u200D👩\u200D👧\u200D👦', '👩[U+200D]👩[U+200D]👧[U+200D]👦'],
    ['the flag of Scotland', '🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}', '🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}', '🏴[U+E0067 U+E0062 U+E0073 U+E0063 U+E0074 U+E007F]'],
    ['ordinary text', 'a\n\tb é 你好 🚀', 'a\n\tb é 你好 🚀', 'a\n\tb é 你好 🚀'],
  ])('%s', (_what, text, prose, code) => {
    expect([shown(text, 'prose'), shown(text, 'code')]).toEqual([prose, code]);
    for (const where of ['prose', 'code'] as const) expect(cutAtHidden(text, where).map(({ text: part }) => part).join('')).toHaveLength(text.length);
  });

  it('of thousands of joined emoji are broken up', () => {
    expect(cutAtHidden('👩\u200D'.repeat(1000), 'prose').filter(({ hidden }) => hidden !== null).length).toBeGreaterThan(100);
  });

  it('never reach a tip', () => expect(withoutHidden('a\u202Eb\u200B')).toBe('a\uFFFDb\uFFFD'));
});

describe('markdown beyond reason', () => {
  it.each([['quotes', `${'>'.repeat(1000)}x`], ['lists', `${'- '.repeat(1000)}x`], ['indented lists', `${' '.repeat(200)}- x`], ['emphasis', '*a '.repeat(5000)], ['brackets', '['.repeat(5000)]])('is %s', (_what, text) => expect(isBeyondReason(text)).toBe(true));
  it.each([['a long rule', '-'.repeat(200)], ['a spaced rule', '* '.repeat(100)], ['three quotes', '> > > x'], ['a deep list', `${' '.repeat(20)}- x`], ['a long text', '**bold** and `code`.\n\n'.repeat(5000)]])('is not %s', (_what, text) => expect(isBeyondReason(text)).toBe(false));
});
