// Owns the proof that markdown grows without flicker, that dollars are money unless they are mathematics, and that no address is trusted.
import { describe, expect, it } from 'vitest';
import { BlockParser } from '../../renderer/markdown/blocks.js';
import { allowedLink } from '../../renderer/markdown/links.js';
import { languageOf } from '../../renderer/markdown/languages.js';
import { inlineMathsEnd } from '../../renderer/markdown/maths-rule.js';
import { readable } from '../../renderer/markdown/unfinished.js';
import type { Token } from 'marked';

function formulas(text: string): string[] {
  const found: string[] = [];
  const walk = (tokens: unknown): void => {
    for (const token of (Array.isArray(tokens) ? tokens : []) as Token[]) {
      if (token.type === 'maths' || token.type === 'mathsBlock') found.push((token as unknown as { tex: string }).tex);
      const nested = token as { tokens?: unknown; items?: unknown; header?: unknown; rows?: unknown[] };
      walk(nested.tokens);
      walk(nested.items);
      walk(nested.header);
      for (const row of nested.rows ?? []) walk(row);
    }
  };
  walk(new BlockParser().update(text, false).map(({ token }) => token));
  return found;
}

describe('dollars', () => {
  it.each([
    'It costs $5 and then $10.', 'Between $5-$10 a month.', 'US$5, A$6 and C$7.', 'From $1,000 to $2,000.', 'I owe you $20, you owe me $30.', '$5 or 5$',
    'echo $HOME and $PATH', '$HOME/$PATH', 'export A=$B C=$D', 'cp $SRC $DST', 'for f in $FILES; do echo $f; done', 'the regex ^a$ or ^b$ here', 'a $ sign and a $ sign',
    'price: 5$ (five), 6$ (six)', 'Pay $5 million or $6 million today', '$5', '$', '$$', 'It is $ 5 $ in total', 'He paid \\$5 and \\$6.', '`$x$` stays code',
    'awk \'{print $1, $2}\'', 'PS1="$ "; echo "$?"', 'save $3.50 here, $2.25 there',
  ])('are no mathematics in: %s', (line) => {
    expect(formulas(line)).toEqual([]);
  });

  it.each([
    ['The formula $E = mc^2$ is old.', ['E = mc^2']],
    ['$x$ and $y$', ['x', 'y']],
    ['($n$-th) and $a$.', ['n', 'a']],
    ['$1 + 1 = 2$', ['1 + 1 = 2']],
    ['It costs $5, and $x_1$ is a variable', ['x_1']],
    ['$$a^2$$', ['a^2']],
    ['Text with $$b$$ inside', ['b']],
    ['\\(c\\) and \\[d\\]', ['c', 'd']],
    ['$$\n\\frac{1}{2}\n$$', ['\\frac{1}{2}']],
    ['- item $\\alpha$\n\n| a |\n| - |\n| $\\beta$ |', ['\\alpha', '\\beta']],
    ['**bold $k$**', ['k']],
  ])('are mathematics in: %s', (line, expected) => {
    expect(formulas(line)).toEqual(expected);
  });

  it('follow Pandoc: no space inside, no digit after the closing one', () => {
    expect(['$a$', '$ a$', '$a $', '$a$5', '$a$b'].map((line) => inlineMathsEnd(line, ''))).toEqual([3, -1, -1, -1, -1]);
  });
});

describe('blocks', () => {
  const text = '# Title\n\nA paragraph with **bold**.\n\n- one\n- two\n\n  more of two\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n```js\nlet a = `1`;\n```\n\n> quoted\n\n1. x\n2. y\n\nThe end $x$.\n';

  it('are the same whether the text came at once or letter by letter', () => {
    const growing = new BlockParser();
    for (let at = 1; at <= text.length; at++) growing.update(text.slice(0, at), true);
    const shape = (parser: BlockParser): unknown => parser.update(text, false).map(({ start, raw, token }) => [start, raw, token.type]);
    expect(shape(growing)).toEqual(shape(new BlockParser()));
  });

  it('keep the identity of settled ones while the last grows', () => {
    const parser = new BlockParser();
    const before = parser.update('One.\n\nTwo.\n\nThr', true);
    const after = parser.update('One.\n\nTwo.\n\nThree', true);
    expect([before.length, after[0] === before[0], after[1] === before[1], after[2]?.raw]).toEqual([3, true, true, 'Three']);
  });

  it('say where they start in the text', () => {
    for (const { start, raw } of new BlockParser().update(text, false)) expect(text.slice(start, start + raw.length)).toBe(raw);
  });

  it('never show a type of block that the next letter takes back', () => {
    const types = new Set<string>();
    const parser = new BlockParser();
    const line = 'Some text\n- a\n- b\n\nmore\n\n| x | y |\n| - | - |\n| 1 | 2 |\n';
    for (let at = 1; at <= line.length; at++) for (const { token } of parser.update(line.slice(0, at), true)) types.add(token.type);
    expect([...types].toSorted()).toEqual(['list', 'paragraph', 'table']);
  });

  it('survive both kinds of line end without losing their place', () => {
    const windows = 'One.\r\n\r\nTwo **b**.\r\n';
    expect(new BlockParser().update(windows, false).map(({ start, raw }) => windows.slice(start, start + 3) === raw.slice(0, 3))).toEqual([true, true]);
  });

  it('start anew when the text is another one', () => {
    const parser = new BlockParser();
    parser.update('A long beginning.\n\nAnd more', true);
    expect(parser.update('Other', true).map(({ raw }) => raw)).toEqual(['Other']);
  });
});

describe('unfinished text', () => {
  it.each([
    ['a **bo', 'a **bo**'], ['a **bold*', 'a **bold**'], ['an *it', 'an *it*'], ['some `co', 'some `co`'], ['text **', 'text '], ['see [the li', 'see the li'],
    ['see [the link](https://exa', 'see the link'], ['Title\n--', 'Title\n'], ['Title\n=', 'Title\n'], ['list\n-', 'list\n'], ['end\n``', 'end\n'], ['~~gone', '~~gone~~'],
    ['plain text', 'plain text'], ['2 * 3', '2 * 3'], ['2*3', '2*3'], ['*a* and *b', '*a* and *b*'], ['done **b** and', 'done **b** and'],
  ])('%j reads as %j', (source, expected) => {
    expect(readable(source)).toBe(expected);
  });
  it('leaves the inside of a fence alone', () => {
    expect(readable('```\n**not bold\n- x\n-')).toBe('```\n**not bold\n- x\n-');
  });
  it('holds back a closing fence that has only begun', () => {
    expect(readable('```\ncode\n``')).toBe('```\ncode');
  });
  it('shows a table from its header on', () => {
    expect(readable('| a | b |')).toBe('| a | b |\n|---|---|');
  });
  it('holds back display mathematics until it is whole', () => {
    expect(readable('Then\n\n$$\\frac{1}')).toBe('Then\n\n');
  });
});

describe('addresses', () => {
  it.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'vbscript:x', '/relative', '#anchor', 'blob:x', 'java\nscript:alert(1)', ''])('%j is no link', (href) => {
    expect(allowedLink(href)).toBeNull();
  });
  it.each([['https://example.org/a?b=c', 'https://example.org/a?b=c'], ['http://x.org', 'http://x.org/'], ['mailto:a@b.org', 'mailto:a@b.org']])('%j may be offered', (href, shown) => {
    expect(allowedLink(href)).toBe(shown);
  });
});

describe('languages', () => {
  it('are known by the names models write', () => {
    expect(['py', 'TypeScript', 'c++', 'sh title=x', 'brainfuck', '', undefined, 'constructor'].map(languageOf)).toEqual(['python', 'typescript', 'cpp', 'bash', null, null, null, null]);
  });
});

describe('a paragraph without end', () => {
  const sentence = 'The latent state moves a little with every step, and then it *settles*. A small step is enough; a hard question needs `more` of them. ';
  const text = sentence.repeat(120);

  it('is cut into the same stretches whether it came at once or piece by piece', () => {
    const growing = new BlockParser();
    for (let at = 7; at < text.length; at += 7) growing.update(text.slice(0, at), true);
    const streamed = growing.update(text, true)[0]?.fragments?.map(({ start, raw }) => [start, raw.trimEnd()]);
    const whole = new BlockParser().update(text, false)[0]?.fragments?.map(({ start, raw }) => [start, raw.trimEnd()]);
    expect([streamed, (whole?.length ?? 0) > 3]).toEqual([whole, true]);
  });

  it('loses no letter at the cuts', () => {
    const [block] = new BlockParser().update(text, false);
    expect(block?.fragments?.map(({ raw }) => raw).join('')).toBe(text);
    for (const { start, raw } of block?.fragments ?? []) expect(text.slice(start, start + raw.length)).toBe(raw);
  });

  it('is followed by other blocks as ever', () => {
    const parser = new BlockParser();
    const all = `${text}\n\n- a list\n\nThe end.`;
    for (let at = 11; at < all.length; at += 11) parser.update(all.slice(0, at), true);
    expect(parser.update(all, true).map(({ token, start }) => [token.type, start])).toEqual(new BlockParser().update(all, false).map(({ token, start }) => [token.type, start]));
  });

  it('keeps the same stretches as it grows', () => {
    const parser = new BlockParser();
    const before = parser.update(text.slice(0, 9000), true)[0]!.fragments!;
    const after = parser.update(text.slice(0, 9300), true)[0]!.fragments!;
    expect([before.length > 2, after[0] === before[0], after[1] === before[1]]).toEqual([true, true, true]);
  });
});
