// Owns dividing a page's stored text into what the viewer draws: headings, paragraphs, rows of tables; every character keeps its offset.

export interface TextBlock {
  kind: 'heading' | 'prose' | 'table';
  /** 1 to 6 for headings. */
  level: number;
  /** Offsets in the page's text. */
  start: number;
  end: number;
}

export interface Stretch {
  start: number;
  end: number;
}

/** A line of cells: tabs, or bars between and around. */
const isRow = (line: string): boolean => line.includes('\t') || /^\s*\|.*\|\s*$/.test(line);

/** Lines with their ends, so that their lengths add up. */
function* linesOf(text: string): Generator<{ start: number; line: string }> {
  let start = 0;
  for (const line of text.split(/(?<=\n)/)) {
    yield { start, line };
    start += line.length;
  }
}

/** Blocks in order; blank lines lie between them and belong to none. */
export function textBlocks(text: string): TextBlock[] {
  const blocks: TextBlock[] = [];
  let open: TextBlock | null = null;
  const close = (): void => {
    if (open) blocks.push(open);
    open = null;
  };
  for (const { start, line } of linesOf(text)) {
    const bare = line.trimEnd();
    if (bare === '') {
      close();
      continue;
    }
    const end = start + bare.length;
    const hashes = /^(#{1,6})\s+\S/.exec(bare)?.[1]?.length ?? 0;
    if (hashes > 0) {
      close();
      blocks.push({ kind: 'heading', level: hashes, start, end });
      continue;
    }
    const kind = isRow(bare) ? 'table' : 'prose';
    if (open && (open as TextBlock).kind === kind) (open as TextBlock).end = end;
    else {
      close();
      open = { kind, level: 0, start, end };
    }
  }
  close();
  return blocks;
}

export interface Piece {
  text: string;
  start: number;
  marked: boolean;
}

/** A stretch of the text cut where marks begin and end. */
export function piecesOf(text: string, { start, end }: Stretch, marks: readonly Stretch[]): Piece[] {
  const cuts = new Set([start, end]);
  for (const mark of marks) for (const at of [mark.start, mark.end]) if (at > start && at < end) cuts.add(at);
  const sorted = [...cuts].toSorted((a, b) => a - b);
  return sorted.slice(0, -1).map((from, index) => {
    const to = sorted[index + 1]!;
    return { text: text.slice(from, to), start: from, marked: marks.some((mark) => mark.start < to && mark.end > from && mark.start < mark.end) };
  });
}

/** Rows of a table block as stretches of the text, cell by cell; the line of dashes under a header is left out. */
export function rowsOf(text: string, { start, end }: Stretch): Stretch[][] {
  const rows: Stretch[][] = [];
  for (const { start: at, line } of linesOf(text.slice(start, end))) {
    const bare = line.trimEnd();
    const separator = bare.includes('\t') ? '\t' : '|';
    const cells: Stretch[] = [];
    let from = start + at;
    for (const cell of bare.split(separator)) {
      cells.push({ start: from, end: from + cell.length });
      from += cell.length + 1;
    }
    // The bars around a row make an empty cell at either end.
    const inner = separator === '|' ? cells.slice(1, -1) : cells;
    if (!inner.every((cell) => /^\s*:?-{2,}:?\s*$/.test(text.slice(cell.start, cell.end)))) rows.push(inner);
  }
  return rows;
}
