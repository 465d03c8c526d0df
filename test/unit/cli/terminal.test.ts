// Proves how the command line writes tables, progress and numbers.
import { describe, expect, it } from 'vitest';
import { fitDepths, median } from '../../../core/cli/bench.js';
import { wholeNumber, wholeNumbers } from '../../../core/cli/numbers.js';
import { bytes, printable, progressLine, short, sparkline, table } from '../../../core/cli/terminal.js';

describe('a table', () => {
  it('puts words to the left and numbers to the right', () => {
    expect(table(['name', 'ms'], [['a', '1.5'], ['longer', '120']])).toBe('name     ms\n──────  ───\na       1.5\nlonger  120');
  });
});

describe('a progress line', () => {
  it('is one line per tenth where nobody can rewrite it', () => {
    const written: string[] = [];
    const line = progressLine({ write: (text) => written.push(text) });
    for (let i = 0; i <= 100; i++) line.show('writing', i / 100);
    line.clear();
    expect(written).toHaveLength(11);
    expect(written[0]).toBe('  0 %  writing\n');
    expect(written.at(-1)).toBe('100 %  writing\n');
  });

  it('rewrites itself on a terminal and leaves nothing behind', () => {
    const written: string[] = [];
    const line = progressLine({ isTTY: true, columns: 80, write: (text) => written.push(text) });
    line.show('writing', 0.5);
    line.clear();
    expect(written[0]).toBe(`\r\u001B[K${'█'.repeat(12)}${'░'.repeat(12)}  50 %  writing`);
    expect(written.at(-1)).toBe('\r\u001B[K');
  });
});

describe('numbers', () => {
  it('have three digits and a unit', () => {
    expect([bytes(999), bytes(1000), bytes(2_787_840), bytes(11.4e9)]).toEqual(['999 B', '1.00 kB', '2.79 MB', '11.4 GB']);
    expect([short(1234.5), short(12.345), short(0.0005), short(0)]).toEqual(['1235', '12.3', '5.0e-4', '0.00']);
  });

  it('of a trace are bars from 1 down to 1e-4', () => {
    expect(sparkline([1, 1e-2, 1e-4, 0, 5])).toBe('█▅▁▁█');
  });

  it('are read from arguments only when they are whole and in range', () => {
    expect(wholeNumber(1, 128)('64')).toBe(64);
    for (const wrong of ['0', '129', '1.5', '', ' ', 'x', '1e1x', 'NaN']) expect(() => wholeNumber(1, 128)(wrong)).toThrow('whole number from 1 to 128');
    expect(wholeNumbers(1, 128)('1,4,16')).toEqual([1, 4, 16]);
    expect(() => wholeNumbers(1, 128)('1,,4')).toThrow();
  });
});

describe('a measurement', () => {
  it('is the median', () => {
    expect(median([3, 1, 100])).toBe(3);
    expect(median([4, 1])).toBe(2.5);
  });

  it('of several depths is a line', () => {
    const fit = fitDepths([1, 4, 16].map((steps) => ({ steps, msPerToken: 2 + 0.5 * steps })));
    expect(fit.msPerStep).toBeCloseTo(0.5, 9);
    expect(fit.fixedMs).toBeCloseTo(2, 9);
    expect(fitDepths([{ steps: 1, msPerToken: 1 }, { steps: 8, msPerToken: 20 }])).toEqual({ msPerStep: expect.closeTo(161 / 65, 9), fixedMs: 0 });
    expect(fitDepths([{ steps: null, msPerToken: 3 }])).toEqual({ msPerStep: null, fixedMs: null });
  });
});

describe('text of a model', () => {
  it('cannot control the terminal, but keeps lines, tabs and every script', () => {
    expect(printable('a\u001B]0;title\u0007b\u009B2Jc\rd\u007F')).toBe('abcd');
    expect(printable('x\n\ty é 你好 🚀')).toBe('x\n\ty é 你好 🚀');
  });
});

describe('what a model writes', () => {
  const escape = '\u001B';
  it.each([
    ['colours', `a${escape}[31mb${escape}[0m`, 'ab'],
    ['colours in eight bits', 'a\u009B31mb', 'ab'],
    ['a cleared screen', `${escape}[2J${escape}[Hab`, 'ab'],
    ['a window title', `a${escape}]0;owned\u0007b`, 'ab'],
    ['a title ended the other way', `a${escape}]2;owned${escape}\\b`, 'ab'],
    ['a link', `a${escape}]8;;https://evil.example${escape}\\click${escape}]8;;${escape}\\b`, 'aclickb'],
    ['writing to the clipboard', `a${escape}]52;c;ZXZpbA==\u0007b`, 'ab'],
    ['a device string', `a${escape}P+q544e${escape}\\b`, 'ab'],
    ['a question to the terminal', `a${escape}[cb${escape}[6n`, 'ab'],
    ['a reset', `a${escape}cb`, 'ab'],
    ['a return that writes over the line', 'safe\rrm -rf', 'saferm -rf'],
    ['backspaces', 'ab\b\bcd', 'abcd'],
    ['a bell and a NUL', 'a\u0007\0b', 'ab'],
    ['reordering', 'a\u202Eb\u2066c\u200Fd', 'abcd'],
    ['hidden tags', 'a\u{E0041}\u{E0042}b', 'ab'],
    ['half a sequence', `a${escape}`, 'a'],
    ['an endless title', `a${escape}]0;never ended`, 'a0;never ended'],
    ['lines and tabs', 'a\n\tb', 'a\n\tb'],
    ['joined emoji and accents', '👩\u200D💻 é', '👩\u200D💻 é'],
  ])('reaches a terminal without %s', (_what, written, shown) => {
    expect(printable(written)).toBe(shown);
  });

  it('cannot smuggle a sequence by being cut in two', () => {
    // oxlint-disable-next-line no-control-regex -- control characters are what it is about
    for (const whole of [`${escape}[31mx`, `${escape}]0;t\u0007x`]) for (let at = 1; at < whole.length; at++) expect(printable(whole.slice(0, at)) + printable(whole.slice(at))).not.toMatch(/[\u001B\u0007\u009B]/);
  });
});
