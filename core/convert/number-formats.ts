// Converts blocks of F32, F16 and BF16 numbers into each other, and counts what does not survive.
/// <reference lib="esnext.float16" />

/** The number formats a checkpoint may use and a plain GGUF may be written in. Values are stored little-endian. */
export type FloatFormat = 'F32' | 'F16' | 'BF16';

export const FLOAT_BYTES: Readonly<Record<FloatFormat, number>> = { F32: 4, F16: 2, BF16: 2 };

export function isFloatFormat(dtype: string): dtype is FloatFormat {
  return Object.hasOwn(FLOAT_BYTES, dtype);
}

export interface FormatCounts {
  /** NaN and infinities that the source already holds. */
  nonFinite: number;
  /** Finite source values that became an infinity because the target's range is smaller. */
  overflowed: number;
}

/**
 * Rewrites `count` numbers. Rounds to nearest, ties to even; subnormals are kept; BF16 and F16 to F32 is exact.
 * `source` and `target` start at an offset that is a multiple of 4 in their buffers and hold at least `count` numbers.
 * `scratch` (Float32Array of at least `count`) is used between the two 16-bit formats.
 */
export function convertFloats(source: Uint8Array, from: FloatFormat, target: Uint8Array, to: FloatFormat, count: number, scratch: Float32Array): FormatCounts {
  const nonFinite = countNonFinite(source, from, count);
  if (from === to) {
    target.set(source.subarray(0, count * FLOAT_BYTES[from]));
    return { nonFinite, overflowed: 0 };
  }
  const wide = from === 'F32' ? floatsOf(source, count) : to === 'F32' ? floatsOf(target, count) : scratch.subarray(0, count);
  if (from === 'F16') wide.set(new Float16Array(source.buffer, source.byteOffset, count));
  if (from === 'BF16') widenBf16(new Uint16Array(source.buffer, source.byteOffset, count), wide);
  if (to === 'F16') new Float16Array(target.buffer, target.byteOffset, count).set(wide);
  if (to === 'BF16') narrowToBf16(wide, new Uint16Array(target.buffer, target.byteOffset, count));
  // Rounding never turns a NaN or an infinity into a finite number, so every additional one is an overflow.
  return { nonFinite, overflowed: to === 'F32' ? 0 : countNonFinite(target, to, count) - nonFinite };
}

function floatsOf(bytes: Uint8Array, count: number): Float32Array {
  return new Float32Array(bytes.buffer, bytes.byteOffset, count);
}

/** BF16 is the upper half of an F32, so widening is exact, NaN payloads included. */
function widenBf16(source: Uint16Array, target: Float32Array): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset, source.length);
  for (let i = 0; i < source.length; i++) bits[i] = (source[i] as number) << 16;
}

function narrowToBf16(source: Float32Array, target: Uint16Array): void {
  const bits = new Uint32Array(source.buffer, source.byteOffset, target.length);
  for (let i = 0; i < target.length; i++) {
    const value = bits[i] as number;
    // A NaN whose payload sits in the lower half would round to infinity: keep it a quiet NaN.
    target[i] = (value & 0x7fffffff) > 0x7f800000 ? (value >>> 16) | 0x40 : (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  }
}

function countNonFinite(bytes: Uint8Array, format: FloatFormat, count: number): number {
  let found = 0;
  if (format === 'F32') {
    const bits = new Uint32Array(bytes.buffer, bytes.byteOffset, count);
    for (let i = 0; i < count; i++) if (((bits[i] as number) & 0x7f800000) === 0x7f800000) found++;
    return found;
  }
  const exponent = format === 'F16' ? 0x7c00 : 0x7f80;
  const bits = new Uint16Array(bytes.buffer, bytes.byteOffset, count);
  for (let i = 0; i < count; i++) if (((bits[i] as number) & exponent) === exponent) found++;
  return found;
}
