// Owns painting tokens over the text without touching it: a mark on a piece of text that is all of one depth, else the CSS Custom
// Highlight API on ranges; never extra elements.
import type { DepthScale } from './depth-scale.js';
import { positionOf } from './depth-scale.js';
import type { TokenLog } from './runs/token-log.js';

/** Washes from shallow to deep; `tint-deep` is warm and only for the deepest few. */
export const tintLevels = 5;
type Layer = `tint-${number}` | 'tint-deep' | 'token-hover' | 'token-pinned';

const supported = typeof Highlight !== 'undefined' && typeof CSS !== 'undefined' && 'highlights' in CSS;

function layer(name: Layer): Highlight {
  let found = CSS.highlights.get(name);
  if (!found) {
    found = new Highlight();
    found.priority = name.startsWith('token-') ? 2 : 1;
    CSS.highlights.set(name, found);
  }
  return found;
}

/** The share of tokens that may be called the deepest few. */
const deepShare = 0.12;

/** Which wash a token gets; the warm one only when steps vary, the answer is complete, and few tokens reached that depth. */
export function tintOf(log: TokenLog, index: number, scale: DepthScale, deepFrom: number): Layer {
  const steps = log.stepsOf(index);
  if (steps >= deepFrom) return 'tint-deep';
  return `tint-${1 + Math.round(positionOf(scale, Math.max(1, steps)) * (tintLevels - 1))}`;
}

/** The steps from which a token counts as one of the deepest few; Infinity when none should. */
export function deepFrom(log: TokenLog): number {
  if (!log.stepsVary) return Number.POSITIVE_INFINITY;
  const steps = Array.from({ length: log.count }, (_, index) => log.stepsOf(index)).toSorted((a, b) => b - a);
  const threshold = steps[Math.floor(steps.length * deepShare)] ?? 0;
  const from = steps.findLast((count) => count > threshold);
  return from !== undefined && from > log.meanSteps ? from : Number.POSITIVE_INFINITY;
}

export interface TextRun {
  /** Token range [from, to) and the characters of a piece of text it covers, relative to that piece. */
  layer: Layer;
  from: number;
  to: number;
}

/** Neighbouring tokens of one wash as one stretch: a piece of text usually needs one range, not one per token. */
export function runsOver(log: TokenLog, start: number, length: number, layerOf: (index: number) => Layer): TextRun[] {
  const runs: TextRun[] = [];
  let at = start;
  const end = Math.min(start + length, log.text.length);
  for (let index = log.tokenAt(at); index >= 0 && index < log.count && at < end; index++) {
    const to = Math.min(end, log.endOf(index));
    if (to <= at) continue;
    const name = layerOf(index);
    const last = runs.at(-1);
    if (last?.layer === name && last.to === at - start) last.to = to - start;
    else runs.push({ layer: name, from: at - start, to: to - start });
    at = to;
  }
  return runs;
}

interface TextPiece {
  node: Text;
  /** Offset of its first character in the message's text. */
  start: number;
}

function* piecesOf(block: Element): Generator<TextPiece> {
  const base = Number(block.getAttribute('data-b'));
  for (const span of block.querySelectorAll('[data-o]')) {
    const node = span.firstChild;
    if (node instanceof Text) yield { node, start: base + Number(span.getAttribute('data-o')) };
  }
}

export interface Tinted {
  undo(): void;
  /** It needed ranges. A change of any range makes the browser repaint all of them: do not do it in every frame. */
  mixed: boolean;
}

/** What a piece of text was marked for, so that a piece that did not change is not looked at again. */
const markedFor = new WeakMap<Element, string>();

/** Washes one block. */
export function tintBlock(block: Element, log: TokenLog, scale: DepthScale, deep: number): Tinted {
  const made: [Highlight, AbstractRange][] = [];
  const marked: Element[] = [];
  for (const { node, start } of piecesOf(block)) {
    const span = node.parentElement!;
    const purpose = `${log.runId} ${start} ${node.data.length} ${scale.min} ${scale.max} ${deep}`;
    if (span.hasAttribute('data-tint') && markedFor.get(span) === purpose) {
      marked.push(span);
      continue;
    }
    const even = !log.stepsVary && start + node.data.length <= log.text.length;
    const runs = even ? [{ layer: tintOf(log, 0, scale, deep), from: 0, to: node.data.length }] : runsOver(log, start, node.data.length, (index) => tintOf(log, index, scale, deep));
    if (runs.length === 1 && runs[0]!.to - runs[0]!.from === node.data.length) {
      if (span.getAttribute('data-tint') !== runs[0]!.layer) span.setAttribute('data-tint', runs[0]!.layer);
      marked.push(span);
      markedFor.set(span, purpose);
      continue;
    }
    span.removeAttribute('data-tint');
    if (!supported) continue;
    for (const run of runs) {
      const range = new StaticRange({ startContainer: node, startOffset: run.from, endContainer: node, endOffset: run.to });
      const highlight = layer(run.layer);
      highlight.add(range);
      made.push([highlight, range]);
    }
  }
  return {
    mixed: made.length > 0,
    undo() {
      for (const [highlight, range] of made) highlight.delete(range);
      for (const span of marked) span.removeAttribute('data-tint');
    },
  };
}

/** Marks one token inside a message's body; null clears. */
export function markToken(name: 'token-hover' | 'token-pinned', body: Element | null, log: TokenLog | undefined, index: number): void {
  if (!supported) return;
  const highlight = layer(name);
  highlight.clear();
  if (!body || !log || index < 0 || index >= log.count) return;
  const from = log.startOf(index);
  const to = log.endOf(index);
  for (const block of body.querySelectorAll('[data-b]')) {
    for (const { node, start } of piecesOf(block)) {
      const startOffset = Math.max(0, from - start);
      const endOffset = Math.min(node.data.length, to - start);
      if (startOffset < endOffset) highlight.add(new StaticRange({ startContainer: node, startOffset, endContainer: node, endOffset }));
    }
  }
}

/** The character of the message's text under a point of the screen; -1 where there is none. */
export function offsetAtPoint(x: number, y: number): number {
  const caret = document.caretPositionFromPoint?.(x, y);
  const node = caret?.offsetNode;
  if (!caret || !(node instanceof Text)) return -1;
  const span = node.parentElement?.closest('[data-o]');
  const block = span?.closest('[data-b]');
  if (!span || !block) return -1;
  // The caret sits between two characters: the one under the pointer is the one whose box holds the point.
  for (const at of [caret.offset, caret.offset - 1]) {
    if (at < 0 || at >= node.data.length) continue;
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + 1);
    for (const box of range.getClientRects()) {
      if (x >= box.left && x <= box.right && y >= box.top - 3 && y <= box.bottom + 3) return Number(block.getAttribute('data-b')) + Number(span.getAttribute('data-o')) + at;
    }
  }
  return -1;
}
