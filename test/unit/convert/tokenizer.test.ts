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
const json = (...parts: string[]): any => JSON.parse(readFileSync(path.join(fixtures, ...parts), 'utf8'));

function files(name = 'huginn-tokenizer-hesiod', change: (tokenizer: any, files: any) => void = () => undefined): TokenizerFiles {
  const read = { tokenizer: json(name, 'tokenizer.json'), tokenizerConfig: json(name, 'tokenizer_config.json'), specialTokens: json(name, 'special_tokens_map.json'), generationConfig: {} };
  change(read.tokenizer, read);
  return read;
}

/** Code and message of the refusal. */
function refusal(change: (tokenizer: any, files: any) => void, size = 640): string {
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
    const source = json('huginn-tokenizer-hesiod', 'tokenizer.json');
    expect(read).toMatchObject({ preTokenizer: 'huginn-hesiod', bosId: 608, eosId: 609, eotId: 612, padId: 613, warnings: [], merges: source.model.merges });
    expect(read.tokens.map((text) => source.model.vocab[text])).toEqual(Array.from({ length: 640 }, (_, id) => id));
    expect(read.types).toEqual([...Array<number>(608).fill(1), ...Array<number>(32).fill(3)]);
  });

  it('fills rows without a token with unused tokens', () => {
    const read = readTokenizer(files(), 643);
    expect([read.tokens.slice(639), read.types.slice(639)]).toEqual([['<|<<-|>', '[UNUSED_640]', '[UNUSED_641]', '[UNUSED_642]'], [3, 5, 5, 5]]);
  });

  it('reads merges written as pairs', () => {
    const asPairs = files('huginn-tokenizer-hesiod', (tokenizer) => (tokenizer.model.merges = tokenizer.model.merges.map((merge: string) => merge.split(' '))));
    expect(readTokenizer(asPairs, 640).merges).toEqual(readTokenizer(files(), 640).merges);
  });

  it('marks added tokens that are not special as user-defined', () => {
    const read = readTokenizer(files('huginn-tokenizer-hesiod', (tokenizer) => (tokenizer.added_tokens[7].special = false)), 640);
    expect(read.types[tokenizerId(7)]).toBe(4);
  });

  it('takes the stop tokens from generation_config.json', () => {
    const read = readTokenizer(files('huginn-tokenizer-hesiod', (_tokenizer, all) => (all.generationConfig = { eos_token_id: [609, 611] })), 640);
    expect([read.eosId, read.eotId]).toEqual([609, 611]);
  });

  it('accepts the two published pre-tokenizers and no other', () => {
    const setRegex = (regex: string) => (tokenizer: any) => (tokenizer.pre_tokenizer.pretokenizers[0].pattern.Regex = regex);
    expect(readTokenizer(files('huginn-tokenizer-hesiod', setRegex(preTokenizerRegexes.aeolian)), 640).preTokenizer).toBe('huginn-aeolian');
    expect(readTokenizer(files('huginn-tiny'), 512).preTokenizer).toBe('huginn-aeolian');
    expect(refusal(setRegex('\\p{L}+|\\p{N}'))).toMatch(/^convert_unknown_pretokenizer: .*\\p\{L\}\+\|\\p\{N\}/);
    expect(refusal(setRegex(preTokenizerRegexes.hesiod.replace("'", "''")))).toMatch(/^convert_unknown_pretokenizer/);
  });

  it.each([
    ['kept gaps', (t: any) => (t.pre_tokenizer.pretokenizers[0].behavior = 'Isolated')],
    ['kept matches', (t: any) => (t.pre_tokenizer.pretokenizers[0].invert = false)],
    ['a prefix space', (t: any) => (t.pre_tokenizer.pretokenizers[1].add_prefix_space = true)],
    ['a second regex', (t: any) => (t.pre_tokenizer.pretokenizers[1].use_regex = true)],
    ['a third step', (t: any) => t.pre_tokenizer.pretokenizers.push({ type: 'Digits' })],
    ['only ByteLevel', (t: any) => (t.pre_tokenizer = { type: 'ByteLevel', add_prefix_space: false, use_regex: true })],
    ['none', (t: any) => (t.pre_tokenizer = null)],
  ])('refuses the known regex with %s', (_what, change) => {
    expect(refusal(change)).toMatch(/^convert_unknown_pretokenizer/);
  });

  it.each([
    ['a normalizer', (t: any) => (t.normalizer = { type: 'NFC' })],
    ['another model type', (t: any) => (t.model.type = 'Unigram')],
    ['no model', (t: any) => delete t.model],
    ['byte fallback', (t: any) => (t.model.byte_fallback = true)],
    ['a gap in the ids', (t: any) => (t.model.vocab = Object.fromEntries(Object.entries(t.model.vocab).filter(([, id]) => id !== 300)))],
    ['an id used twice', (t: any) => (t.model.vocab['newone'] = 5)],
    ['an id beyond the embedding', (t: any) => (t.model.vocab['newone'] = 640)],
    ['a negative id', (t: any) => (t.model.vocab['newone'] = -1)],
    ['an added token under another id', (t: any) => (t.added_tokens[0].id = 5)],
    ['a merge of three', (t: any) => (t.model.merges[3] = 'a b c')],
    ['a merge of unknown tokens', (t: any) => (t.model.merges[3] = 'zz qq')],
    ['a merge that is a number', (t: any) => (t.model.merges[3] = 7)],
    ['a BOS that does not exist', (_t: any, all: any) => (all.tokenizerConfig.bos_token = '<s>')],
    ['a stop id that does not exist', (_t: any, all: any) => (all.generationConfig = { eos_token_id: [70_000] })],
  ])('refuses %s', (_what, change) => {
    expect(refusal(change)).toMatch(/^convert_bad_tokenizer/);
  });
});

/** Id of the n-th added token. */
function tokenizerId(n: number): number {
  return json('huginn-tokenizer-hesiod', 'tokenizer.json').added_tokens[n].id as number;
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
