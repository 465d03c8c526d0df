// Owns turning growing markdown into blocks: settled ones are never parsed again, only the end of the last one is.
import { Lexer, Marked, type MarkedOptions, type Token, type Tokens } from 'marked';
import { isBeyondReason } from './bounds.js';
import { cutFront, type Fragment } from './fragments.js';
import { blockMaths, inlineMaths } from './maths-rule.js';
import { readable } from './unfinished.js';

export interface Block {
  /** Offset in the text; also the block's identity, for it never moves. */
  start: number;
  /** What it was made from, without help for unfinished marks. */
  raw: string;
  token: Token;
  /** A very long paragraph, in stretches. */
  fragments?: readonly Fragment[];
}

const marked = new Marked({ gfm: true, breaks: false, extensions: [inlineMaths, blockMaths] });
const options = marked.defaults as MarkedOptions;

type Links = Lexer['tokens']['links'];

/** Shown as it was written. */
const plain = (source: string): Token[] => [{ type: 'plain', raw: source, text: source }];

function lex(source: string, links: Links): Token[] {
  if (isBeyondReason(source)) return plain(source);
  try {
    return lexWith(source, links);
  } catch (thrown) {
    // The stack is what runs out; the bounds above are meant to see it coming.
    if (thrown instanceof RangeError) return plain(source);
    throw thrown;
  }
}

function lexWith(source: string, links: Links): Token[] {
  const lexer = new Lexer(options);
  // Link definitions of settled blocks stay known to later ones.
  Object.assign(lexer.tokens.links, links);
  const tokens = lexer.lex(source);
  Object.assign(links, tokens.links);
  return tokens;
}

/** Same length, one kind of line end: offsets must keep pointing into the text. */
function normalised(text: string): string {
  return text.includes('\r') ? text.replaceAll('\r\n', ' \n').replaceAll('\r', '\n') : text;
}

const isParagraph = (token: Token | undefined): token is Tokens.Paragraph => token?.type === 'paragraph' && token.tokens !== undefined;

export class BlockParser {
  #text = '';
  #settled: Block[] = [];
  /** Stretches of the paragraph that is being written, cut off its front. */
  #front: Fragment[] = [];
  /** What is parsed again: from here on. */
  #tailStart = 0;
  #links: Links = Object.create(null) as Links;

  /** The blocks of a text. Cheap when the text only grew since the last call. */
  update(text: string, growing: boolean): Block[] {
    const source = normalised(text);
    if (!growing || !source.startsWith(this.#text)) this.#reset();
    this.#text = source;
    if (!growing) return this.#toBlocks(lex(source, this.#links), 0);
    this.#settle(lex(source.slice(this.#tailStart), this.#links));
    const tail = source.slice(this.#tailStart);
    const shown = this.#toBlocks(lex(isBeyondReason(tail) ? tail : readable(tail), this.#links), this.#tailStart, this.#front);
    return [...this.#settled, ...shown];
  }

  #toBlocks(tokens: readonly Token[], start: number, front: readonly Fragment[] = []): Block[] {
    const blocks: Block[] = [];
    let at = start;
    let before = front;
    for (const token of tokens) {
      if (token.type !== 'space') {
        blocks.push(this.#toBlock(token, at, before));
        before = [];
      }
      at += token.raw.length;
    }
    return blocks;
  }

  #toBlock(token: Token, at: number, front: readonly Fragment[]): Block {
    const start = front[0]?.start ?? at;
    const raw = start === at ? token.raw : this.#text.slice(start, at) + token.raw;
    if (!isParagraph(token)) return { start, raw, token };
    const { done, rest } = cutFront(token, at);
    const fragments = [...front, ...done];
    return fragments.length === 0 ? { start, raw, token } : { start, raw, token, fragments: [...fragments, rest] };
  }

  /** Everything before the last block that is not empty space can no longer change: what follows cannot reach over a block. */
  #settle(tokens: readonly Token[]): void {
    const last = tokens.findLastIndex(({ type }) => type !== 'space');
    if (last > 0) {
      const settled = tokens.slice(0, last);
      this.#settled.push(...this.#toBlocks(settled, this.#tailStart, this.#front));
      this.#front = [];
      for (const { raw } of settled) this.#tailStart += raw.length;
    }
    const token = tokens[last];
    if (!isParagraph(token)) return;
    const { done, rest } = cutFront(token, this.#tailStart);
    this.#front.push(...done);
    this.#tailStart = rest.start;
  }

  #reset(): void {
    this.#settled = [];
    this.#front = [];
    this.#tailStart = 0;
    this.#links = Object.create(null) as Links;
  }
}
