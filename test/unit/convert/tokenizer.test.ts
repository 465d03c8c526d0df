// The tokenizer and the chat template as they arrive in the GGUF.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Template } from '@huggingface/jinja';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../core/contract/errors.js';
import { findChatTemplate, stripGenerationTags } from '../../../core/convert/chat-template.js';
import { readTokenizer, type TokenizerFiles } from '../../../core/convert/tokenizer.js';
import { preTokenizerRegexes } from '../../fixtures/pre-tokenizer-regexes.js';

const fixtures = path.resolve(import.meta.dirname, '../../fixtures');

/** The parts of tokenizer.json that the tests change. */
interface TokenizerJson extends Record<string, unknown> {
  normalizer: unknown;
  model: { type: string; byte_fallback: boolean; vocab: Record<string, number>; merges: unknown[] };
  pre_tokenizer: { pretokenizers: { type: string; pattern?: { Regex: string }; behavior?: string; invert?: boolean; add_prefix_space?: boolean; use_regex?: boolean }[] };
  added_tokens: { id: number; special: boolean }[];
}
interface Files extends TokenizerFiles {
  tokenizer: TokenizerJson;
}
type Change = (tokenizer: TokenizerJson, files: Files) => unknown;

const json = (...parts: string[]): unknown => JSON.parse(readFileSync(path.join(fixtures, ...parts), 'utf8'));
const hesiod = (): TokenizerJson => json('huginn-tokenizer-hesiod', 'tokenizer.json') as TokenizerJson;

function files(name = 'huginn-tokenizer-hesiod', change: Change = () => undefined): TokenizerFiles {
  const read = { tokenizer: json(name, 'tokenizer.json'), tokenizerConfig: json(name, 'tokenizer_config.json'), specialTokens: json(name, 'special_tokens_map.json'), generationConfig: {} } as Files;
  change(read.tokenizer, read);
  return read;
}

/** The step that splits by a regex. */
const split = (t: TokenizerJson): TokenizerJson['pre_tokenizer']['pretokenizers'][number] => t.pre_tokenizer.pretokenizers[0]!;
const byteLevel = (t: TokenizerJson): TokenizerJson['pre_tokenizer']['pretokenizers'][number] => t.pre_tokenizer.pretokenizers[1]!;

/** Code and message of the refusal. */
function refusal(change: Change, size = 640): string {
  try {
    readTokenizer(files('huginn-tokenizer-hesiod', change), size);
    return 'accepted';
  } catch (error) {
    return error instanceof AppError ? `${error.code}: ${error.message}` : String(error);
  }
}

describe('readTokenizer', () => {
  it('reads the second published tokenizer', () => {
    const read = readTokenizer(files(), 640);
    const source = hesiod();
    expect(read).toMatchObject({ preTokenizer: 'huginn-hesiod', bosId: 608, eosId: 609, eotId: 612, padId: 613, warnings: [], merges: source.model.merges });
    expect(read.tokens.map((text) => source.model.vocab[text])).toEqual(Array.from({ length: 640 }, (_, id) => id));
    expect(read.types).toEqual([...Array<number>(608).fill(1), ...Array<number>(32).fill(3)]);
  });

  it('fills rows without a token with unused tokens', () => {
    const read = readTokenizer(files(), 643);
    expect([read.tokens.slice(639), read.types.slice(639)]).toEqual([['<|<<-|>', '[UNUSED_640]', '[UNUSED_641]', '[UNUSED_642]'], [3, 5, 5, 5]]);
  });

  it('reads merges written as pairs', () => {
    const asPairs = files('huginn-tokenizer-hesiod', (tokenizer) => (tokenizer.model.merges = tokenizer.model.merges.map((merge) => String(merge).split(' '))));
    expect(readTokenizer(asPairs, 640).merges).toEqual(readTokenizer(files(), 640).merges);
  });

  it('marks added tokens that are not special as user-defined', () => {
    const read = readTokenizer(files('huginn-tokenizer-hesiod', (tokenizer) => (tokenizer.added_tokens[7]!.special = false)), 640);
    expect(read.types[tokenizerId(7)]).toBe(4);
  });

  it('takes the stop tokens from generation_config.json', () => {
    const read = readTokenizer(files('huginn-tokenizer-hesiod', (_tokenizer, all) => (all.generationConfig = { eos_token_id: [609, 611] })), 640);
    expect([read.eosId, read.eotId]).toEqual([609, 611]);
  });

  it('accepts the two published pre-tokenizers and no other', () => {
    const setRegex = (regex: string): Change => (tokenizer) => (split(tokenizer).pattern!.Regex = regex);
    expect(readTokenizer(files('huginn-tokenizer-hesiod', setRegex(preTokenizerRegexes.aeolian)), 640).preTokenizer).toBe('huginn-aeolian');
    expect(readTokenizer(files('huginn-tiny'), 512).preTokenizer).toBe('huginn-aeolian');
    expect(refusal(setRegex('\\p{L}+|\\p{N}'))).toMatch(/^convert_unknown_pretokenizer: .*\\p\{L\}\+\|\\p\{N\}/);
    expect(refusal(setRegex(preTokenizerRegexes.hesiod.replace("'", "''")))).toMatch(/^convert_unknown_pretokenizer/);
  });

  it.each<[string, Change]>([
    ['kept gaps', (t) => (split(t).behavior = 'Isolated')],
    ['kept matches', (t) => (split(t).invert = false)],
    ['a prefix space', (t) => (byteLevel(t).add_prefix_space = true)],
    ['a second regex', (t) => (byteLevel(t).use_regex = true)],
    ['a third step', (t) => t.pre_tokenizer.pretokenizers.push({ type: 'Digits' })],
    ['only ByteLevel', (t) => Object.assign(t, { pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true } })],
    ['none', (t) => Object.assign(t, { pre_tokenizer: null })],
  ])('refuses the known regex with %s', (_what, change) => {
    expect(refusal(change)).toMatch(/^convert_unknown_pretokenizer/);
  });

  it.each<[string, Change]>([
    ['a normalizer', (t) => (t.normalizer = { type: 'NFC' })],
    ['another model type', (t) => (t.model.type = 'Unigram')],
    ['no model', (t) => Object.assign(t, { model: undefined })],
    ['byte fallback', (t) => (t.model.byte_fallback = true)],
    ['a gap in the ids', (t) => Object.assign(t, { added_tokens: t.added_tokens.filter(({ id }) => id !== 620), model: { ...t.model, vocab: Object.fromEntries(Object.entries(t.model.vocab).filter(([, id]) => id !== 620)) } })],
    ['an id used twice', (t) => (t.model.vocab['newone'] = 5)],
    ['an id beyond the embedding', (t) => (t.model.vocab['newone'] = 640)],
    ['a negative id', (t) => (t.model.vocab['newone'] = -1)],
    ['an added token under another id', (t) => (t.added_tokens[0]!.id = 5)],
    ['a merge of three', (t) => (t.model.merges[3] = 'a b c')],
    ['a merge of unknown tokens', (t) => (t.model.merges[3] = 'zz qq')],
    ['a merge that is a number', (t) => (t.model.merges[3] = 7)],
    ['a BOS that does not exist', (_t, all) => (all.tokenizerConfig.bos_token = '<s>')],
    ['a stop id that does not exist', (_t, all) => (all.generationConfig = { eos_token_id: [70_000] })],
  ])('refuses %s', (_what, change) => {
    expect(refusal(change)).toMatch(/^convert_bad_tokenizer/);
  });
});

/** Id of the n-th added token. */
function tokenizerId(n: number): number {
  return hesiod().added_tokens[n]!.id;
}

describe('the chat template', () => {
  it('is taken from chat_template.jinja, else from tokenizer_config.json, else from the list entry called default', () => {
    expect([
      findChatTemplate('file', { chat_template: 'key' }),
      findChatTemplate(undefined, { chat_template: 'key' }),
      findChatTemplate(undefined, { chat_template: [{ name: 'tool_use', template: 't' }, { name: 'default', template: 'd' }] }),
      findChatTemplate(undefined, {}),
    ]).toEqual(['file', 'key', 'd', undefined]);
  });

  it.each([
    ['A{% generation %}B{% endgeneration %}C', 'ABC'],
    ['A {%generation%} B {%endgeneration%} C', 'A  B  C'],
    ['A  {%- generation -%}  B  {%- endgeneration %}  C', 'AB  C'],
    ['A\n  {% generation %}\nB\n  {% endgeneration %}\nC', 'A\nB\nC'],
    ["{{ 'generation' }}{% if generation %}x{% endif %}", 'generation'],
  ])('renders %j as transformers does', (template, rendered) => {
    expect(new Template(stripGenerationTags(template)).render({})).toBe(rendered);
  });
});
