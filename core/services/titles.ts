// Owns naming a conversation after its first message, without asking a model.

const longest = 60;
/** What a person sees as one character may be several code points. */
const segmenter = new Intl.Segmenter();

/** The first line with words in it, without markdown's marks, cut at a word. Empty when there is none. */
export function titleFrom(text: string): string {
  const line = text.split(/\r?\n/).map(plain).find((candidate) => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(candidate)) ?? '';
  const letters = [...segmenter.segment(line)].map(({ segment }) => segment);
  if (letters.length <= longest) return line;
  const cut = letters.slice(0, longest).join('');
  const space = cut.lastIndexOf(' ');
  return `${(space > longest / 2 ? cut.slice(0, space) : cut).replace(/[\s,;:.–-]+$/u, '')}…`;
}

function plain(line: string): string {
  return line
    .replace(/^\s*(#{1,6}|>|[-*+]|\d+[.)])\s+/, '')
    .replace(/^\s*(```|~~~).*$/, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    // Marks at the edges of words only: snake_case and 2 * 3 are not emphasis.
    .replace(/(?<![\p{L}\p{N}])([*_`~]{1,3})(\S(?:.*?\S)?)\1(?![\p{L}\p{N}])/gu, '$2')
    .replace(/[\p{Cc}\p{Co}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
