// Owns how bytes become text: byte order marks, UTF-8 where it is valid, else a guess of the encoding.
import chardet from 'chardet';
import iconv from 'iconv-lite';

const sampleBytes = 256 * 1024;

/** `declared`: what the file says of itself, believed when UTF-8 does not fit. Nothing is lost silently: bytes without a meaning become U+FFFD. */
export function decodeText(bytes: Uint8Array, declared?: string): string {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return new TextDecoder('utf-8').decode(bytes);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decode(bytes, 'utf-16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decode(bytes, 'utf-16be');
  const wide = wideWithoutMark(bytes);
  if (wide) return decode(bytes, wide);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Not UTF-8: the guess follows.
  }
  const guess = declared && iconv.encodingExists(declared) ? declared : (chardet.detect(bytes.subarray(0, sampleBytes)) ?? 'windows-1252');
  // A guess of UTF-8 was just disproved, unless only a byte or two are wrong.
  if (/^utf-?8$/i.test(guess)) {
    const text = new TextDecoder('utf-8').decode(bytes);
    const wrong = text.split('\ufffd').length - 1;
    return wrong * 200 < text.length ? text : decode(bytes, 'windows-1252');
  }
  // Windows-1252 is what files that call themselves ISO-8859-1 are written in.
  return decode(bytes, /^iso-8859-1$/i.test(guess) || !iconv.encodingExists(guess) ? 'windows-1252' : guess);
}

function decode(bytes: Uint8Array, encoding: string): string {
  return iconv.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), encoding);
}

/** UTF-16 without a mark: every other byte is zero in text of Latin letters. */
function wideWithoutMark(bytes: Uint8Array): string | null {
  const sample = bytes.subarray(0, 4096);
  if (sample.length < 4) return null;
  let even = 0;
  let odd = 0;
  for (let i = 0; i + 1 < sample.length; i += 2) {
    if (sample[i] === 0) even++;
    if (sample[i + 1] === 0) odd++;
  }
  const pairs = sample.length >> 1;
  if (odd > pairs * 0.4 && even < pairs * 0.05) return 'utf-16le';
  if (even > pairs * 0.4 && odd < pairs * 0.05) return 'utf-16be';
  return null;
}

/** Text is what holds hardly any control characters. */
export function looksLikeText(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, 8192);
  if ((sample[0] === 0xff && sample[1] === 0xfe) || (sample[0] === 0xfe && sample[1] === 0xff) || wideWithoutMark(sample)) return true;
  let control = 0;
  for (const byte of sample) if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) control++;
  return control * 100 <= sample.length;
}
