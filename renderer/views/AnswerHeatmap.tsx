// Owns the picture of the whole answer: pointer and arrow keys choose a token, a sentence says what the picture shows.
import { useLayoutEffect, useRef, type KeyboardEvent, type MouseEvent } from 'react';
import { stepsOf } from '../compute-words.js';
import { change, plural, whole } from '../figures.js';
import { drawHeatmap, heatmapHeight, windowOf, type Drawn } from '../plot/heatmap.js';
import { usePalette } from '../plot/palette.js';
import { surface, useWidth } from '../plot/surface.js';
import type { TokenLog } from '../runs/token-log.js';
import { useTokenFocus } from '../runs/use-run-log.js';

interface Props {
  log: TokenLog;
  index: number;
  version: number;
  live: boolean;
  /** Steps a token could have run where it may stop early, else 0. */
  limit: number;
}

function summary(log: TokenLog, limit: number): string {
  const depth = log.meanSteps < limit ? `${stepsOf(log.meanSteps, limit)} on average, ${Math.round((1 - log.meanSteps / limit) * 100)} % not needed (empty)` : log.stepsVary ? `${log.meanSteps.toFixed(1)} steps on average, ${log.minSteps} to ${log.maxSteps}` : plural(log.maxSteps, 'step');
  return `${plural(log.count, 'token')}, ${depth}`;
}

export function AnswerHeatmap({ log, index, version, live, limit }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef<Drawn | null>(null);
  const { pinned, hover } = useTokenFocus();
  const palette = usePalette();
  const width = useWidth(frame);
  // Hovering in the text must not make the picture run away under the eye: only a pinned token moves the window.
  const around = !live && pinned?.runId === log.runId ? index : null;
  const view = windowOf(log.count, width, around);

  useLayoutEffect(() => {
    const element = canvas.current;
    const target = element && surface(element, width, heatmapHeight);
    if (!target || !palette) return;
    drawn.current = drawHeatmap(target.context, element, palette, log, view, limit, target.fresh ? null : drawn.current);
    // `view` is made anew each time from what is listed here.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [palette, width, log, version, limit, view.first, view.count, view.columnWidth]);

  const tokenUnder = (event: MouseEvent): number => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = view.first + Math.floor((event.clientX - box.left) / view.columnWidth);
    return at >= view.first && at < view.first + view.count ? at : -1;
  };
  const { setHover, setPinned } = useTokenFocus.getState();
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const next: Record<string, number> = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: log.count - 1, PageUp: index - 10, PageDown: index + 10 };
    const to = next[event.key];
    if (to === undefined) return;
    event.preventDefault();
    useTokenFocus.setState({ pinned: { runId: log.runId, index: Math.max(0, Math.min(log.count - 1, to)) } });
  };
  const trace = log.traceOf(index);
  const spoken = `Token ${whole(index + 1)} of ${whole(log.count)}, “${log.textOf(index).trim()}”, ${plural(log.stepsOf(index), 'step')}${trace.length > 0 ? `, last change ${change(trace[trace.length - 1]!)}` : ''}`;
  const shown = hover !== null || pinned !== null;
  const left = (index - view.first) * view.columnWidth;
  return (
    <>
      <div
        className="heatmap"
        ref={frame}
        role="slider"
        tabIndex={0}
        aria-label="Tokens of this answer"
        aria-orientation="horizontal"
        aria-valuemin={1}
        aria-valuemax={log.count}
        aria-valuenow={index + 1}
        aria-valuetext={spoken}
        onKeyDown={onKeyDown}
        onMouseMove={(event) => { const at = tokenUnder(event); setHover(at < 0 ? null : { runId: log.runId, index: at }); }}
        onMouseLeave={() => setHover(null)}
        onClick={(event) => { const at = tokenUnder(event); if (at >= 0) setPinned({ runId: log.runId, index: at }); }}
      >
        <canvas ref={canvas} />
        {shown && index >= view.first && index < view.first + view.count ? <span className="heatmap-mark" style={{ left: `${left - 1}px`, width: `${view.columnWidth + 1}px` }} /> : null}
      </div>
      <p className="axis" style={{ width: `${Math.max(230, view.count * view.columnWidth)}px` }}>
        <span>{view.first > 0 ? `from ${whole(view.first + 1)}` : 'first'}</span>
        <span>stronger: still moving</span>
        <span>last</span>
      </p>
      <p className="summary">{summary(log, limit)}</p>
    </>
  );
}
