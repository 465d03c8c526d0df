// Checks rounding against definitions written out here, over all 16-bit values and the borders between them.
/// <reference lib="esnext.float16" />
import { describe, expect, it } from 'vitest';
import { convertFloats, type FloatFormat } from '../../../core/convert/number-formats.js';
import { nearestBf16 } from './scratch.js';

const bytesPer = { F32: 4, F16: 2, BF16: 2 };

function convert(input: Uint8Array, from: FloatFormat, to: FloatFormat): { bytes: Uint8Array; nonFinite: number; overflowed: number } {
  const count = input.length / bytesPer[from];
  const target = new Uint8Array(count * bytesPer[to] + 4);
  const counts = convertFloats(input, from, target, to, count, new Float32Array(count));
  return { bytes: target.slice(0, count * bytesPer[to]), ...counts };
}

const all16 = Uint16Array.from({ length: 65_536 }, (_, i) => i);
const bytesOf = (array: { buffer: ArrayBufferLike }): Uint8Array => new Uint8Array(array.buffer);

/** One F16 from its definition: sign, 5 bits of exponent, 10 of fraction. */
function f16Value(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 31 ? (fraction === 0 ? Infinity : NaN) : exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits >> 15 === 1 ? -size : size;
}

describe('convertFloats', () => {
  it('widens every F16 value exactly, subnormals and infinities included', () => {
    const { bytes } = convert(bytesOf(all16), 'F16', 'F32');
    expect(new Float32Array(bytes.buffer)).toEqual(Float32Array.from(all16, f16Value));
  });

  it('widens every BF16 value exactly, NaN payloads included', () => {
    const { bytes } = convert(bytesOf(all16), 'BF16', 'F32');
    expect(new Uint32Array(bytes.buffer)).toEqual(Uint32Array.from(all16, (bits) => bits << 16));
  });

  it('narrows to the nearest F16, halfway cases to the even neighbour', () => {
    // Between each two neighbours: just below, exactly at and just above the middle.
    const finite = [...all16].filter((bits) => (bits & 0x7c00) !== 0x7c00 && (bits & 0x7fff) !== 0x7bff);
    const inputs: number[] = [];
    const expected: number[] = [];
    for (const bits of finite) {
      const middle = (f16Value(bits) + f16Value(bits + 1)) / 2;
      const nudge = Math.abs(middle) * 2 ** -20;
      const towardZero = middle - Math.sign(middle) * nudge;
      inputs.push(towardZero, middle, middle + Math.sign(middle) * nudge);
      expected.push(bits, bits % 2 === 0 ? bits : bits + 1, bits + 1);
    }
    const { bytes, overflowed } = convert(bytesOf(Float32Array.from(inputs)), 'F32', 'F16');
    expect(overflowed).toBe(0);
    expect(new Uint16Array(bytes.buffer)).toEqual(Uint16Array.from(expected));
  });

  it('narrows to the nearest BF16, halfway cases to the even neighbour', () => {
    const upper = [0x0000, 0x0001, 0x007f, 0x0080, 0x3f80, 0x3f81, 0x4049, 0x7f7e, 0xbf80, 0xc2ff, 0x8001];
    const lower = [0x0000, 0x0001, 0x7fff, 0x8000, 0x8001, 0xffff];
    const inputs = new Float32Array(Uint32Array.from(upper.flatMap((high) => lower.map((low) => ((high << 16) | low) >>> 0))).buffer);
    const { bytes } = convert(bytesOf(inputs), 'F32', 'BF16');
    const widened = convert(bytes, 'BF16', 'F32').bytes;
    expect([...new Float32Array(widened.buffer)]).toEqual([...inputs].map(nearestBf16));
  });

  it('keeps NaN a NaN and counts it as found, not as an overflow', () => {
    const nan = new Uint32Array([0x7f800001, 0xff800001, 0x7fc00000]);
    for (const to of ['F16', 'BF16'] as const) {
      const { bytes, nonFinite, overflowed } = convert(bytesOf(nan), 'F32', to);
      expect([...new Float32Array(convert(bytes, to, 'F32').bytes.buffer)]).toEqual([NaN, NaN, NaN]);
      expect({ nonFinite, overflowed }).toEqual({ nonFinite: 3, overflowed: 0 });
    }
  });

  it('counts finite values that become infinite', () => {
    const largest = 65_519.996; // rounds down to 65504; 65520 is the first that rounds up
    const toF16 = convert(bytesOf(Float32Array.of(largest, 65_520, -1e30, Infinity, 1)), 'F32', 'F16');
    expect([toF16.nonFinite, toF16.overflowed]).toEqual([1, 2]);
    const toBf16 = convert(bytesOf(Float32Array.of(3.4e38, 3.39e38, 1)), 'F32', 'BF16');
    expect([toBf16.nonFinite, toBf16.overflowed]).toEqual([0, 1]);
    const between = convert(bytesOf(Uint16Array.of(0x4780, 0x477f)), 'BF16', 'F16'); // 65536 and 65280
    expect([...new Float16Array(between.bytes.buffer)]).toEqual([Infinity, 65_280]);
    expect(between.overflowed).toBe(1);
  });
});
