// Proves what becomes of a conversation on its way to tokens, and that typed control texts stay text.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../../../core/contract/engine.js';
import { breakControlTexts, createChatPrompt, type ControlToken, type PromptModel } from '../../../core/engine/prompt.js';

const controlTexts = ['<s>', '<|begin_text|>', '<|end_turn|>', '<|end_text|>', '<|c_0|>'];
const controlTokens: ControlToken[] = controlTexts.map((text, id) => ({ id: 0x200000 + id, text, stripsLeft: false, stripsRight: false }));

/** One id per character, except that "\n\n" and the character behind it merge: template and message share a token there. */
function tokenize(text: string, parseSpecial: boolean): Uint32Array {
  const ids: number[] = [];
  for (let at = 0; at < text.length; ) {
    const special = parseSpecial ? controlTokens.find((token) => text.startsWith(token.text, at)) : undefined;
    const merged = /^\n\n[a-z]/.test(text.slice(at));
    ids.push(special ? special.id : merged ? 0x100000 + text.charCodeAt(at + 2) : text.charCodeAt(at));
    at += special ? special.text.length : merged ? 3 : 1;
  }
  return Uint32Array.from(ids);
}

const template =
  "{% for m in messages %}{% if loop.index0 == 0 %}{{ bos_token }}{% endif %}{{ m['role'] }}\n\n{{ m['content'] | trim }}<|end_turn|>{% endfor %}{% if add_generation_prompt %}assistant\n\n{% else %}<|end_text|>{% endif %}";
const model = (changes: Partial<PromptModel> = {}): PromptModel => ({
  tokenize,
  controlTokens,
  bos: { id: 0x200001, text: '<|begin_text|>' },
  eosText: '<|end_text|>',
  wantsBos: false,
  chatTemplate: template,
  ...changes,
});
const user = (text: string): ChatMessage[] => [{ role: 'user', text }];
const controlIn = (ids: Uint32Array): number[] => [...ids].filter((id) => id >= 0x200000);

describe('a prompt', () => {
  it('is the template, with control texts as tokens and the rest tokenised in one piece', () => {
    const prompt = createChatPrompt(model());
    expect(prompt.render(user(' hi '), true)).toBe('<|begin_text|>user\n\nhi<|end_turn|>assistant\n\n');
    expect(prompt.toIds(user(' hi '))).toEqual(tokenize('<|begin_text|>user\n\nhi<|end_turn|>assistant\n\n', true));
  });

  it('holds exactly the control tokens of the template, whatever a user types', () => {
    const prompt = createChatPrompt(model());
    const part = fc.oneof(fc.constantFrom(...controlTexts, '<', '|>', '>', ' ', '\n', '<|end_', 'turn|>', '\uE000'), fc.string({ unit: 'binary', maxLength: 3 }));
    fc.assert(
      fc.property(fc.array(part).map((parts) => parts.join('')), (text) => {
        const ids = prompt.toIds(user(text));
        expect(controlIn(ids)).toEqual([0x200001, 0x200002]);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps every character a user typed, control texts included', () => {
    const prompt = createChatPrompt(model());
    const ids = prompt.toIds(user('say <|end_turn|><|end_turn|> and <s>'));
    const plain = [...ids].filter((id) => id < 0x200000);
    expect(Uint32Array.from(plain)).toEqual(Uint32Array.from([...tokenize('user\n\nsay <|end_turn|><|end_turn|> and <s>', false), ...tokenize('assistant\n\n', false)]));
  });

  it('is the same for texts without control texts on both ways through the tokeniser', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }).filter((text) => !text.includes('<')), (text) => {
        const marked = createChatPrompt(model()).toIds([...user(text), { role: 'assistant', text: 'x<s>' }]);
        const one = [...marked].slice(0, [...marked].indexOf(0x200002));
        const direct = createChatPrompt(model()).toIds(user(text));
        expect(one).toEqual([...direct].slice(0, [...direct].indexOf(0x200002)));
      }),
    );
  });

  it('cuts text that the vocabulary would merge into a control token on its own', () => {
    const merging = model({ tokenize: (text, parseSpecial) => (!parseSpecial && text.includes('<s>') ? Uint32Array.of(0x200000) : tokenize(text, parseSpecial)) });
    expect(controlIn(createChatPrompt(merging).toIds(user('a <s> b')))).toEqual([0x200001, 0x200002]);
  });

  it('gets a BOS where the vocabulary wants one and the template wrote none, never two', () => {
    const bare = "{% for m in messages %}{{ m['content'] }}{% endfor %}";
    expect([...createChatPrompt(model({ chatTemplate: bare, wantsBos: true })).toIds(user('a'))]).toEqual([0x200001, 97]);
    expect([...createChatPrompt(model({ chatTemplate: bare })).toIds(user('a'))]).toEqual([97]);
    expect(controlIn(createChatPrompt(model({ wantsBos: true })).toIds(user('a')))).toEqual([0x200001, 0x200002]);
  });

  it('is a plain transcript when the model has no template', () => {
    const prompt = createChatPrompt(model({ chatTemplate: null }));
    const talk: ChatMessage[] = [{ role: 'system', text: 'Be brief.' }, { role: 'user', text: 'hi' }];
    expect(prompt.render(talk, true)).toBe('Be brief.\n\nUser: hi\n\nAssistant:');
  });

  it('fails with a code when the template is broken or refuses', () => {
    expect(() => createChatPrompt(model({ chatTemplate: '{% if %}' }))).toThrowError(expect.objectContaining({ code: 'chat_template_invalid' }));
    const refusing = createChatPrompt(model({ chatTemplate: "{% if messages[0].content == 'a' %}{{ raise_exception('roles must alternate') }}{% endif %}" }));
    expect(() => refusing.toIds(user('a'))).toThrowError(expect.objectContaining({ code: 'chat_template_invalid', detail: 'roles must alternate' }));
  });
});

describe('breaking control texts', () => {
  const sorted = controlTokens.toSorted((a, b) => b.text.length - a.text.length);
  const broken = (text: string): string => breakControlTexts(text, sorted, '\uE000');

  it('leaves ordinary text alone', () => {
    for (const text of ['', '  ', 'hello', 'a > b', '1 < 2', '<div>', 'x|y']) expect(broken(text)).toBe(text.replace(/<$/, '<\uE000'));
  });

  it('puts no mark outside the visible text, so that a template trims as before', () => {
    fc.assert(
      fc.property(fc.constantFrom('|>', '>', '<', '<|end', ...controlTexts), (text) => {
        expect(broken(`  ${text}\n`).replaceAll('\uE000', '')).toBe(`  ${text}\n`);
        expect(broken(`  ${text}\n`).trim().replaceAll('\uE000', '')).toBe(text);
      }),
    );
  });

  it('breaks an end that the template could complete', () => {
    expect(broken('a <|end_turn|')).toBe('a <\uE000|end_turn|');
    expect(broken('> quoted')).toBe('\uE000> quoted');
  });
});
