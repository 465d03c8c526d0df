// Owns showing a text as blocks; a block is drawn again only when its own source changed.
import { Fragment, memo, useRef, type ReactNode } from 'react';
import type { Token, Tokens } from 'marked';
import { BlockParser, type Block } from './blocks.js';
import { deepestDrawn, longestPlain } from './bounds.js';
import type { Fragment as Stretch } from './fragments.js';
import { CodeBlock } from './CodeBlock.js';
import { inlineNodes } from './inline.js';
import { Maths } from './Maths.js';
import type { MathsToken } from './maths-rule.js';
import { noNotes, NoteQueue, notesOf, sameNotes, type TextNote } from './notes.js';
import { cursorOver, enter, leave, type Cursor } from './source-cursor.js';
import { Visible } from './Visible.js';

/** One block token; `cursor` finds its text in the block's source. */
function blockOf(token: Token, cursor: Cursor, growing: boolean, key?: number): ReactNode {
  const inside = enter(cursor, token.raw.trimEnd());
  const node = inside.depth > deepestDrawn ? plainOf(token, key) : elementOf(token, inside, growing, key);
  leave(cursor, inside);
  return node;
}

function plainOf(token: Token, key?: number): ReactNode {
  const text = token.raw.trimEnd();
  const left = text.length - longestPlain;
  return <p key={key} className="raw-html"><Visible text={text.slice(0, longestPlain)} where="code" />{left > 0 ? <em> … and {left.toLocaleString('en')} more characters: copy the answer to have them.</em> : null}</p>;
}

function childrenOf(tokens: readonly Token[] | undefined, cursor: Cursor, growing: boolean): ReactNode[] {
  return (tokens ?? []).map((token, index) => blockOf(token, cursor, growing, index));
}

function elementOf(token: Token, cursor: Cursor, growing: boolean, key?: number): ReactNode {
  switch (token.type) {
    case 'heading': {
      // The page has its own h1, and an h2 for each message: a model's headings start below. Most begin at its second level.
      const Heading = `h${Math.min(6, Math.max(3, (token as Tokens.Heading).depth + 1))}` as 'h3';
      return <Heading key={key} className={`heading-${(token as Tokens.Heading).depth}`}>{inlineNodes(token.tokens, cursor)}</Heading>;
    }
    case 'paragraph':
      return <p key={key}>{inlineNodes(token.tokens, cursor)}</p>;
    case 'text':
      return <Fragment key={key}>{inlineNodes(token.tokens ?? [token], cursor)}</Fragment>;
    case 'code':
      return <CodeBlock key={key} code={(token as Tokens.Code).text} info={(token as Tokens.Code).lang} growing={growing && !/\n[ \t]*(?:`{3,}|~{3,})\s*$/.test(token.raw)} />;
    case 'blockquote':
      return <blockquote key={key}>{childrenOf(token.tokens, cursor, growing)}</blockquote>;
    case 'list':
      return listOf(token as Tokens.List, cursor, growing, key);
    case 'table':
      return tableOf(token as Tokens.Table, cursor, key);
    case 'hr':
      return <hr key={key} />;
    case 'mathsBlock':
      return <Maths key={key} tex={(token as MathsToken).tex} display raw={token.raw} />;
    case 'space':
    case 'def':
      return null;
    default:
      // HTML is shown as it was written: nothing a model writes becomes an element by itself.
      return plainOf(token, key);
  }
}

function listOf(list: Tokens.List, cursor: Cursor, growing: boolean, key?: number): ReactNode {
  const items = list.items.map((item, index) => {
    const inside = enter(cursor, item.raw.trimEnd());
    const content = childrenOf(item.tokens, inside, growing);
    leave(cursor, inside);
    return (
      <li key={index} className={item.task ? 'task' : undefined}>
        {item.task ? <input type="checkbox" checked={item.checked === true} readOnly tabIndex={-1} aria-label={item.checked ? 'done' : 'open'} /> : null}
        {content}
      </li>
    );
  });
  return list.ordered ? <ol key={key} start={list.start === '' ? 1 : list.start}>{items}</ol> : <ul key={key}>{items}</ul>;
}

function tableOf(table: Tokens.Table, cursor: Cursor, key?: number): ReactNode {
  const align = (index: number): string | undefined => (table.align[index] ? `align-${table.align[index]}` : undefined);
  return (
    // Focusable, so that a wide table can be scrolled with the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div key={key} className="table-frame" tabIndex={0} role="region" aria-label="Table">
      <table>
        <thead><tr>{table.header.map((cell, index) => <th key={index} className={align(index)}>{inlineNodes(cell.tokens, cursor)}</th>)}</tr></thead>
        <tbody>
          {table.rows.map((row, at) => (
            <tr key={at}>{row.map((cell, index) => <td key={index} className={align(index)}>{inlineNodes(cell.tokens, cursor)}</td>)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function contentOf({ start, raw, token, fragments }: Block, growing: boolean, notes: readonly TextNote[]): ReactNode {
  if (fragments) return <p>{fragments.map((fragment, at) => <FragmentView key={fragment.start} fragment={fragment} base={fragment.start - start} notes={notesOf(notes, fragment.start, fragments[at + 1]?.start ?? Number.POSITIVE_INFINITY)} blockStart={start} />)}</p>;
  if (notes.length === 0) return blockOf(token, cursorOver(raw), growing);
  const queue = new NoteQueue(notes, start);
  const content = blockOf(token, cursorOver(raw, 0, queue), growing);
  // Behind a formula, a picture or a block of code there is no character to stand at.
  const rest = queue.rest();
  return rest.length === 0 ? content : <>{content}<span className="notes-behind">{rest.map(({ key, node }) => <Fragment key={key}>{node}</Fragment>)}</span></>;
}

interface BlockViewProps {
  block: Block;
  /** Text is still being added to it. */
  growing: boolean;
  notes: readonly TextNote[];
}

/** A stretch of a very long paragraph: drawn once, while the paragraph goes on growing behind it. */
const FragmentView = memo(
  function FragmentView({ fragment, base, notes, blockStart }: { fragment: Stretch; base: number; notes: readonly TextNote[]; blockStart: number }) {
    const queue = new NoteQueue(notes, blockStart);
    return <span className="stretch">{inlineNodes(fragment.tokens, cursorOver(fragment.raw, base, queue))}{queue.rest().map(({ key, node }) => <Fragment key={key}>{node}</Fragment>)}</span>;
  },
  (before, after) => before.base === after.base && before.fragment.raw === after.fragment.raw && before.blockStart === after.blockStart && sameNotes(before.notes, after.notes),
);

/** `data-b` is the block's offset in the text; spans inside carry `data-o`, their offset in the block. */
const BlockView = memo(
  function BlockView({ block, growing, notes }: BlockViewProps) {
    return <div className={block.token.type === 'heading' ? 'block block-heading' : 'block'} data-b={block.start}>{contentOf(block, growing, notes)}</div>;
  },
  (before, after) => before.growing === after.growing && before.block.start === after.block.start && before.block.raw === after.block.raw && sameNotes(before.notes, after.notes),
);

/** Blocks that are skipped together when out of sight: the browser watches every group, so there should be few. */
const groupSize = 8;

/** Markdown that may still grow. Nothing in it is inserted as HTML. `notes`: what stands behind places of the text, in its order. */
export const Markdown = memo(function Markdown({ text, growing, notes = noNotes }: { text: string; growing: boolean; notes?: readonly TextNote[] }) {
  const parser = useRef<BlockParser>(null);
  parser.current ??= new BlockParser();
  const blocks = parser.current.update(text, growing);
  const groups: Block[][] = [];
  for (let at = 0; at < blocks.length; at += groupSize) groups.push(blocks.slice(at, at + groupSize));
  const last = blocks.at(-1);
  return groups.map((group, at) => (
    <div className="blocks" key={at}>
      {group.map((block, index) => <BlockView key={block.start} block={block} growing={growing && block === last} notes={notesOf(notes, block.start, blocks[at * groupSize + index + 1]?.start ?? Number.POSITIVE_INFINITY)} />)}
    </div>
  ));
});
