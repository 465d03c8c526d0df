// Owns characters that change how text looks without being seen: which they are, and cutting a text at them.

/** Overrides and embeddings reorder what is read; tag characters and controls carry text that nobody sees. Nowhere shown as they are. */
const everywhere = String.raw`\u202A-\u202E\uFFF9-\uFFFB\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u{E0000}-\u{E007F}`;
/** Honest in running text (Persian, emoji, line breaks, mixed directions); in code and addresses they hide a difference. */
const inCode = String.raw`\u200B-\u200F\u061C\u2060-\u2064\u2066-\u206F\uFEFF\u00AD\u115F\u1160\u3164\uFFA0\u2800\u2028\u2029`;
const patterns = {
  // The flags of England, Scotland and Wales are a black flag with tags behind it.
  // An emoji has four joiners at most; thousands in a row are one letter to a browser, which takes minutes to shape it.
  prose: new RegExp(`\\u200D(?<=(?:[^\\u200D]{1,3}\\u200D){8})|(?:(?<!\\u{1F3F4}[\\u{E0000}-\\u{E007F}]*)[${everywhere}])+`, 'gu'),
  code: new RegExp(`[${everywhere}${inCode}]+`, 'gu'),
} as const;

export interface Stretch {
  text: string;
  /** Offset in the text that was cut. */
  at: number;
  /** Names of the hidden characters it stands for, or null for ordinary text. */
  hidden: string | null;
}

const nameOf = (character: string): string => `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;

/** Cuts a text into ordinary stretches and hidden ones. A hidden one becomes as many replacement characters: offsets stay true. */
export function cutAtHidden(text: string, where: keyof typeof patterns): Stretch[] {
  const stretches: Stretch[] = [];
  let from = 0;
  for (const match of text.matchAll(patterns[where])) {
    if (match.index > from) stretches.push({ text: text.slice(from, match.index), at: from, hidden: null });
    const names = Array.from(match[0].slice(0, 64), nameOf);
    stretches.push({ text: '\uFFFD'.repeat(match[0].length), at: match.index, hidden: names.slice(0, 8).join(' ') + (names.length > 8 ? ' …' : '') });
    from = match.index + match[0].length;
  }
  if (from < text.length || stretches.length === 0) stretches.push({ text: text.slice(from), at: from, hidden: null });
  return stretches;
}

/** A text for a place without markup, for example a tip or an address: hidden characters replaced. */
export const withoutHidden = (text: string): string => text.replace(patterns.code, (found) => '\uFFFD'.repeat(found.length));
