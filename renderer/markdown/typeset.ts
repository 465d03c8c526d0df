// Owns typesetting mathematics, loaded with the first formula. KaTeX builds elements here, never HTML text, and may not follow links.
import 'katex/dist/katex.min.css';
import { render } from 'katex';

/** Longer formulas cost seconds. A page of a book has fewer letters. */
const longest = 5000;
/** Braces and environments inside each other. */
const deepest = 40;

/** Levels that braces, \\left and \\begin open at most; an escaped brace opens nothing. */
function depthOf(tex: string): number {
  let depth = 0;
  let most = 0;
  for (const [mark] of tex.matchAll(/\\(?:left|begin|bgroup|right|end|egroup)\b|\\.|[{}]/gs)) {
    if (/^(?:\{|\\left|\\begin|\\bgroup)$/.test(mark)) most = Math.max(most, ++depth);
    else if (/^(?:\}|\\right|\\end|\\egroup)$/.test(mark)) depth -= 1;
  }
  return most;
}

/** Draws a formula into an element. Throws for one that KaTeX refuses or that is beyond reason: it stays as it was written. */
export function typeset(element: HTMLElement, tex: string, display: boolean): void {
  if (tex.length > longest || depthOf(tex) > deepest) throw new RangeError('a formula beyond reason');
  render(tex, element, { displayMode: display, throwOnError: true, trust: false, strict: 'ignore', maxExpand: 200, maxSize: 20, output: 'htmlAndMathml' });
}
