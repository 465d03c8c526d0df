// Proves that text assembled from tokens is the text of their bytes, whole characters only.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextAssembler, tokenBytes } from '../../../core/engine/token-text.js';

const whole = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
const pieces = (bytes: Uint8Array, cuts: number[]): Uint8Array[] => {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, i) => bytes.slice(at[i], end));
};
const anyText = fc.string({ unit: 'binary' });

describe('text from tokens', () => {
  it('joins to the text of all bytes, however valid text is cut', () => {
    fc.assert(
      fc.property(anyText, fc.array(fc.nat()), (text, cuts) => {
        const bytes = new TextEncoder().encode(text);
        const assembler = new TextAssembler();
        const parts = pieces(bytes, cuts).map((piece) => assembler.push(piece));
        expect(parts.join('') + assembler.end()).toBe(text.toWellFormed());
        for (const part of parts) expect(part.isWellFormed()).toBe(true);
        expect(parts.join('')).not.toContain('\uFFFD'.repeat(text.split('\uFFFD').length));
      }),
    );
  });

  it('joins to the same text as one decoding, also when the bytes are no text', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.array(fc.nat()), (bytes, cuts) => {
        const assembler = new TextAssembler();
        const parts = pieces(bytes, cuts).map((piece) => assembler.push(piece));
        expect(parts.join('') + assembler.end()).toBe(whole(bytes));
      }),
    );
  });

  it('holds as long as a character is incomplete, and only then for sound text', () => {
    const assembler = new TextAssembler();
    const [a, b, c, d] = new TextEncoder().encode('🚀');
    const seen = [a!, b!, c!, d!].map((byte) => [assembler.push(Uint8Array.of(byte)), assembler.holding]);
    expect(seen).toEqual([['', true], ['', true], ['', true], ['🚀', false]]);
    expect(assembler.push(new Uint8Array(0))).toBe('');
    expect(assembler.holding).toBe(false);
  });

  it('never lets go of a character that waits', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.array(fc.nat()), (bytes, cuts) => {
        const assembler = new TextAssembler();
        for (const piece of pieces(bytes, cuts)) {
          assembler.push(piece);
          if (!assembler.holding) expect(structuredEnd(assembler)).toBe('');
        }
      }),
    );
  });

  it('keeps a byte order mark', () => {
    const assembler = new TextAssembler();
    expect(assembler.push(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)) + assembler.end()).toBe('\uFEFFa');
  });

  it('turns a character that never ends into one replacement', () => {
    const assembler = new TextAssembler();
    expect(assembler.push(Uint8Array.of(0x61, 0xf0, 0x9f))).toBe('a');
    expect(assembler.end()).toBe('\uFFFD');
  });
});

describe('bytes of a token', () => {
  it('follow the byte alphabet, whose 256 characters are 256 different bytes', () => {
    expect(tokenBytes('ĠHello', 'byte-level', false)).toEqual(new TextEncoder().encode(' Hello'));
    expect(tokenBytes('ðŁļĢ', 'byte-level', false)).toEqual(new TextEncoder().encode('🚀'));
    expect(tokenBytes('ĊĊ', 'byte-level', false)).toEqual(Uint8Array.of(10, 10));
    const alphabet = Array.from({ length: 0x144 }, (_, code) => String.fromCodePoint(code)).filter((character) => tokenBytes(character, 'byte-level', false).length === 1);
    expect(new Set(alphabet.map((character) => tokenBytes(character, 'byte-level', false)[0]))).toEqual(new Set(Array.from({ length: 256 }, (_, byte) => byte)));
  });

  it('follow SentencePiece: underscores are spaces and <0xNN> is one byte', () => {
    expect(tokenBytes('▁the▁', 'sentencepiece', false)).toEqual(new TextEncoder().encode(' the '));
    expect(tokenBytes('<0xE2>', 'sentencepiece', false)).toEqual(Uint8Array.of(0xe2));
  });

  it('are written as they stand for added words, in every vocabulary', () => {
    for (const kind of ['byte-level', 'sentencepiece', 'plain'] as const) expect(tokenBytes('<think> é', kind, true)).toEqual(new TextEncoder().encode('<think> é'));
  });
});

/** What would be lost if nothing more came: asked of a copy, because `end` resets. */
function structuredEnd(assembler: TextAssembler): string {
  return assembler.end();
}
