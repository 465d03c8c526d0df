// Proves that pages which are pictures are read through the reader process, words and umlauts, where they stand; and only when it is asked for.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startReader, type Read } from '../../harness/reader.js';

/** A page takes seconds of processor time, and other tests run beside it. */
const patienceMs = 240_000;
const evaluation = path.resolve(import.meta.dirname, '../../documents-eval');
const folder = mkdtempSync(path.join(tmpdir(), 'plumb-ocr-'));
const reader = startReader();

beforeAll(() => void execFileSync(process.execPath, [path.join(evaluation, 'assemble.mjs'), folder], { stdio: 'ignore' }), patienceMs);
afterAll(() => {
  reader.kill();
  rmSync(folder, { recursive: true, force: true });
});

const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{N}]+/gu) ?? [];

/** What was painted on the pages of a scan. */
function sourceOf(name: string): string[] {
  const sources = readdirSync(path.join(evaluation, 'sources')).filter((file) => file.endsWith('.txt'));
  const parts = sources.flatMap((file) => readFileSync(path.join(evaluation, 'sources', file), 'utf8').split(/^=== /m));
  return parts.find((part) => part.startsWith(`${name}\n`))!.slice(name.length).split(/^---$/m);
}

const read = (name: string, ocr: boolean): Promise<Read> => reader.read({ name, source: { kind: 'path', path: path.join(folder, name) }, ocr });

describe('a scan', () => {
  it.each([
    ['complaint-letter-fraser.scan.pdf', 'en', ['estimated by a joiner at GBP 420', 'Two of the forty boxes are still missing']],
    ['rechnung-RE-2023-0488.scan.pdf', 'de', ['Reparatur Spülkasten', 'Die alte Dichtung wurde auf Wunsch des Kunden dagelassen']],
  ])('is read: %s', async (name, language, sentences) => {
    const { summary, pages, passages } = await read(name, true);
    const painted = sourceOf(name);
    expect(summary).toMatchObject({ format: 'pdf', language, pages: painted.length, pagesWithoutText: [] });
    expect(summary.ocrConfidence).toBeGreaterThan(0.8);
    painted.forEach((text, at) => {
      const page = pages[at]!;
      expect(page.method).toBe('ocr');
      const found = new Set(wordsOf(page.text));
      const wanted = wordsOf(text);
      const right = wanted.filter((word) => found.has(word)).length / wanted.length;
      console.log(`${name}, page ${at + 1}: ${(right * 100).toFixed(1)} % of ${wanted.length} words, confidence ${page.ocrConfidence?.toFixed(2)}`);
      expect(right).toBeGreaterThan(0.95);
      // Every run lies on its page: the viewer marks by it.
      for (const { rect, start, end } of page.placed) {
        expect(page.text.slice(start, end).trim()).not.toBe('');
        expect(rect.x >= 0 && rect.y >= 0 && rect.x + rect.width <= page.size!.width && rect.y + rect.height <= page.size!.height).toBe(true);
      }
    });
    const all = passages.map(({ text }) => wordsOf(text).join(' ')).join(' ');
    for (const sentence of sentences) expect(all).toContain(sentence);
  }, patienceMs);

  it('holds nothing while nobody asks for it, and says so', async () => {
    const { summary, pages, passages } = await read('rechnung-RE-2023-0488.scan.pdf', false);
    expect(summary.pagesWithoutText).toEqual([1, 2]);
    expect(pages.map(({ method }) => method)).toEqual(['none', 'none']);
    expect(passages).toEqual([]);
  });
});
