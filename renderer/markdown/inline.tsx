// Owns the running text inside a block: marks, links and the plain spans that remember where they came from.
import { Fragment, type ReactNode } from 'react';
import type { Token, Tokens } from 'marked';
import { useView } from '../store.js';
import { deepestDrawn } from './bounds.js';
import { cutAtHidden, withoutHidden } from './hidden-characters.js';
import { allowedLink, hostOf } from './links.js';
import { Maths } from './Maths.js';
import type { MathsToken } from './maths-rule.js';
import { enter, leave, place, type Cursor } from './source-cursor.js';
import { Visible } from './Visible.js';

function textOf(text: string, cursor: Cursor, entities: boolean): ReactNode {
  const mode = entities ? 'prose' : 'code';
  return place(cursor, text, entities).flatMap((piece, index) =>
    piece.start < 0 ? shown(piece.text, null, `${index}`, mode) : withNotes(piece.text, piece.start + cursor.base, cursor, `${index}`, mode),
  );
}

/** Text with its hidden characters made visible. `start`: where it stands in the reply; null: nowhere exactly. */
function shown(text: string, start: number | null, key: string, mode: 'prose' | 'code'): ReactNode[] {
  return cutAtHidden(text, mode).map(({ text: part, at, hidden }) => (
    <span key={`${key}.${at}`} data-o={start === null ? undefined : start + at} className={hidden === null ? undefined : 'hidden-character'} title={hidden === null ? undefined : `Hidden character: ${hidden}`}>{part}</span>
  ));
}

/** A piece of text, cut behind every character a note stands behind. */
function withNotes(text: string, start: number, { notes }: Cursor, key: string, mode: 'prose' | 'code'): ReactNode[] {
  const nodes: ReactNode[] = [];
  let from = 0;
  for (const { at, key: noteKey, node } of notes?.cutsIn(start + text.length) ?? []) {
    const to = Math.max(from, at - start);
    if (to > from) nodes.push(...shown(text.slice(from, to), start + from, `${key} ${from}`, mode));
    nodes.push(<Fragment key={`${key} ${noteKey}`}>{node}</Fragment>);
    from = to;
  }
  if (from < text.length) nodes.push(...shown(text.slice(from), start + from, from === 0 ? key : `${key} ${from}`, mode));
  return nodes;
}

function linkOf(token: Tokens.Link, cursor: Cursor, key: number): ReactNode {
  const href = allowedLink(token.href);
  const content = inlineNodes(token.tokens, cursor);
  if (href === null) return <span key={key} className="dead-link" title={withoutHidden(token.href.slice(0, 500))}>{content}</span>;
  return (
    <a
      key={key}
      href={href}
      rel="noreferrer noopener"
      target="_blank"
      title={href}
      onClick={(event) => {
        event.preventDefault();
        useView.setState({ link: href });
      }}
      onAuxClick={(event) => event.preventDefault()}
    >
      {content}
    </a>
  );
}

/** A picture from elsewhere would tell its server that this conversation exists: its address is shown, it is not loaded. */
function imageOf(token: Tokens.Image, key: number): ReactNode {
  const href = allowedLink(token.href);
  const label = withoutHidden(`Picture not loaded: ${token.text.slice(0, 300) || (href ? hostOf(href) : 'no address')}`);
  if (href === null) return <span key={key} className="picture" title={withoutHidden(token.href.slice(0, 200))}>{label}</span>;
  return (
    <button key={key} type="button" className="picture" title={href} onClick={() => useView.setState({ link: href })}>
      {label} <span className="picture-address">{href}</span>
    </button>
  );
}

/** The few tags that mean a typographic effect and can do nothing else. */
function tagOf(raw: string, key: number): ReactNode {
  return /^<br\s*\/?>$/i.test(raw) ? <br key={key} /> : <span key={key}><Visible text={raw} where="code" /></span>;
}

function elementOf(token: Token, cursor: Cursor, key: number): ReactNode {
  switch (token.type) {
    case 'strong':
      return <strong key={key}>{inlineNodes((token as Tokens.Generic).tokens, cursor)}</strong>;
    case 'em':
      return <em key={key}>{inlineNodes((token as Tokens.Generic).tokens, cursor)}</em>;
    case 'del':
      return <del key={key}>{inlineNodes((token as Tokens.Generic).tokens, cursor)}</del>;
    case 'codespan':
      return <code key={key}>{textOf((token as Tokens.Codespan).text, cursor, false)}</code>;
    case 'br':
      return <br key={key} />;
    case 'link':
      return linkOf(token as Tokens.Link, cursor, key);
    case 'image':
      return imageOf(token as Tokens.Image, key);
    case 'maths':
      return <Maths key={key} tex={(token as MathsToken).tex} display={(token as MathsToken).display} raw={token.raw} />;
    case 'html':
      return tagOf(token.raw, key);
    case 'escape':
      return <Fragment key={key}>{textOf((token as Tokens.Escape).text, cursor, false)}</Fragment>;
    case 'text': {
      const { text, tokens } = token as Tokens.Text;
      return <Fragment key={key}>{tokens ? inlineNodes(tokens, cursor) : textOf(text, cursor, true)}</Fragment>;
    }
    default:
      return <span key={key}><Visible text={token.raw} where="code" /></span>;
  }
}

/**
 * Running text as elements. The cursor moves while they are made, so this is a function called in order and not a component,
 * which React may call later or twice.
 */
export function inlineNodes(tokens: readonly Token[] | undefined, cursor: Cursor): ReactNode[] {
  return (tokens ?? []).map((token, key) => {
    const inside = enter(cursor, token.raw);
    const node = inside.depth > deepestDrawn ? <span key={key}><Visible text={token.raw} where="code" /></span> : elementOf(token, inside, key);
    leave(cursor, inside);
    return node;
  });
}
