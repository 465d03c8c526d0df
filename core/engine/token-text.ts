// Owns the way from tokens to text: the bytes of one token, and their assembly into whole characters.

/** How a vocabulary writes bytes: GPT-2's byte alphabet, SentencePiece's underscores and <0xNN>, or plain text. */
export type VocabularyKind = 'byte-level' | 'sentencepiece' | 'plain';

const utf8 = new TextEncoder();

/**
 * GPT-2's alphabet: printable Latin-1 characters stand for themselves, the other 68 bytes for U+0100 onwards.
 * Source: openai/gpt-2, src/encoder.py, bytes_to_unicode.
 */
const byteAlphabet: ReadonlyMap<string, number> = (() => {
  const stands = (byte: number): boolean => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  const alphabet = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) alphabet.set(String.fromCodePoint(stands(byte) ? byte : next++), byte);
  return alphabet;
})();

/**
 * Bytes of an ordinary token, from its entry in the vocabulary.
 * `literal` entries (added words) are written as they are, in every kind of vocabulary.
 */
export function tokenBytes(entry: string, kind: VocabularyKind, literal: boolean): Uint8Array {
  if (literal || kind === 'plain') return utf8.encode(entry);
  if (kind === 'sentencepiece') {
    const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(entry)?.[1];
    return byte === undefined ? utf8.encode(entry.replaceAll('\u2581', ' ')) : Uint8Array.of(Number.parseInt(byte, 16));
  }
  const bytes: number[] = [];
  for (const character of entry) {
    const byte = byteAlphabet.get(character);
    // Outside the alphabet: some merged vocabularies write spaces as SentencePiece does; anything else stays readable.
    bytes.push(...(byte === undefined ? utf8.encode(character === '\u2581' ? ' ' : character) : [byte]));
  }
  return Uint8Array.from(bytes);
}

/**
 * Assembles bytes into text without ever splitting a character.
 * The pieces of all pushes and of `end` join to exactly the text of all bytes; bytes that are no UTF-8 become U+FFFD.
 */
export class TextAssembler {
  // ignoreBOM: a byte order mark is text here, dropping it would lose bytes.
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** Bytes given since the last complete character, at most 3 of them still undecided. */
  #undecided = new Uint8Array(0);

  /** Text that is complete now; the beginning of a character waits. */
  push(bytes: Uint8Array): string {
    const text = this.#decoder.decode(bytes, { stream: true });
    const last = new Uint8Array([...this.#undecided, ...bytes]).slice(-3);
    this.#undecided = last.slice(incompleteFrom(last));
    return text;
  }

  /** True while a character waits for its remaining bytes. */
  get holding(): boolean {
    return this.#undecided.length > 0;
  }

  /** What is left: a character that never came to its end, as U+FFFD. */
  end(): string {
    this.#undecided = new Uint8Array(0);
    return this.#decoder.decode();
  }
}

/** Index in the last bytes of a stream where a character begins that needs more bytes; the length if there is none. */
function incompleteFrom(tail: Uint8Array): number {
  for (let back = 1; back <= tail.length; back++) {
    const byte = tail[tail.length - back]!;
    if ((byte & 0b1100_0000) === 0b1000_0000) continue;
    const length = byte >= 0xf0 && byte <= 0xf4 ? 4 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xc2 && byte < 0xe0 ? 2 : 1;
    return length > back ? tail.length - back : tail.length;
  }
  return tail.length;
}
