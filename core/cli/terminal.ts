// Owns how the command line looks: tables, one progress line, numbers with units.

/** Columns padded to their widest cell; the first one to the left, numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const numeric = header.map((_, column) => rows.length > 0 && rows.every((row) => /^[\d.,<–-]/.test(row[column] ?? '')));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (numeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))).join('  ').trimEnd();
  return [line(header), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

export interface ProgressLine {
  show(text: string, fraction: number): void;
  /** Removes the line. */
  clear(): void;
}

/** A line that rewrites itself on a terminal; elsewhere (a log file) one line per tenth. */
export function progressLine(out: { isTTY?: boolean; columns?: number; write(text: string): unknown } = process.stderr): ProgressLine {
  let lastTenth = -1;
  let shownAtMs = -Infinity;
  return {
    show(text, fraction) {
      const percent = `${Math.floor(fraction * 100)} %`.padStart(5);
      if (out.isTTY !== true) {
        const tenth = Math.floor(fraction * 10);
        if (tenth !== lastTenth) out.write(`${percent}  ${text}\n`);
        lastTenth = tenth;
        return;
      }
      if (performance.now() - shownAtMs < 50 && fraction < 1) return;
      shownAtMs = performance.now();
      const filled = Math.round(fraction * 24);
      out.write(`\r\u001B[K${'█'.repeat(filled)}${'░'.repeat(24 - filled)} ${percent}  ${text}`.slice(0, (out.columns ?? 80) + 4));
    },
    clear() {
      if (out.isTTY === true) out.write('\r\u001B[K');
    },
  };
}

export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB'] as const;
  let unit = 0;
  let value = count;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit]}`;
}

/** Three significant digits, never in exponents for ordinary sizes. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)) return value.toExponential(1);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

const bars = '▁▂▃▄▅▆▇█';

/** A trace as one bar per step, logarithmic like the window's chart: the top is 1, the bottom 1e-4. */
export function sparkline(trace: readonly number[]): string {
  return trace.map((delta) => bars[Math.min(7, Math.max(0, Math.round(7 + (7 / 4) * Math.log10(Math.max(delta, 1e-9)))))]).join('');
}

/** Whole control sequences: CSI (colours, cursor), OSC (window title, links, clipboard), DCS and their kind, in 7 and 8 bits. */
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const sequences = /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]|(?:\u001B[\]PX^_]|[\u009D\u0090\u0098\u009E\u009F])[^\u0007\u001B\u009C]*(?:\u0007|\u001B\\|\u009C)|\u001B[ -/]*[0-~]/g;
/** What is left of them when a stream cuts one in two, and what reorders or hides text. A carriage return would write over the line. */
const hidden = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\u2028\u2029\uFFF9-\uFFFB\u{E0000}-\u{E007F}]|\p{Cs}/gu;

/** Text of a model as a terminal may have it: a control character could move the cursor, rename the window or worse. */
export function printable(text: string): string {
  return text.replace(sequences, '').replace(hidden, '');
}
