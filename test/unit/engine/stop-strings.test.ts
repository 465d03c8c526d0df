// Proves that an answer ends exactly before the first stop string, however the text is cut into tokens, and that nothing else is lost.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenRecord } from '../../../core/contract/recurrence.js';
import { createStopStrings } from '../../../core/engine/stop-strings.js';

const record = (index: number, text: string): TokenRecord => ({ index, id: index, text, steps: 4, exitReason: 'limit', trace: [] });

/** Pushes pieces one by one until a hit, as the engine does. */
function run(pieces: readonly string[], stop: readonly string[]): { out: TokenRecord[]; hit: boolean; held: number[] } {
  const stops = createStopStrings(stop);
  const out: TokenRecord[] = [];
  const held: number[] = [];
  for (const [index, piece] of pieces.entries()) {
    out.push(...stops.push([record(index, piece)]));
    if (stops.hit) return { out, hit: true, held };
    held.push(pieces.slice(0, index + 1).join('').length - out.map(({ text }) => text).join('').length);
  }
  out.push(...stops.end());
  return { out, hit: false, held };
}

const letters = fc.constantFrom('a', 'b', 'c', '\n', 'é', '🚀');
const text = fc.array(letters, { maxLength: 30 }).map((parts) => parts.join(''));
const pieces = fc.array(fc.array(letters, { maxLength: 4 }).map((parts) => parts.join('')), { maxLength: 20 });
const stop = fc.array(fc.array(letters, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')), { maxLength: 3 });

describe('stop strings', () => {
  it('end the text where the first of them begins, wherever the tokens are cut', () => {
    fc.assert(
      fc.property(pieces, stop, (given, stops) => {
        const { out, hit } = run(given, stops);
        const places = stops.map((s) => given.join('').indexOf(s)).filter((at) => at >= 0);
        expect(hit).toBe(places.length > 0);
        expect(out.map((r) => r.text).join('')).toBe(hit ? expectedCut(given, stops) : given.join(''));
        expect(out.map((r) => r.index)).toEqual(out.map((_, at) => at));
      }),
      { numRuns: 2000 },
    );
  });

  it('keep every record whole when none comes', () => {
    fc.assert(
      fc.property(pieces, (given) => {
        const { out, hit } = run(given, ['x']);
        expect(hit).toBe(false);
        expect(out).toEqual(given.map((piece, index) => record(index, piece)));
      }),
    );
  });

  it('hold back less than the longest of them and the token it may begin in', () => {
    fc.assert(
      fc.property(text, stop, (given, stops) => {
        const { held } = run([...given].map((c) => c), stops);
        const longest = Math.max(0, ...stops.map((s) => s.length));
        for (const waiting of held) expect(waiting).toBeLessThanOrEqual(longest + 1);
      }),
    );
  });

  it('cut the token in which one begins and drop those after it', () => {
    const { out } = run(['Hello', ' wor', 'ld.\n', '\nUser', ': hi'], ['\n\nUser:']);
    expect(out.map((r) => r.text)).toEqual(['Hello', ' wor', 'ld.']);
  });

  it('let a false beginning go', () => {
    expect(run(['a', '\n', 'b'], ['\n\n']).out.map((r) => r.text)).toEqual(['a', '\n', 'b']);
  });
});

/** The text as it was when the first string was complete, cut where that string began. */
function expectedCut(given: readonly string[], stops: readonly string[]): string {
  let seen = '';
  for (const piece of given) {
    seen += piece;
    const places = stops.map((s) => seen.indexOf(s)).filter((at) => at >= 0);
    if (places.length > 0) return seen.slice(0, Math.min(...places));
  }
  throw new Error('no stop string');
}
