// Owns the tokens an encoder reads: a text, or a question with a passage, put together as such models were trained.
import type { NativeModel } from './native-types.js';

/** llama.h, enum llama_vocab_type: WordPiece, the vocabulary of BERT. */
const wordPiece = 3;

type Vocabulary = Pick<NativeModel, 'vocabularyType' | 'bos' | 'eos' | 'sep' | 'wantsBos' | 'wantsEos' | 'tokenize'>;

const present = (...ids: number[]): number[] => ids.filter((id) => id >= 0);

/** Tokens of one text with what opens and closes it, at most `limit`: what does not fit is cut off its end. */
export function textTokens(model: Vocabulary, text: string, limit: number): Uint32Array {
  const isWordPiece = model.vocabularyType === wordPiece;
  const before = model.wantsBos || isWordPiece ? present(model.bos) : [];
  const after = isWordPiece ? present(model.sep) : model.wantsEos ? present(model.eos) : [];
  const body = fitting(model.tokenize(text, false), limit - before.length - after.length);
  const all = Uint32Array.of(...before, ...body, ...after);
  // A decoder without marks at the ends would have nothing to read of an empty text.
  return all.length > 0 ? all : model.tokenize('.', false);
}

/**
 * Tokens of a question and a passage. Without a template as BERT and RoBERTa pairs: marks of the vocabulary between them (llama.cpp's server does the
 * same). At most `limit`: the passage is cut, and a question longer than a third of it.
 */
export function pairTokens(model: Vocabulary, query: string, text: string, template: string | null, limit: number): Uint32Array {
  const parts = template === null ? pairParts(model) : templateParts(model, template);
  const marks = parts.reduce((sum, part) => sum + (typeof part === 'string' ? 0 : part.length), 0);
  const question = fitting(model.tokenize(query, false), Math.floor(limit / 3));
  const times = (what: string): number => Math.max(1, parts.filter((part) => part === what).length);
  const passage = fitting(model.tokenize(text, false), Math.floor((limit - marks - question.length * times('query')) / times('document')));
  return Uint32Array.of(...parts.flatMap((part) => (part === 'query' ? [...question] : part === 'document' ? [...passage] : part)));
}

type Part = 'query' | 'document' | number[];

function pairParts(model: Vocabulary): Part[] {
  const { bos, eos, sep } = model;
  if (model.vocabularyType === wordPiece) return [present(bos), 'query', present(sep), 'document', present(sep)];
  return [model.wantsBos ? present(bos) : [], 'query', model.wantsEos ? present(eos) : [], present(sep), 'document', model.wantsEos ? present(eos) : []];
}

function templateParts(model: Vocabulary, template: string): Part[] {
  const parts = template.split(/(\{query\}|\{document\})/).map((piece): Part => (piece === '{query}' ? 'query' : piece === '{document}' ? 'document' : [...model.tokenize(piece, true)]));
  return model.wantsBos ? [present(model.bos), ...parts] : parts;
}

const fitting = (tokens: Uint32Array, room: number): Uint32Array => tokens.subarray(0, Math.max(0, room));
