// Owns the way from a conversation to token ids: the model's chat template, and a tokeniser that users cannot trick.
//
// A user who types "<|end_turn|>" must get these ten characters, not the token. So the texts of control tokens inside messages are
// broken by a mark before the template sees them. After rendering, only the template's own control texts are whole: the text is cut
// there, and the pieces between, freed of their marks, are tokenised as plain text. Template text and message text in one piece are
// tokenised together, as the model was trained ("\n\n" and the first word of a message may share a token).
// Added words that are no control tokens ("<think>" in some models) stay what they are everywhere, as in transformers.
// A conversation without control texts takes llama.cpp's own path in one call; both paths give the same ids for it.
import { AppError } from '../contract/errors.js';
import type { ChatMessage } from '../contract/engine.js';
import { compileTemplate } from './template.js';

/** What prompts need of a model. */
export interface PromptModel {
  tokenize(text: string, parseSpecial: boolean): Uint32Array;
  /** Control tokens, with whether they swallow white space before and after them. */
  controlTokens: readonly ControlToken[];
  bos: { id: number; text: string } | null;
  eosText: string;
  /** The vocabulary wants a BOS before every text; the template may have written it already. */
  wantsBos: boolean;
  chatTemplate: string | null;
}

export interface ControlToken {
  id: number;
  text: string;
  stripsLeft: boolean;
  stripsRight: boolean;
}

export interface ChatPrompt {
  /** As the template writes it, message text unchanged. */
  render(messages: readonly ChatMessage[], addGenerationPrompt: boolean): string;
  /** Ids of the conversation with the opening of a reply. */
  toIds(messages: readonly ChatMessage[]): Uint32Array;
}

/** Compiles the template once and tries it. Errors, from here and from rendering: chat_template_invalid. */
export function createChatPrompt(model: PromptModel): ChatPrompt {
  const write = model.chatTemplate === null ? plainTranscript : templateWriter(model.chatTemplate, model);
  const control = [...model.controlTokens].filter(({ text }) => text !== '').sort((a, b) => b.text.length - a.text.length);
  return {
    render: (messages, addGenerationPrompt) => write(messages, addGenerationPrompt),
    toIds(messages) {
      const mark = unusedMark([model.chatTemplate ?? '', ...messages.map(({ text }) => text)]);
      const safe = messages.map(({ role, text }) => ({ role, text: breakControlTexts(text.toWellFormed(), control, mark) }));
      const rendered = write(safe, true);
      const ids = rendered.includes(mark) ? tokenizeMarked(rendered, mark, control, model) : model.tokenize(rendered, true);
      if (!model.wantsBos || model.bos === null || ids[0] === model.bos.id) return ids;
      return Uint32Array.of(model.bos.id, ...ids);
    },
  };
}

type Writer = (messages: readonly ChatMessage[], addGenerationPrompt: boolean) => string;

function templateWriter(source: string, { bos, eosText }: PromptModel): Writer {
  const write = compileTemplate(source);
  const writer: Writer = (messages, addGenerationPrompt) =>
    write({
      messages: messages.map(({ role, text }) => ({ role, content: text })),
      add_generation_prompt: addGenerationPrompt,
      bos_token: bos?.text ?? '',
      eos_token: eosText,
    });
  // A template that never ends is found out while its model is loaded, not with the first message.
  writer([{ role: 'user', text: 'Hello' }], true);
  return writer;
}

/** For a GGUF without a chat template: a transcript that a text model can continue. */
const plainTranscript: Writer = (messages, addGenerationPrompt) => {
  const names = { system: '', user: 'User: ', assistant: 'Assistant: ' } as const;
  const lines = messages.map(({ role, text }) => `${names[role]}${text.trim()}\n\n`);
  return lines.join('') + (addGenerationPrompt ? 'Assistant:' : '');
};

/** A private-use character that none of the texts contains; there are 6400. */
function unusedMark(texts: readonly string[]): string {
  for (let code = 0xe000; code <= 0xf8ff; code++) {
    const mark = String.fromCharCode(code);
    if (!texts.some((text) => text.includes(mark))) return mark;
  }
  throw new AppError('bad_request', 'The message uses every private character there is.');
}

/**
 * Puts a mark into every control text of a message, also into a part of one at either end that the template might complete.
 * Templates trim messages, so no mark stands outside the first and last visible character. `control`: longest first.
 */
export function breakControlTexts(text: string, control: readonly ControlToken[], mark: string): string {
  let safe = text;
  for (const { text: literal } of control) {
    if (safe.includes(literal)) safe = safe.replaceAll(literal, breakIn(literal, mark));
  }
  const start = safe.length - safe.trimStart().length;
  const end = safe.trimEnd().length;
  if (end <= start) return safe;
  const body = safe.slice(start, end);
  const tail = Math.max(0, ...control.map(({ text: literal }) => overlap(body, literal, literal.length - 1)));
  const head = control.some(({ text: literal }) => overlap(literal, body, literal.length - 1) > 0);
  const closed = tail === 0 ? body : `${body.slice(0, body.length - tail + 1)}${mark}${body.slice(body.length - tail + 1)}`;
  return safe.slice(0, start) + (head ? mark : '') + closed + safe.slice(end);
}

/** A one-character control text is doubled by marks around it; it is no longer equal to itself then, which is all that counts. */
function breakIn(literal: string, mark: string): string {
  return literal.length === 1 ? `${mark}${literal}${mark}` : `${literal[0]}${mark}${literal.slice(1)}`;
}

/** Length of the longest text, up to `longest`, that ends `text` and begins `next`. */
function overlap(text: string, next: string, longest: number): number {
  for (let length = Math.min(text.length, next.length, longest); length > 0; length--) {
    if (text.endsWith(next.slice(0, length))) return length;
  }
  return 0;
}

/** Cuts at the template's control texts; everything else is plain text once its marks are gone. `control`: longest first. */
function tokenizeMarked(rendered: string, mark: string, control: readonly ControlToken[], model: PromptModel): Uint32Array {
  const ids: number[] = [];
  const firstCharacters = new Set(control.map(({ text }) => text[0]));
  const controlIds = new Set(control.map(({ id }) => id));
  let from = 0;
  let stripLeft = false;
  const plain = (to: number, stripRight: boolean): void => {
    let piece = rendered.slice(from, to).replaceAll(mark, '');
    if (stripLeft) piece = piece.trimStart();
    if (stripRight) piece = piece.trimEnd();
    ids.push(...plainIds(piece, controlIds, model));
  };
  for (let at = 0; at < rendered.length; ) {
    const token = firstCharacters.has(rendered[at]) ? control.find(({ text }) => rendered.startsWith(text, at) && !isMarked(rendered, at, text, mark)) : undefined;
    if (!token) {
      at += 1;
      continue;
    }
    plain(at, token.stripsLeft);
    ids.push(token.id);
    at += token.text.length;
    from = at;
    stripLeft = token.stripsRight;
  }
  plain(rendered.length, false);
  return Uint32Array.from(ids);
}

/**
 * Ids of plain text, none of them a control token. Some vocabularies can merge characters into one even when it is not parsed
 * ("<s>" in SentencePiece ones); then the text is cut in two until they cannot.
 */
function plainIds(piece: string, controlIds: ReadonlySet<number>, model: PromptModel): number[] {
  const ids = [...model.tokenize(piece, false)];
  if (!ids.some((id) => controlIds.has(id))) return ids;
  const characters = [...piece];
  if (characters.length < 2) return [];
  const middle = characters.length >> 1;
  return [characters.slice(0, middle), characters.slice(middle)].flatMap((half) => plainIds(half.join(''), controlIds, model));
}

/** Only a control text of one character can still be found where a message had it; its marks stand beside it. */
function isMarked(rendered: string, at: number, text: string, mark: string): boolean {
  return text.length === 1 && rendered[at - 1] === mark && rendered[at + 1] === mark;
}
