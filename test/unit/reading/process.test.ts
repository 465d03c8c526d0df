// Proves the reader process from outside: it greets, reads one file after the other, stops, and survives what files do to it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PDFDocument, StandardFonts } from 'pdf-lib';
import { afterAll, describe, expect, it } from 'vitest';
import { readerProtocol } from '../../../core/contract/reading.js';
import { startReader } from '../../harness/reader.js';

const folder = mkdtempSync(path.join(tmpdir(), 'plumb-reader-'));
const reader = startReader();
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
afterAll(() => {
  reader.kill();
  rmSync(folder, { recursive: true, force: true });
});

describe('the reader process', () => {
  it('greets with its protocol', async () => {
    expect(await reader.client.call('hello', {})).toEqual({ protocol: readerProtocol, pid: reader.pid });
  });

  it('reads a text file by its path', async () => {
    const file = path.join(folder, 'letter.txt');
    writeFileSync(file, 'Sehr geehrte Frau Müller,\n\ndie Rechnung ist bezahlt und der Vorgang ist damit für uns erledigt.\n');
    const { summary, pages, passages } = await reader.read({ name: 'letter.txt', source: { kind: 'path', path: file } });
    expect(summary).toMatchObject({ format: 'text', language: 'de', pages: 1, passages: 1 });
    expect(pages[0]?.text).toBe('Sehr geehrte Frau Müller,\n\ndie Rechnung ist bezahlt und der Vorgang ist damit für uns erledigt.');
    expect(passages[0]?.text).toBe(pages[0]?.text);
  });

  it('reads an uploaded PDF page by page, with the place of every run of text', async () => {
    const pdf = await PDFDocument.create();
    const font = await pdf.embedFont(StandardFonts.Helvetica);
    for (const line of ['First page: the pump is inspected yearly.', 'Second page: the valve is inspected monthly.']) pdf.addPage([300, 400]).drawText(line, { x: 30, y: 350, size: 10, font });
    const { summary, pages } = await reader.read({ name: 'manual.pdf', bytes: await pdf.save() });
    expect(summary).toMatchObject({ format: 'pdf', pages: 2, pagesWithoutText: [] });
    expect(pages.map((page) => page.text)).toEqual(['First page: the pump is inspected yearly.', 'Second page: the valve is inspected monthly.']);
    const [placed] = pages[1]!.placed;
    expect(pages[1]!.text.slice(placed!.start, placed!.end)).toContain('Second page');
    // 350 points up from the bottom of 400: 50 down to the base line, less the height of the letters.
    expect(placed!.rect.x).toBeCloseTo(30, 0);
    expect(placed!.rect.y).toBeCloseTo(42, 0);
    expect(placed!.rect.height).toBeCloseTo(10, 0);
  });

  it('answers what cannot be read with a code, and goes on with the next file', async () => {
    await expect(reader.read({ name: 'empty.txt', bytes: new Uint8Array() })).rejects.toMatchObject({ code: 'document_empty' });
    await expect(reader.read({ name: 'gone.txt', source: { kind: 'path', path: path.join(folder, 'gone.txt') } })).rejects.toMatchObject({ code: 'document_missing' });
    await expect(reader.read({ name: 'folder', source: { kind: 'path', path: folder } })).rejects.toMatchObject({ code: 'document_unsupported' });
    await expect(reader.read({ name: 'broken.pdf', bytes: text('%PDF-1.7\nnothing that follows makes sense') })).rejects.toMatchObject({ code: 'document_damaged' });
    await expect(reader.read({ name: 'big.txt', bytes: text('too much'), limits: { fileBytes: 4 } })).rejects.toMatchObject({ code: 'document_too_big' });
    expect((await reader.read({ name: 'fine.txt', bytes: text('All is well.') })).summary.passages).toBe(1);
  });

  it('stops a read, and a read that still waits for its turn', async () => {
    const long = text(`${'A sentence that goes on and on without saying anything new at all. '.repeat(40)}\n\n`.repeat(4000));
    const first = reader.read({ readId: 9001, name: 'long.txt', bytes: long });
    const second = reader.read({ readId: 9002, name: 'next.txt', bytes: long });
    await reader.client.call('stop', { readId: 9002 });
    await reader.client.call('stop', { readId: 9001 });
    await expect(first).rejects.toMatchObject({ code: 'document_timeout', detail: 'stopped' });
    await expect(second).rejects.toMatchObject({ code: 'document_timeout', detail: 'stopped' });
    expect((await reader.read({ name: 'fine.txt', bytes: text('All is well.') })).summary.passages).toBe(1);
  });

  it('ends with its own exit code before it takes too much memory', async () => {
    const small = startReader({ env: { PLUMB_READER_MEMORY_MB: '20' } });
    expect(await small.exited).toBe('code 86');
  });

  it('ends when its host is gone', async () => {
    const other = startReader();
    await other.client.call('hello', {});
    other.client.close();
    expect(await other.exited).toBe('code 0');
  });
});
