// Makes bytes of random weights in ggml's formats: one pattern of blocks, repeated, so that any size costs no memory and no time.
import type { GgmlType } from '../../convert/ggml-types.js';
import { halfBits } from './half.js';

export type WeightType = 'f16' | 'q4_0' | 'q8_0';

/** A prime: no row length divides it, so the rows of a matrix begin at different places of the pattern. */
const patternBlocks = 4099;
/** The pattern is written out this many times, for few and long writes (about 1 MB in q4_0). */
const copies = 16;

/** A generator of 32-bit numbers that gives the same sequence everywhere (mulberry32). */
function randomBits(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z = (z + Math.imul(z ^ (z >>> 7), z | 61)) ^ z;
    return (z ^ (z >>> 14)) >>> 0;
  };
}

/** Standard deviation of the stored whole numbers: uniform over -8..7 and over -127..127. */
const spread = { q4_0: Math.sqrt((16 ** 2 - 1) / 12), q8_0: Math.sqrt((255 ** 2 - 1) / 12) } as const;

/**
 * Bytes of weights with about this standard deviation and a mean near zero; the end continues at the beginning.
 * @param type its `name` is f16, q4_0 or q8_0
 */
export function randomPattern(type: GgmlType, deviation: number, seed: number): Buffer {
  const random = randomBits(seed);
  const pattern = Buffer.alloc(patternBlocks * type.blockBytes);
  if (type.name === 'f16') {
    // Uniform over ±deviation·√3 has that deviation.
    for (let at = 0; at < pattern.length; at += 2) pattern.writeUInt16LE(halfBits(deviation * Math.sqrt(3) * (random() / 2 ** 31 - 1)), at);
  } else {
    const scale = halfBits(deviation / spread[type.name as keyof typeof spread]);
    for (let at = 0; at < pattern.length; at += type.blockBytes) {
      // Both formats are a scale, then the numbers: 16 bytes of two halves, or 32 signed bytes.
      // A q4_0 number is its four bits less 8, half a unit off zero on average; every second block turns its sign.
      const sign = (at / type.blockBytes) % 2 === 0 ? 0 : 0x8000;
      pattern.writeUInt16LE(scale | sign, at);
      for (let i = 2; i < type.blockBytes; i++) {
        const byte = random() >>> 24;
        pattern[at + i] = type.name === 'q8_0' && byte === 0x80 ? 0 : byte;
      }
    }
  }
  return Buffer.concat(Array.from({ length: copies }, () => pattern));
}
