// Owns typesetting mathematics, loaded with the first formula. KaTeX builds elements here, never HTML text, and may not follow links.
import 'katex/dist/katex.min.css';
import { render } from 'katex';

/** Draws a formula into an element. A formula KaTeX refuses stays as it was written. */
export function typeset(element: HTMLElement, tex: string, display: boolean): void {
  render(tex, element, { displayMode: display, throwOnError: true, trust: false, strict: 'ignore', maxExpand: 200, maxSize: 20, output: 'htmlAndMathml' });
}
