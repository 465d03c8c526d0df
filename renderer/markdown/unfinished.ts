// Owns how text that is still being written is read, so that half a mark does not flicker: only the end of the last block is touched.

/** A last line that is only the beginning of a mark: a list bullet, a heading, a fence, a rule under a title. */
const halfMark = /(^|\n)[ \t]{0,3}(?:[-*+]|\d{1,3}[.)]?|#{1,6}|[=]+|-{2,}|`{1,2}|~{1,2}|\|)[ \t]*$/;

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/** Inside a fence that has not closed: drops a closing fence that has only begun. */
function insideFence(source: string): string | null {
  let fence: string | null = null;
  for (const [, marks] of source.matchAll(/(?:^|\n) {0,3}(`{3,}|~{3,})/g)) {
    if (fence === null) fence = marks!;
    else if (marks!.startsWith(fence)) fence = null;
  }
  return fence === null ? null : source.replace(/\n[ \t]{0,3}(?:`{1,2}|~{1,2})$/, '');
}

/** A table whose rule has not arrived: shows the header row as a table at once. */
function openTable(source: string): string | null {
  const start = source.lastIndexOf('\n\n') + 1;
  const lines = source.slice(start).replace(/^\n/, '').split('\n');
  const header = lines[0] ?? '';
  if (!/^\s*\|.*\|/.test(header) || lines.length > 2) return null;
  if (lines.length === 2 && !/^[\s|:-]*$/.test(lines[1]!)) return null;
  const columns = count(header.trim().replace(/^\||\|$/g, ''), /(?<!\\)\|/g) + 1;
  const whole = header.trim().endsWith('|') ? header : `${header}|`;
  const kept = source.length - lines.join('\n').length;
  return `${source.slice(0, kept)}${whole}\n|${'---|'.repeat(columns)}`;
}

/** Closes what is open in the last paragraph: bold, emphasis, strike, code, a link whose address is still coming. */
function closeInline(source: string): string {
  const start = source.lastIndexOf('\n\n') + 1;
  let tail = source.slice(start);
  // The address of a link is not read while it grows; its words are.
  tail = tail.replace(/!?\[([^\]\n]*)\]\([^)\s]*$/, '$1').replace(/!?\[([^\]\n]*)$/, '$1');
  if (count(tail, /(?<!`)`(?!`)/g) % 2 === 1) return `${source.slice(0, start)}${tail.replace(/`$/, '')}${tail.endsWith('`') ? '' : '`'}`;
  // A mark with nothing after it yet is held back.
  tail = tail.replace(/(?:\*{1,3}|~{1,2}|(?<![\p{L}\p{N}])_{1,3})$/u, (marks, at: number) => (/\S/.test(tail[at - 1] ?? '') ? marks : ''));
  const plain = tail.replace(/`[^`\n]*`/g, '').replace(/\\./g, '');
  const closing: string[] = [];
  if (count(plain, /\*\*/g) % 2 === 1) closing.push(plain.endsWith('*') && !plain.endsWith('**') ? '*' : '**');
  else {
    // A star between spaces or digits is a multiplication, one at the start of a line a bullet.
    const single = plain.replace(/\*\*/g, '');
    if (count(single, /(?<![\p{L}\p{N}])\*(?=\S)/gu) > count(single, /(?<=\S)\*(?![\p{L}\p{N}])/gu)) closing.push('*');
  }
  if (count(plain, /~~/g) % 2 === 1) closing.push('~~');
  // Marks close only against a word.
  const gap = closing.length > 0 ? /\s*$/.exec(tail)![0].length : 0;
  return `${source.slice(0, start)}${gap > 0 ? tail.slice(0, -gap) : tail}${closing.join('')}`;
}

/** The source as it should be read now. Offsets before the end stay what they were. */
export function readable(source: string): string {
  const fenced = insideFence(source);
  if (fenced !== null) return fenced;
  const table = openTable(source);
  if (table !== null) return table;
  const cut = source.replace(halfMark, '$1');
  const lastParagraph = cut.slice(cut.lastIndexOf('\n\n') + 1);
  // An open formula is not half a price: it is shown when it is whole.
  if (count(lastParagraph, /\$\$/g) % 2 === 1) return cut.slice(0, cut.lastIndexOf('$$'));
  return closeInline(cut);
}
