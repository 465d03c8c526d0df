// Draws paths of latent states as one SVG file of small squares. Pure.
import type { Point } from '../trajectory.js';
import type { Path } from './figures.js';

const cell = { width: 180, height: 172, plot: 132 } as const;
const columns = 4;

/** Each path in its own square, scaled to fill it: open dot the first step, full dot the last. */
export function drawPaths(paths: readonly Path[]): string {
  const rows = Math.ceil(paths.length / columns);
  const [width, height] = [columns * cell.width, rows * cell.height];
  const cells = paths.map((path, i) => drawCell(path, (i % columns) * cell.width, Math.floor(i / columns) * cell.height));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Paths of latent states over their steps">`,
    '<style>text{font:11px system-ui,sans-serif;fill:#555}.box{fill:none;stroke:#bbb}.path{fill:none;stroke:#2f6fd0;stroke-width:1.2;stroke-linejoin:round}.first{fill:#fff;stroke:#2f6fd0}.last{fill:#2f6fd0}@media(prefers-color-scheme:dark){text{fill:#bbb}.box{stroke:#555}.path,.first{stroke:#7fb0ff}.first{fill:#111}.last{fill:#7fb0ff}}</style>',
    ...cells,
    '</svg>',
    '',
  ].join('\n');
}

function drawCell({ task, level, trajectory: { points, kind } }: Path, left: number, top: number): string {
  const scaled = fit(points, cell.plot - 20).map(([x, y]): Point => [left + 34 + x, top + 18 + y]);
  const dot = ([x, y]: Point, name: string): string => `<circle class="${name}" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3"/>`;
  return [
    `<rect class="box" x="${left + 24}" y="${top + 8}" width="${cell.plot}" height="${cell.plot}"/>`,
    `<polyline class="path" points="${scaled.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')}"/>`,
    dot(scaled[0]!, 'first'),
    dot(scaled.at(-1)!, 'last'),
    `<text x="${left + 90}" y="${top + 156}" text-anchor="middle">${escape(`${task}, ${level}: ${kind}`)}</text>`,
  ].join('');
}

/** Into a square of this size, both axes at one scale, in the middle. */
function fit(points: readonly Point[], size: number): Point[] {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
  const scale = size / (Math.max(width, height) || 1);
  return points.map(([x, y]): Point => [(x - left) * scale + (size - width * scale) / 2, (y - top) * scale + (size - height * scale) / 2]);
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
