// Owns the canvas of one token's curve with earlier tokens behind it, and its words for a screen reader.
import { useLayoutEffect, useRef } from 'react';
import { change, plural } from '../figures.js';
import { drawConvergence, type ExitView } from '../plot/convergence.js';
import { usePalette } from '../plot/palette.js';
import { surface, useWidth } from '../plot/surface.js';
import type { TokenLog } from '../runs/token-log.js';

const height = 148;
/** Earlier tokens drawn as ghosts. */
const ghostCount = 14;

/** Steps on the axis: a shallow token's curve is short, not stretched. */
export function axisSteps(log: TokenLog, steps: number, exit: ExitView | null): number {
  return Math.max(8, log.longestTrace, steps, exit?.limit ?? 0);
}

/** Why this token stopped where it did, for the words under the picture. */
function exitWords(log: TokenLog, index: number, exit: ExitView | null): string {
  const steps = log.stepsOf(index);
  const saved = exit && exit.limit > steps ? ` ${exit.limit - steps} of ${plural(exit.limit, 'step')} were not needed.` : '';
  const line = exit?.below ? ` The exit line is at ${change(exit.below)}.` : '';
  return `${line}${log.exitOf(index) === 'hurried' ? ' It was hurried.' : ''}${saved}`;
}

interface Props {
  log: TokenLog;
  index: number;
  version: number;
  /** Steps of the token being made, when it is slow enough to watch. */
  thinking: readonly number[] | null;
  exit: ExitView | null;
}

export function TokenChart({ log, index, version, thinking, exit }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const palette = usePalette();
  const width = useWidth(frame);

  useLayoutEffect(() => {
    const drawn = canvas.current && surface(canvas.current, width, height);
    if (!drawn || !palette) return;
    const until = thinking ? index + 1 : index;
    const ghosts = Array.from({ length: Math.min(ghostCount, until) }, (_, at) => log.traceOf(until - Math.min(ghostCount, until) + at));
    const current = thinking ?? log.traceOf(index);
    drawConvergence(drawn.context, palette, { width, height, steps: axisSteps(log, current.length, exit), current, ghosts, exit: exit && thinking ? { ...exit, limit: current.length } : exit });
  }, [palette, width, log, index, version, thinking, exit]);

  const trace = thinking ?? log.traceOf(index);
  const words = trace.length === 0 ? 'No steps.' : `Change per step of the token “${log.textOf(index).trim()}”: from ${change(trace[0]!)} at step 1 to ${change(trace[trace.length - 1]!)} at ${plural(trace.length, 'step')}.${thinking ? '' : exitWords(log, index, exit)}`;
  return <div className="chart" ref={frame}><canvas ref={canvas} role="img" aria-label={words} /></div>;
}
