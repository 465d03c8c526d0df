// Measures the reader: pages of text PDFs per second of processor time, and the most memory its process took. PLUMB_PDF names a file of your own.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { makePdf } from '../fixtures/make-documents.js';
import { startReader } from '../harness/reader.js';

const pages = 400;
const sentence = 'The pump is inspected every year, and the seal is replaced when it leaks.';

/** Linux only: processor time in seconds, all threads. */
const processorSeconds = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};
const megabytes = (pid: number, field: string): number => Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);

it.skipIf(process.platform !== 'linux')('reads text PDFs', async () => {
  const own = process.env['PLUMB_PDF'];
  const bytes = own ? new Uint8Array(readFileSync(own)) : await makePdf(Array.from({ length: pages }, (_, page) => [`# Chapter ${page + 1}`, ...Array.from({ length: 40 }, (_, line) => `${page}.${line} ${sentence}`)]));
  const reader = startReader();
  await reader.client.call('hello', {});
  const startMegabytes = megabytes(reader.pid, 'VmRSS');
  // The first read loads pdf.js; an indexing run does that once.
  await reader.read({ name: 'warm.pdf', bytes: await makePdf([['One page of text to begin with.']]) });
  const before = processorSeconds(reader.pid);
  const { summary } = await reader.read({ name: 'measured.pdf', bytes });
  const seconds = processorSeconds(reader.pid) - before;
  process.stdout.write(`${JSON.stringify({ pages: summary.pages, characters: summary.characters, passages: summary.passages, processorSeconds: seconds, pagesPerProcessorSecond: Math.round(summary.pages / seconds), startMegabytes, peakMegabytes: megabytes(reader.pid, 'VmHWM') })}\n`);
  expect(summary.pages).toBeGreaterThan(0);
  reader.kill();
});
