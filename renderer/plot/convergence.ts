// Owns the drawing of one token's convergence: relative change per step on a log scale, earlier tokens as ghosts behind it.
import type { Palette } from './palette.js';

export interface ConvergenceView {
  width: number;
  height: number;
  /** Steps on the x axis, at least 2. */
  steps: number;
  current: ArrayLike<number>;
  /** Oldest first. */
  ghosts: readonly ArrayLike<number>[];
  /** Where tokens could stop early. */
  exit: ExitView | null;
}

export interface ExitView {
  /** The most steps the token could run. */
  limit: number;
  /** The change below which it stops; null when the rule compares something else. */
  below: number | null;
}

const pad = { left: 38, right: 8, top: 8, bottom: 8 };

/** The decades shown: from 1 (or what is larger) down to one thousandth, further when the curve goes further. */
export function decadesOf(curves: readonly ArrayLike<number>[]): { top: number; bottom: number } {
  let highest = 0;
  let lowest = -3;
  for (const curve of curves) {
    for (let at = 0; at < curve.length; at++) {
      const delta = curve[at]!;
      if (!(delta > 0)) continue;
      const decade = Math.log10(delta);
      highest = Math.max(highest, Math.ceil(decade - 0.3));
      lowest = Math.min(lowest, Math.floor(decade));
    }
  }
  return { top: Math.min(highest, 2), bottom: Math.max(lowest, -6) };
}

export function drawConvergence(context: CanvasRenderingContext2D, palette: Palette, view: ConvergenceView): void {
  const { width, height, steps, current, ghosts, exit } = view;
  const { top, bottom } = decadesOf([current, ...ghosts, exit?.below ? [exit.below] : []]);
  const x = (step: number): number => pad.left + ((width - pad.left - pad.right) * (step - 1)) / Math.max(1, steps - 1);
  const y = (delta: number): number => {
    const decade = Math.max(bottom, Math.log10(Math.max(delta, 1e-9)));
    return pad.top + ((height - pad.top - pad.bottom) * (top - decade)) / (top - bottom);
  };
  context.clearRect(0, 0, width, height);
  context.font = '500 10.5px "Inter Variable", sans-serif';
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.lineWidth = 1;
  for (let decade = top; decade >= bottom; decade--) {
    const at = Math.round(y(10 ** decade)) + 0.5;
    context.strokeStyle = palette.line;
    context.beginPath();
    context.moveTo(pad.left, at);
    context.lineTo(width - pad.right, at);
    context.stroke();
    context.fillStyle = palette.muted;
    context.fillText(decade >= -3 ? String(10 ** decade) : `1e${decade}`, pad.left - 8, at);
  }
  if (exit) drawExit(context, palette, view, { x, y });
  const trace = (curve: ArrayLike<number>): void => {
    context.beginPath();
    for (let at = 0; at < curve.length; at++) {
      if (at === 0) context.moveTo(x(1), y(curve[0]!));
      else context.lineTo(x(at + 1), y(curve[at]!));
    }
    context.stroke();
  };
  context.lineJoin = 'round';
  context.lineCap = 'round';
  context.strokeStyle = palette.muted;
  ghosts.forEach((ghost, at) => {
    context.globalAlpha = 0.08 + 0.22 * ((at + 1) / ghosts.length) ** 2;
    trace(ghost);
  });
  context.globalAlpha = 1;
  if (current.length === 0) return;
  context.strokeStyle = palette.accent;
  context.lineWidth = 2.25;
  trace(current);
  context.fillStyle = palette.accent;
  context.beginPath();
  context.arc(x(current.length), y(current[current.length - 1]!), 4, 0, 2 * Math.PI);
  context.fill();
  context.strokeStyle = palette.raised;
  context.lineWidth = 1.5;
  context.stroke();
}

/** The steps that were not needed as a pale ground, and the line below which a token stops, dashed. */
function drawExit(context: CanvasRenderingContext2D, palette: Palette, { width, height, current, exit }: ConvergenceView, { x, y }: { x(step: number): number; y(delta: number): number }): void {
  const { limit, below } = exit!;
  if (current.length > 0 && current.length < limit) {
    context.fillStyle = palette.line;
    context.globalAlpha = 0.5;
    context.fillRect(x(current.length), pad.top, x(limit) - x(current.length), height - pad.top - pad.bottom);
    context.globalAlpha = 1;
  }
  if (below === null) return;
  const at = Math.round(y(below)) + 0.5;
  context.strokeStyle = palette.warm;
  context.lineWidth = 1.25;
  context.setLineDash([4, 4]);
  context.beginPath();
  context.moveTo(pad.left, at);
  context.lineTo(width - pad.right, at);
  context.stroke();
  context.setLineDash([]);
}

/** The step after which the change stays below a threshold; 0 if it never does. */
export function settledAfter(trace: ArrayLike<number>, threshold: number): number {
  let settled = 0;
  for (let at = trace.length - 1; at >= 0 && trace[at]! < threshold; at--) settled = at + 1;
  return settled;
}
