// Proves the small decisions about words: titles, the history a template gets, log lines.
import { describe, expect, it } from 'vitest';
import { forTemplate } from '../../../core/services/chat-history.js';
import { createLog } from '../../../core/services/log.js';
import { titleFrom } from '../../../core/services/titles.js';

describe('a title', () => {
  it.each([
    ['Where is the ball?', 'Where is the ball?'],
    ['\n\n## A *heading* with [a link](http://x.y)\nmore', 'A heading with a link'],
    ['```js\nconst a = 1;\n```', 'const a = 1;'],
    ['- first\n- second', 'first'],
    ['...\n\nreal words', 'real words'],
    ['a\tb\u0000c   d', 'a b c d'],
    ['!!!', ''],
    ['snake_case_name and 2 * 3 * 4', 'snake_case_name and 2 * 3 * 4'],
    ['one two three four five six seven eight nine ten eleven twelve thirteen', 'one two three four five six seven eight nine ten eleven…'],
    ['x'.repeat(100), `${'x'.repeat(60)}…`],
    ['👩‍🚀 '.repeat(40), /^(👩‍🚀 ?)+…$/u],
  ])('of %j', (text, title) => {
    if (typeof title === 'string') expect(titleFrom(text)).toBe(title);
    else expect(titleFrom(text)).toMatch(title);
  });
});

describe('the history for a template', () => {
  it('leaves out answers that never began and joins the messages around them', () => {
    const history = [
      { role: 'user', text: 'a' }, { role: 'assistant', text: '' },
      { role: 'user', text: 'b' }, { role: 'assistant', text: 'c' }, { role: 'user', text: 'd' },
    ] as const;
    expect(forTemplate(history)).toEqual([{ role: 'user', text: 'a\n\nb' }, { role: 'assistant', text: 'c' }, { role: 'user', text: 'd' }]);
    expect(history[0].text).toBe('a');
  });
});

describe('the log', () => {
  it('writes its level and above, one line each', () => {
    const lines: string[] = [];
    const log = createLog((line) => lines.push(line), 'info');
    log.debug('no');
    log.warn('broken', { code: 'x\ny' });
    expect(lines).toEqual([expect.stringMatching(/^\S+Z warn broken \{"code":"x\\ny"\}\n$/)]);
  });
});
