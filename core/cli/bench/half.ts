// Turns numbers into the bits of half precision.

/** IEEE binary16, rounded to nearest; for numbers of ordinary size (a zero for less than 6e-5). */
export function halfBits(value: number): number {
  const sign = value < 0 ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size < 2 ** -14) return sign;
  const exponent = Math.floor(Math.log2(size));
  // The mantissa may round up to the next power of two; the carry then moves the exponent, as it should.
  return sign | (((exponent + 15) << 10) + Math.round((size / 2 ** exponent - 1) * 1024));
}
