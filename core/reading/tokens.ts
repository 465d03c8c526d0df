// Owns the estimate of how many tokens a text is for a model nobody has named yet.

/**
 * Weight of a text in tokens. Multiples of 1/32, so that sums are exact. Additive over pieces that are cut between words, which is what lets passages be filled piece by piece.
 * Calibration: docs/documents.md, "Reading".
 */
export function tokenWeight(text: string): number {
  let weight = 0;
  for (const match of text.matchAll(/[\p{Ll}\p{Lu}\p{M}]+|\p{Nd}+|[\t \u00a0]+|\n+|./gsu)) {
    const piece = match[0];
    const first = piece.codePointAt(0) ?? 0;
    if (isLetter(first)) weight += wordWeight(piece);
    else if (first >= 0x30 && first <= 0x39) weight += piece.length;
    else if (first === 0x20 || first === 0x09 || first === 0xa0) weight += piece.length === 1 ? 0 : 1;
    else if (first === 0x0a) weight += 1;
    // A byte of UTF-8 is the least a byte-level vocabulary falls back to.
    else weight += first < 0x80 ? 1 : first < 0x800 ? 1.5 : first < 0x3000 ? 2 : first < 0x10000 ? 1.625 : 3;
  }
  return weight;
}

/** At least 1 for a text that is not empty. */
export function estimateTokens(text: string): number {
  return Math.ceil(tokenWeight(text));
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || (code >= 0xc0 && code < 0x2000);
}

function wordWeight(word: string): number {
  // oxlint-disable-next-line no-control-regex
  const foreign = word.length - word.replace(/[^\u0000-\u007f]/g, '').length;
  const capitals = word.length > 1 ? word.slice(1).replace(/[^A-Z]/g, '').length : 0;
  // Below a quarter a letter, so that the parts of a word that had to be cut never weigh less than the word.
  return 1 + Math.max(0, word.length - 4) * 0.21875 + foreign * 0.75 + capitals * 0.375;
}
