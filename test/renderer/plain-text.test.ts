// Proves what is left of Markdown when it is copied as plain text.
import { expect, it } from 'vitest';
import { plainText } from '../../renderer/markdown/plain-text.js';

it('loses the marks and keeps the words, lists, code and tables', () => {
  const markdown = '## Title\n\nSome **bold** and `code`, a [link](https://example.org).\n\n- one\n- *two*\n\n1. first\n2. second\n\n```js\nlet a = 1;\n```\n\n| a | b |\n| - | - |\n| 1 | **2** |\n';
  expect(plainText(markdown)).toBe('Title\n\nSome bold and code, a link (https://example.org).\n\n• one\n• two\n\n1. first\n2. second\n\nlet a = 1;\n\na\tb\n1\t2');
});

it('of plain text is the text', () => {
  expect(plainText('just words')).toBe('just words');
});
