// Owns what the engine knows of a model's vocabulary: the bytes of each token, and the control tokens with their texts.
import type { NativeModel } from './native-types.js';
import type { ControlToken, PromptModel } from './prompt.js';
import { tokenBytes, type VocabularyKind } from './token-text.js';

/** llama.h, enum llama_token_attr. */
const attribute = { unknown: 1, unused: 2, normal: 4, control: 8, userDefined: 16, byte: 32, stripsLeft: 128, stripsRight: 256 } as const;
/** llama.h, enum llama_vocab_type. */
const kinds: Readonly<Record<number, VocabularyKind>> = { 1: 'sentencepiece', 2: 'byte-level', 4: 'sentencepiece' };

export interface Vocabulary extends PromptModel {
  /** Bytes a token adds to the answer; none for control tokens, they are not shown. */
  bytes(id: number): Uint8Array;
}

const nothing = new Uint8Array(0);

export function createVocabulary(model: NativeModel, size: number, chatTemplate: string | null): Vocabulary {
  const kind = kinds[model.vocabularyType] ?? 'plain';
  let controlTokens: ControlToken[] | null = null;
  return {
    tokenize: (text, parseSpecial) => model.tokenize(text, parseSpecial),
    /** Found at the first prompt: a pass over 65,536 entries takes some 20 ms. */
    get controlTokens() {
      controlTokens ??= findControlTokens(model, size);
      return controlTokens;
    },
    bos: model.bos < 0 ? null : { id: model.bos, text: model.tokenEntry(model.bos) },
    eosText: model.eos < 0 ? '' : model.tokenEntry(model.eos),
    wantsBos: model.wantsBos,
    chatTemplate,
    bytes(id) {
      const attributes = model.tokenAttributes(id);
      if ((attributes & (attribute.control | attribute.unknown | attribute.unused)) !== 0) return nothing;
      return tokenBytes(model.tokenEntry(id), (attributes & attribute.byte) === 0 ? kind : 'sentencepiece', (attributes & attribute.userDefined) !== 0);
    },
  };
}

function findControlTokens(model: NativeModel, size: number): ControlToken[] {
  const found: ControlToken[] = [];
  for (let id = 0; id < size; id++) {
    const attributes = model.tokenAttributes(id);
    if ((attributes & (attribute.control | attribute.unknown)) === 0) continue;
    found.push({ id, text: model.tokenEntry(id), stripsLeft: (attributes & attribute.stripsLeft) !== 0, stripsRight: (attributes & attribute.stripsRight) !== 0 });
  }
  return found;
}
