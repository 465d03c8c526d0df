// Owns naming a conversation after its first message, without asking a model.

const longest = 60;

/** The first line with words in it, without markdown's marks, cut at a word. Empty when there is none. */
export function titleFrom(text: string): string {
  const line = text.split(/\r?\n/).map(plain).find((candidate) => /[\p{L}\p{N}]/u.test(candidate)) ?? '';
  const letters = [...line];
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
    .replace(/[*_`~]{1,3}(\S(?:.*?\S)?)[*_`~]{1,3}/g, '$1')
    .replace(/[\p{Cc}\p{Co}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
