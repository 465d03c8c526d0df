// Proves that every recovery code survives being written down and typed again, and that a slip is noticed.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeRecoveryCode, readCode, recoveryBytes, writeCode } from '../../../core/services/vault/recovery-code.js';

const anyBytes = fc.uint8Array({ minLength: recoveryBytes, maxLength: recoveryBytes });

describe('a recovery code', () => {
  it('is nine groups of four, without letters that look like others', () => {
    expect(makeRecoveryCode().code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){8}[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(makeRecoveryCode().code).not.toBe(makeRecoveryCode().code);
  });

  it('is read back as what it was, in any case, with O for 0, I or L for 1, and blanks anywhere', () => {
    fc.assert(fc.property(anyBytes, fc.infiniteStream(fc.constantFrom('', ' ', '-', '  ', '–')), fc.boolean(), fc.constantFrom('I', 'L', 'l'), (bytes, gaps, lower, one) => {
      const messy = [...writeCode(bytes).replaceAll('-', '').replaceAll('0', 'O').replaceAll('1', one)].map((character) => character + gaps.next().value).join('');
      expect(readCode(lower ? messy.toLowerCase() : messy)).toEqual(Buffer.from(bytes));
    }));
  });

  it('with any one character mistaken, lost or doubled is refused, but for one slip in a million', () => {
    let accepted = 0;
    fc.assert(fc.property(anyBytes, fc.nat(35), fc.constantFrom(...'0123456789ABCDEFGHJKMNPQRSTVWXYZ'), fc.constantFrom('mistaken', 'lost', 'doubled'), (bytes, at, other, slip) => {
      const plain = writeCode(bytes).replaceAll('-', '');
      const kept = plain[at]!;
      fc.pre(other !== kept);
      const put = { mistaken: other, lost: '', doubled: kept + kept }[slip];
      if (readCode(plain.slice(0, at) + put + plain.slice(at + 1)) !== null) accepted += 1;
    }));
    expect(accepted).toBe(0);
  });

  it('is never read out of what is none', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => {
      const found = readCode(text);
      if (found) expect(writeCode(found).replaceAll('-', '')).toHaveLength(36);
      else expect(found).toBeNull();
    }));
  });
});
