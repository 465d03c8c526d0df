// Owns the written form of a recovery code: 160 random bits as nine groups of four characters, the last one a checksum.
import { createHash, randomBytes } from 'node:crypto';

/** Crockford's base 32: no I, L, O and U, so that nothing is mistaken for a digit. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
export const recoveryBytes = 20;
const charactersOfCode = 32;
const charactersOfSum = 4;

/** Eight characters for every five bytes. */
function toBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return text;
}

function checksum(bytes: Uint8Array): string {
  return toBase32(createHash('sha256').update('plumb recovery code').update(bytes).digest().subarray(0, 5)).slice(0, charactersOfSum);
}

export function makeRecoveryCode(): { bytes: Buffer; code: string } {
  const bytes = randomBytes(recoveryBytes);
  return { bytes, code: writeCode(bytes) };
}

export function writeCode(bytes: Uint8Array): string {
  return (toBase32(bytes) + checksum(bytes)).replace(/(.{4})(?=.)/g, '$1-');
}

/** The bytes of a code as somebody typed it: any case, blanks and dashes anywhere, O for 0, I or L for 1. null: a slip, or not a code. */
export function readCode(typed: string): Buffer | null {
  const plain = typed.toUpperCase().replace(/[\s\-–—_.]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  if (plain.length !== charactersOfCode + charactersOfSum) return null;
  const bytes = Buffer.alloc(recoveryBytes);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const character of plain.slice(0, charactersOfCode)) {
    const value = alphabet.indexOf(character);
    if (value < 0) return null;
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >> bits;
      held &= (1 << bits) - 1;
    }
  }
  return checksum(bytes) === plain.slice(charactersOfCode) ? bytes : null;
}
