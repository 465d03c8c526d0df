// Proves that a chat template, a program from a file of unknown origin, can neither hang the engine nor take its memory nor get out.
import { describe, expect, it } from 'vitest';
import { createChatPrompt, type PromptModel } from '../../../core/engine/prompt.js';

const model = (chatTemplate: string): PromptModel => ({
  tokenize: (text) => Uint32Array.from(text, (letter) => letter.codePointAt(0)!),
  controlTokens: [], bos: null, eosText: '', wantsBos: false, chatTemplate,
});
const write = (template: string): string => createChatPrompt(model(template)).render([{ role: 'user', text: 'hi' }], true);
const loop = (depth: number, times: string): string => Array.from({ length: depth }, (_, at) => `{% for a${at} in range(${times}) %}`).join('') + 'x' + '{% endfor %}'.repeat(depth);

describe('a template', () => {
  it.each([
    ['nested loops', loop(8, '1000')],
    ['a huge range', '{% for i in range(10000000000) %}{% endfor %}'],
    ['a huge list', '{% set x = range(4000000000) %}'],
    ['a text that doubles', `{% set ns = namespace(x='xxxxxxxxxxxxxxxx') %}{% for i in range(64) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}`],
    ['a macro that calls itself', '{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}'],
    ['a macro that calls itself twice', '{% macro f(n) %}{% if n > 0 %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}'],
    ['20,000 nested brackets', `{{ ${'('.repeat(20_000)}1${')'.repeat(20_000)} }}`],
    ['20,000 nested lists', `{{ ${'['.repeat(20_000)}1${']'.repeat(20_000)} }}`],
    ['20,000 nested conditions', '{% if true %}'.repeat(20_000) + '{% endif %}'.repeat(20_000)],
    ['20,000 negations', `{{ ${'not '.repeat(20_000)}1 }}`],
    ['indentation without end', `{{ ('x' | indent(2000000000)) }}`],
    ['a raised error', `{{ raise_exception('no') }}`],
    ['an unclosed block', '{% for m in messages %}'],
    ['more text than a conversation needs', `{% for i in range(2000000) %}xxxxxxxxxx{% endfor %}`],
  ])('with %s is refused as chat_template_invalid when it is read', (_what, template) => {
    expect(() => createChatPrompt(model(template))).toThrow(expect.objectContaining({ code: 'chat_template_invalid' }));
  });

  it.each([
    `{{ ''.constructor }}`, `{{ ''.constructor.constructor('return process')() }}`, `{{ messages.constructor }}`, `{{ messages.__proto__.polluted }}`, `{{ [].map }}`, `{{ process }}`, `{{ globalThis }}`, `{{ require('fs') }}`, `{{ import('node:fs') }}`,
    `{{ self }}`, `{{ cycler.__init__.__globals__ }}`, `{{ lipsum.__globals__ }}`, `{{ namespace.__init__ }}`, `{{ ''.__class__.__mro__ }}`, `{% include '/etc/passwd' %}`, `{% import '/etc/passwd' as x %}`, `{% set messages.__proto__.polluted = 1 %}`, `{{ range.constructor('return 1')() }}`, `{{ strftime_now.constructor }}`,
  ])('that reaches for the engine behind it (%s) finds nothing there', (template) => {
    let written = '';
    try {
      written = write(template);
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'chat_template_invalid' });
    }
    expect(written).not.toMatch(/root:|\[object process\]|native code|execPath/);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('that is honest still works after one that had to be stopped, and knows nothing of it', () => {
    expect(() => write(loop(8, '1000'))).toThrow();
    expect(write('{% set left = left | default("nothing") %}{{ left }}: {{ messages[0].content }}')).toBe('nothing: hi');
  });
});
