// Proves the pace of token batches and that no record ever cuts a character in two.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenRecord } from '../../../core/contract/recurrence.js';
import { createTokenBatches, type Clock } from '../../../core/engine/token-batches.js';

function fakeClock(): Clock & { advance(ms: number): void } {
  let nowMs = 1000;
  let timers: { at: number; callback: () => void }[] = [];
  return {
    now: () => nowMs,
    later(callback, delayMs) {
      const timer = { at: nowMs + delayMs, callback };
      timers.push(timer);
      return () => void (timers = timers.filter((other) => other !== timer));
    },
    advance(ms) {
      nowMs += ms;
      const due = timers.filter(({ at }) => at <= nowMs);
      timers = timers.filter(({ at }) => at > nowMs);
      for (const { callback } of due) callback();
    },
  };
}

const token = (index: number): Omit<TokenRecord, 'text'> => ({ index, id: index, steps: 4, exitReason: 'limit', trace: [] });
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('batches of tokens', () => {
  it('send the first token at once and then at most one batch per 16 ms', () => {
    const clock = fakeClock();
    const sent: number[][] = [];
    const batches = createTokenBatches((tokens) => sent.push(tokens.map(({ index }) => index)), clock);
    batches.push(token(0), bytesOf('a'));
    expect(sent).toEqual([[0]]);
    clock.advance(5);
    batches.push(token(1), bytesOf('b'));
    batches.push(token(2), bytesOf('c'));
    clock.advance(10);
    expect(sent).toEqual([[0]]);
    clock.advance(1);
    expect(sent).toEqual([[0], [1, 2]]);
  });

  it('send after 8 tokens even if no time has passed', () => {
    const clock = fakeClock();
    const sent: number[] = [];
    const batches = createTokenBatches((tokens) => sent.push(tokens.length), clock);
    for (let index = 0; index < 20; index++) batches.push(token(index), bytesOf('x'));
    expect(sent).toEqual([1, 8, 8]);
    batches.end();
    expect(sent).toEqual([1, 8, 8, 3]);
    clock.advance(100);
    expect(sent).toEqual([1, 8, 8, 3]);
  });

  it('hold the records of a character until its last token is there', () => {
    const sent: TokenRecord[] = [];
    const batches = createTokenBatches((tokens) => sent.push(...tokens), fakeClock());
    const [a, b, c, d] = bytesOf('🚀');
    batches.push(token(0), Uint8Array.of(a!, b!));
    batches.push(token(1), Uint8Array.of(c!));
    expect(sent).toEqual([]);
    batches.push(token(2), Uint8Array.of(d!));
    expect(sent.map(({ text }) => text)).toEqual(['', '', '🚀']);
  });

  it('are never longer than 8, also when a character of several tokens comes on top', () => {
    const sent: number[] = [];
    const batches = createTokenBatches((tokens) => sent.push(tokens.length), fakeClock());
    for (let index = 0; index < 8; index++) batches.push(token(index), bytesOf('x'));
    const [a, b, c, d] = bytesOf('🚀');
    for (const byte of [a!, b!, c!, d!]) batches.push(token(0), Uint8Array.of(byte));
    expect(sent).toEqual([1, 8, 3]);
  });

  it('lose no byte at the end: what never became a character is one replacement on the last record', () => {
    const sent: TokenRecord[] = [];
    const batches = createTokenBatches((tokens) => sent.push(...tokens), fakeClock());
    batches.push(token(0), bytesOf('ok'));
    batches.push(token(1), Uint8Array.of(0xe2, 0x82));
    batches.end();
    expect(sent.map(({ text }) => text)).toEqual(['ok', '\uFFFD']);
  });

  it('send every token once, in order, with texts that join to the text of all bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ bytes: fc.uint8Array({ maxLength: 5 }), waitMs: fc.nat(20) })), (pushes) => {
        const clock = fakeClock();
        const sent: TokenRecord[] = [];
        const batches = createTokenBatches((tokens) => {
          expect(tokens.length).toBeGreaterThan(0);
          expect(tokens.length).toBeLessThanOrEqual(8);
          sent.push(...tokens);
        }, clock);
        for (const [index, { bytes, waitMs }] of pushes.entries()) {
          batches.push(token(index), bytes);
          clock.advance(waitMs);
        }
        batches.end();
        expect(sent.map(({ index }) => index)).toEqual(pushes.map((_, index) => index));
        const all = Uint8Array.from(pushes.flatMap(({ bytes }) => [...bytes]));
        expect(sent.map(({ text }) => text).join('')).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(all));
        for (const { text } of sent) expect(text.isWellFormed()).toBe(true);
      }),
    );
  });
});
