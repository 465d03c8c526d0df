// Owns turning growing markdown into blocks: settled ones are never parsed again, only the last one is.
import { Lexer, Marked, type MarkedOptions, type Token } from 'marked';
import { blockMaths, inlineMaths } from './maths-rule.js';
import { readable } from './unfinished.js';

export interface Block {
  /** Offset in the text; also the block's identity, for it never moves. */
  start: number;
  /** What it was made from, without help for unfinished marks. */
  raw: string;
  token: Token;
}

const marked = new Marked({ gfm: true, breaks: false, extensions: [inlineMaths, blockMaths] });
const options = marked.defaults as MarkedOptions;

type Links = Lexer['tokens']['links'];

function lex(source: string, links: Links): Token[] {
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

function toBlocks(tokens: readonly Token[], start: number): Block[] {
  const blocks: Block[] = [];
  let at = start;
  for (const token of tokens) {
    if (token.type !== 'space') blocks.push({ start: at, raw: token.raw, token });
    at += token.raw.length;
  }
  return blocks;
}

export class BlockParser {
  #text = '';
  #settled: Block[] = [];
  #tailStart = 0;
  #links: Links = Object.create(null) as Links;

  /** The blocks of a text. Cheap when the text only grew since the last call. */
  update(text: string, growing: boolean): Block[] {
    const source = normalised(text);
    const grew = growing && source.startsWith(this.#text);
    if (!grew) this.#reset();
    this.#text = source;
    if (!growing) {
      this.#reset();
      this.#text = source;
      return toBlocks(lex(source, this.#links), 0);
    }
    const tail = source.slice(this.#tailStart);
    this.#settle(lex(tail, this.#links));
    const open = source.slice(this.#tailStart);
    const shown = toBlocks(lex(readable(open), this.#links), this.#tailStart);
    return [...this.#settled, ...shown];
  }

  /** Everything before the last block that is not empty space can no longer change: what follows cannot reach over a block. */
  #settle(tokens: readonly Token[]): void {
    const last = tokens.findLastIndex(({ type }) => type !== 'space');
    if (last <= 0) return;
    let at = this.#tailStart;
    for (const token of tokens.slice(0, last)) {
      if (token.type !== 'space') this.#settled.push({ start: at, raw: token.raw, token });
      at += token.raw.length;
    }
    this.#tailStart = at;
  }

  #reset(): void {
    this.#text = '';
    this.#settled = [];
    this.#tailStart = 0;
    this.#links = Object.create(null) as Links;
  }
}
