// Owns one page as its stored text: headings, paragraphs, tables, with what was cited marked and scrolled to.
import { useEffect, useMemo, useRef } from 'react';
import type { Mark } from '../../../core/contract/documents.js';
import type { ErrorBody } from '../../../core/contract/errors.js';
import { piecesOf, rowsOf, textBlocks, type Stretch, type TextBlock } from '../../documents/text-blocks.js';
import { usePageText } from '../../documents/use-viewer-document.js';
import { sentenceFor } from '../../error-sentences.js';

interface Props {
  documentId: number;
  number: number;
  label: string;
  marks: readonly Mark[];
  zoom: number;
  /** Lines as they are: program text. */
  source: boolean;
}

/** Blocks that are skipped together while out of sight. */
const groupSize = 40;

export function TextPage({ documentId, number, label, marks, zoom, source }: Props) {
  const page = usePageText(documentId, number);
  const here = useMemo(() => marks.filter((mark) => mark.page === number), [marks, number]);
  if (page.state === 'loading') return <p className="viewer-wait" role="status">Loading the page…</p>;
  if (page.state === 'failed') return <Failed error={page.error} />;
  const { text, method } = page.value;
  if (text.trim() === '') return <p className="viewer-wait">{method === 'none' ? 'This page is a picture. It has no text that could be shown.' : 'This page is empty.'}</p>;
  return <Text text={text} label={label} marks={here} zoom={zoom} source={source} />;
}

function Failed({ error }: { error: ErrorBody }) {
  const { sentence, nextStep } = sentenceFor(error);
  return <p className="viewer-wait warm" role="alert">{sentence} {nextStep}</p>;
}

function Text({ text, label, marks, zoom, source }: { text: string; label: string; marks: readonly Stretch[]; zoom: number; source: boolean }) {
  const content = useRef<HTMLElement>(null);
  const groups = useMemo(() => {
    const blocks: TextBlock[] = source ? [{ kind: 'prose', level: 0, start: 0, end: text.length }] : textBlocks(text);
    return Array.from({ length: Math.ceil(blocks.length / groupSize) }, (_, at) => blocks.slice(at * groupSize, (at + 1) * groupSize));
  }, [text, source]);
  useEffect(() => {
    content.current?.querySelector('mark')?.scrollIntoView({ block: 'center' });
  }, [text, marks]);
  return (
    <article ref={content} className={source ? 'text-page source' : 'text-page'} aria-label={label} style={{ fontSize: `${15 * zoom}px` }}>
      {groups.map((group) => (
        <div className="text-blocks" key={group[0]!.start}>
          {group.map((block) => <Block key={block.start} block={block} text={text} marks={marks} />)}
        </div>
      ))}
    </article>
  );
}

function Block({ block, text, marks }: { block: TextBlock; text: string; marks: readonly Stretch[] }) {
  const anchor = `at-${block.start}`;
  if (block.kind === 'heading') {
    // The dialog's title is a second-level heading.
    const Heading = `h${Math.min(6, block.level + 2)}` as 'h3';
    const shown = { start: block.start + (/^#+\s+/.exec(text.slice(block.start, block.end))?.[0].length ?? 0), end: block.end };
    return <Heading id={anchor}><Marked text={text} stretch={shown} marks={marks} /></Heading>;
  }
  if (block.kind === 'table') {
    return (
      // Focusable, so that a wide table can be scrolled with the keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      <div id={anchor} className="text-table" tabIndex={0} role="region" aria-label="Table">
        <table>
          <tbody>
            {rowsOf(text, block).map((row) => <tr key={row[0]?.start}>{row.map((cell) => <td key={cell.start}><Marked text={text} stretch={cell} marks={marks} /></td>)}</tr>)}
          </tbody>
        </table>
      </div>
    );
  }
  return <p id={anchor}><Marked text={text} stretch={block} marks={marks} /></p>;
}

function Marked({ text, stretch, marks }: { text: string; stretch: Stretch; marks: readonly Stretch[] }) {
  return piecesOf(text, stretch, marks).map((piece) => (piece.marked ? <mark key={piece.start}>{piece.text}</mark> : <span key={piece.start}>{piece.text}</span>));
}
