// Measures a question over many made-up passages: time of each part, warm and after opening the database anew. Usage: npm run measure -- retrieval
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ReadPassage } from '../../core/contract/reading.js';
import { createRetriever } from '../../core/retrieval/retriever.js';
import { openScratchIndex, type ScratchIndex } from '../../core/services/documents/scratch-index.js';

const total = Number(process.env['PLUMB_PASSAGES'] ?? 100_000);
const perDocument = 200;
const wordsEach = 140;
const vocabulary = 40_000;
const questions = Number(process.env['PLUMB_QUESTIONS'] ?? 120);

let state = 12345;
const random = (): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
/** Letters by how often they are used; a word is settled by its rank. Frequent words are short, as in language. */
const letters = 'eeeeeeeeeeeetttttttttaaaaaaaaooooooooiiiiiiinnnnnnnsssssshhhhhhrrrrrrddddlllluuucccmmmwwffggyyppbbvk';
const words = Array.from({ length: vocabulary }, (_, rank) => {
  const length = 2 + Math.floor(Math.log2(rank + 2) / 2) + Math.floor(random() * 4);
  return Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join('');
});
const wordOf = (rank: number): string => words[rank]!;
/** As in language: the rank-th word is used in proportion to 1 / rank. */
const zipf = (): string => wordOf(Math.min(vocabulary - 1, Math.floor(Math.exp(random() * Math.log(vocabulary))) - 1));
const identifier = (at: number): string => `PN-${String(at).padStart(6, '0')}-${at % 97}`;

function fill(index: ScratchIndex): void {
  for (let document = 0; document * perDocument < total; document += 1) {
    const passages = Array.from({ length: perDocument }, (_, at): ReadPassage => {
      const text = `${Array.from({ length: wordsEach }, (_word, place) => (place % 14 === 13 ? `${zipf()}.` : zipf())).join(' ')} Part ${identifier(document * perDocument + at)} costs EUR ${Math.floor(random() * 9000)}.`;
      return { index: at, text, hash: `${document}-${at}`, headingPath: [`Chapter ${at % 20}`], page: 1 + at, start: 0, endPage: 1 + at, end: text.length, overlap: 0, kind: 'prose', tokens: 200 };
    });
    const pages = passages.map(({ page, text }) => ({ number: page, label: null, text: text.slice(0, 10), size: null, placed: [], method: 'text' as const, ocrConfidence: null }));
    index.add({ name: `document-${document}.pdf`, path: `document-${document}.pdf`, pages, passages, summary: { format: 'pdf', title: null, language: 'en', pages: perDocument, passages: perDocument, characters: 0, pagesWithoutText: [], ocrConfidence: null, leftOut: [] } });
  }
}

const question = (at: number): string =>
  at % 3 === 0 ? `What does part ${identifier(Math.floor(random() * total))} cost?` : `What is the ${zipf()} of the ${zipf()} ${zipf()} when ${zipf()} ${zipf()}?`;
const at = (times: readonly number[], part: number): number => Math.round(times.toSorted((a, b) => a - b)[Math.floor(times.length * part)]! * 10) / 10;

it('a question over many passages', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'plumb-many-'));
  try {
    let index = openScratchIndex(dir);
    const startMs = performance.now();
    fill(index);
    console.log(`filled in ${Math.round((performance.now() - startMs) / 1000)} s`);
    const asked = Array.from({ length: questions }, (_, number) => question(number));
    const parts: Record<string, number[]> = { words: [], trigrams: [], counts: [] };
    const timed = <T>(part: string, work: () => T): T => {
      const startMs = performance.now();
      const result = work();
      parts[part]!.push(performance.now() - startMs);
      return result;
    };
    const { source } = index;
    const retriever = createRetriever({
      ...source,
      byWords: (...args) => timed('words', () => source.byWords(...args)),
      byTrigrams: (...args) => timed('trigrams', () => source.byTrigrams(...args)),
      passagesWith: (...args) => timed('counts', () => source.passagesWith(...args)),
    });
    for (const text of asked.slice(0, 20)) await retriever.retrieve(index.collectionId, text);
    for (const list of Object.values(parts)) list.length = 0;
    const warm: number[] = [];
    const cpu = process.cpuUsage();
    for (const text of asked) {
      const { passages, retrievalMs } = await retriever.retrieve(index.collectionId, text);
      warm.push(retrievalMs);
      expect(passages.length).toBeGreaterThan(0);
    }
    const used = process.cpuUsage(cpu);
    const cold: number[] = [];
    for (const text of asked.slice(0, Math.ceil(questions / 4))) {
      index.close();
      index = openScratchIndex(dir);
      cold.push((await createRetriever(index.source).retrieve(index.collectionId, text)).retrievalMs);
    }
    index.close();
    const part = (name: string): string => `${name} p50 ${at(parts[name]!, 0.5)} p95 ${at(parts[name]!, 0.95)}`;
    console.log(`${total} passages, ${Math.round(statSync(join(dir, 'plumb.db')).size / 2 ** 20)} MB; warm p50 ${at(warm, 0.5)} ms, p95 ${at(warm, 0.95)} ms, processor ${Math.round((used.user + used.system) / 1000 / questions)} ms a question; database opened anew p50 ${at(cold, 0.5)} ms, p95 ${at(cold, 0.95)} ms; ${part('words')}; ${part('trigrams')}; ${part('counts')}`);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
