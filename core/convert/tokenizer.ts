// Turns a byte-level BPE tokenizer.json into GGUF's token list, merges, types and special ids, and identifies its pre-tokenizer.
import { AppError } from '../contract/errors.js';
import { isRecord } from './bounded-file.js';
import { identifyPreTokenizer, type PreTokenizer } from './pre-tokenizer.js';
import { shown } from './untrusted-text.js';

/** llama.h, enum llama_token_type. */
export const tokenTypes = { normal: 1, control: 3, userDefined: 4, unused: 5 } as const;

export interface GgufTokenizer {
  preTokenizer: PreTokenizer;
  /** Index = id. Ordinary tokens in GPT-2's byte alphabet, as tokenizer.json has them. */
  tokens: string[];
  types: number[];
  /** "left right", best rank first. */
  merges: string[];
  bosId: number | undefined;
  eosId: number | undefined;
  /** End of turn: the second stop token of generation_config.json, or <|end_turn|>. */
  eotId: number | undefined;
  padId: number | undefined;
  warnings: string[];
}

export interface TokenizerFiles {
  tokenizer: Record<string, unknown>;
  tokenizerConfig: Record<string, unknown>;
  generationConfig: Record<string, unknown>;
  specialTokens: Record<string, unknown>;
}

/**
 * Reads the tokenizer of a checkpoint whose embedding has `vocabularySize` rows; rows without a token become unused tokens.
 * Errors: convert_bad_tokenizer, convert_unknown_pretokenizer.
 */
export function readTokenizer(files: TokenizerFiles, vocabularySize: number): GgufTokenizer {
  const model = files.tokenizer['model'];
  if (!isRecord(model) || !isRecord(model['vocab']) || !Array.isArray(model['merges'])) throw bad('it has no BPE vocabulary and merges');
  refuseUnsupported(files.tokenizer, model);
  const preTokenizer = identifyPreTokenizer(files.tokenizer['pre_tokenizer']);
  const warnings: string[] = [];
  const ids = new Map<string, number>();
  const tokens: (string | undefined)[] = [];
  const add = (text: string, id: unknown): number => {
    if (!Number.isSafeInteger(id) || (id as number) < 0 || (id as number) >= vocabularySize) throw bad(`the token ${shown(text)} has the id ${shown(id)}, but the model has rows 0 to ${vocabularySize - 1}`);
    const index = id as number;
    if ((tokens[index] ?? text) !== text || (ids.get(text) ?? index) !== index) throw bad(`the id ${index} of ${shown(text)} is used twice or the token is listed twice`);
    tokens[index] = text;
    ids.set(text, index);
    return index;
  };
  for (const [text, id] of Object.entries(model['vocab'])) add(text, id);
  const types = Array.from<number>({ length: vocabularySize }).fill(tokenTypes.normal);
  for (const added of asArray(files.tokenizer['added_tokens'])) {
    if (!isRecord(added) || typeof added['content'] !== 'string') throw bad('an added token has no text');
    types[add(added['content'], added['id'])] = added['special'] === true ? tokenTypes.control : tokenTypes.userDefined;
    if (added['lstrip'] === true || added['rstrip'] === true) warnings.push(`The token ${shown(added['content'])} strips blanks around it; Plumb does not.`);
  }

  const count = ids.size;
  for (let id = 0; id < vocabularySize; id++) {
    if (tokens[id] !== undefined) continue;
    if (id < count) throw bad(`no token has the id ${id}; ids must run from 0 without gaps`);
    tokens[id] = `[UNUSED_${id}]`;
    if (ids.has(`[UNUSED_${id}]`)) throw bad(`the token [UNUSED_${id}] is in the way of the padding`);
    types[id] = tokenTypes.unused;
  }
  const missingBytes = byteAlphabet().filter((symbol) => !ids.has(symbol)).length;
  if (missingBytes > 0) warnings.push(`The vocabulary has no token for ${missingBytes} of the 256 bytes; text with them loses these bytes.`);
  return { preTokenizer, tokens: tokens as string[], types, merges: readMerges(model['merges'], ids), ...specialIds(files, ids, vocabularySize, warnings), warnings };
}

function refuseUnsupported(tokenizer: Record<string, unknown>, model: Record<string, unknown>): void {
  if ((model['type'] ?? 'BPE') !== 'BPE') throw bad(`its model is ${shown(model['type'])}, not BPE`);
  if ((tokenizer['normalizer'] ?? null) !== null) throw bad('it normalises text before splitting it, which the engine would not do');
  for (const key of ['continuing_subword_prefix', 'end_of_word_suffix', 'unk_token', 'dropout'] as const) {
    if (!['', 0, null].includes((model[key] ?? null) as string | number | null)) throw bad(`its setting "${key}" is not supported`);
  }
  for (const key of ['byte_fallback', 'ignore_merges', 'fuse_unk'] as const) {
    if (model[key] === true) throw bad(`its setting "${key}" is not supported`);
  }
}

/** Older exporters write "a b", newer ones ["a", "b"]. */
function readMerges(merges: unknown[], ids: ReadonlyMap<string, number>): string[] {
  return merges.map((merge, rank) => {
    const pair: unknown[] = typeof merge === 'string' ? merge.split(' ') : asArray(merge);
    const [left, right] = pair;
    if (pair.length !== 2 || typeof left !== 'string' || typeof right !== 'string' || left.includes(' ') || right.includes(' ')) throw bad(`merge ${rank} is not a pair of tokens`);
    if (!ids.has(left) || !ids.has(right) || !ids.has(left + right)) throw bad(`merge ${rank} (${shown(left)} and ${shown(right)}) names a token that is not in the vocabulary`);
    return `${left} ${right}`;
  });
}

type SpecialIds = Pick<GgufTokenizer, 'bosId' | 'eosId' | 'eotId' | 'padId'>;

function specialIds(files: TokenizerFiles, ids: ReadonlyMap<string, number>, vocabularySize: number, warnings: string[]): SpecialIds {
  const named = (key: string): number | undefined => {
    const entry = files.tokenizerConfig[key] ?? files.specialTokens[key];
    const text = isRecord(entry) ? entry['content'] : entry;
    if (typeof text !== 'string') return undefined;
    const id = ids.get(text);
    if (id === undefined) throw bad(`"${key}" is ${shown(text)}, which is not in the vocabulary`);
    return id;
  };
  const numbered = (key: string): number[] => {
    const value = files.generationConfig[key] ?? [];
    return (Array.isArray(value) ? value : [value]).map((id: unknown) => {
      if (!Number.isSafeInteger(id) || (id as number) < 0 || (id as number) >= vocabularySize) throw bad(`"${key}" in generation_config.json names the id ${shown(id)}, which does not exist`);
      return id as number;
    });
  };
  const stops = numbered('eos_token_id');
  const eosId = named('eos_token') ?? stops[0];
  const others = stops.filter((id) => id !== eosId);
  if (others.length > 1) warnings.push(`generation_config.json has ${stops.length} stop tokens; only ${eosId} and ${others[0]} are kept.`);
  return { bosId: named('bos_token') ?? numbered('bos_token_id')[0], eosId, eotId: others[0] ?? ids.get('<|end_turn|>'), padId: named('pad_token') ?? numbered('pad_token_id')[0] };
}

/** GPT-2's printable stand-ins for the 256 bytes: printable Latin-1 stands for itself, the rest is shifted to U+0100 and up. */
function byteAlphabet(): string[] {
  let shifted = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCharCode(printable ? byte : shifted++);
  });
}

function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function bad(why: string): AppError {
  return new AppError('convert_bad_tokenizer', `The tokenizer cannot be converted: ${why}. Check that tokenizer.json belongs to this model.`, why);
}
