// Owns the picture of an answer, tokens across and steps down: new columns are added to what is drawn, old ones stay.
import type { TokenLog } from '../runs/token-log.js';
import { shadeOf, type Palette } from './palette.js';

export const heatmapHeight = 112;
const widestColumn = 28;
const narrowestColumn = 4;
/** So that a shallow answer looks shallow. */
const fewestRows = 8;

export interface Window {
  first: number;
  count: number;
  columnWidth: number;
}

/**
 * Which tokens fit, and how wide each is. `around` keeps a token in sight, else the newest are shown: by pages of a quarter, so that a
 * new token is one new column and not a new picture.
 */
export function windowOf(tokens: number, width: number, around: number | null): Window {
  const columnWidth = Math.max(narrowestColumn, Math.min(widestColumn, Math.floor(width / Math.max(1, tokens))));
  const fit = Math.max(1, Math.floor(width / columnWidth));
  if (tokens <= fit) return { first: 0, count: tokens, columnWidth };
  const page = Math.max(1, fit >> 2);
  const newest = Math.ceil((tokens - fit) / page) * page;
  const first = around === null || around >= newest ? newest : Math.max(0, Math.min(newest, around - Math.floor(fit / 3)));
  return { first, count: Math.min(fit, tokens - first), columnWidth };
}

export interface Drawn {
  log: TokenLog;
  palette: Palette;
  window: Window;
  rows: number;
  until: number;
}

function column(context: CanvasRenderingContext2D, palette: Palette, log: TokenLog, index: number, left: number, view: Window, rows: number): void {
  const trace = log.traceOf(index);
  const rowHeight = heatmapHeight / rows;
  const width = view.columnWidth - 1;
  const gap = rowHeight >= 3 ? 1 : 0;
  for (let row = 0; row < rows; row++) {
    const top = row * rowHeight;
    if (row < trace.length) context.fillStyle = shadeOf(palette, trace[row]!);
    else context.fillStyle = palette.line;
    context.globalAlpha = row < trace.length ? 1 : 0.35;
    context.fillRect(left, top, width, Math.max(0.5, rowHeight - gap));
  }
  context.globalAlpha = 1;
}

/** Draws what is missing and returns what is there now; give it back at the next call. `limit`: steps a token could have run where it may stop early, else 0. */
export function drawHeatmap(context: CanvasRenderingContext2D, canvas: HTMLCanvasElement, palette: Palette, log: TokenLog, view: Window, limit: number, before: Drawn | null): Drawn {
  const rows = Math.max(fewestRows, log.longestTrace, limit);
  const now: Drawn = { log, palette, window: view, rows, until: view.first + view.count };
  const same = before !== null && before.log === log && before.palette === palette && before.rows === rows && before.window.columnWidth === view.columnWidth;
  const adds = same && before.window.first === view.first && before.until <= now.until;
  if (!adds) context.clearRect(0, 0, canvas.clientWidth, heatmapHeight);
  const from = adds ? before.until : view.first;
  for (let index = from; index < now.until; index++) column(context, palette, log, index, (index - view.first) * view.columnWidth, view, rows);
  return now;
}
