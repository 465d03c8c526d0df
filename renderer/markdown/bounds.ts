// Owns how deep and how tangled a model's markdown may be before it is shown as it was written: parsers and browsers recurse.

/** Quotes and lists inside each other on one line. People use three. */
const deepestContainers = 24;
/** Columns before a list item. */
const widestIndent = 64;
/** Marks of emphasis in one paragraph: a parser that looks for partners takes a time that grows with their square. */
const mostMarks = 1000;
/** Characters shown of a text beyond reason; the whole is in what the copy button copies. */
export const longestPlain = 20_000;
/** Elements inside each other when drawn. */
export const deepestDrawn = 100;

const containers = new RegExp(String.raw`^[ \t]*(?:(?:>|[-*+]|\d{1,9}[.)])[ \t]*){${deepestContainers + 1}}`, 'm');
const indented = new RegExp(String.raw`^[ \t]{${widestIndent + 1},}(?:[-*+]|\d{1,9}[.)]|>)`, 'm');
const lineOfOneMark = /^[ \t]*(?:-[ \t]*)+$|^[ \t]*(?:\*[ \t]*)+$/;

/** True for text that no person would write and that costs a parser its stack or its time. */
export function isBeyondReason(source: string): boolean {
  if (indented.test(source)) return true;
  const deep = containers.exec(source);
  // A long rule of dashes or stars is a rule.
  if (deep && !lineOfOneMark.test(source.slice(deep.index, (source.indexOf('\n', deep.index) + 1 || source.length + 1) - 1))) return true;
  let marks = 0;
  for (const match of source.matchAll(/\n[ \t]*\n|[*_~]+|\[|`+/g)) {
    if (match[0].startsWith('\n')) marks = 0;
    else if (++marks > mostMarks) return true;
  }
  return false;
}
