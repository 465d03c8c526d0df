// Owns the documents of end-to-end tests: a PDF with known sentences on known pages, a folder of text, and dropping files on the window.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { PDFDocument, StandardFonts } from 'pdf-lib';
import { decrypted, keyOf } from '../fakes/app-database.js';

/** One list of lines a page; the first is its heading. */
export async function makePdf(pages: readonly (readonly string[])[]): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  const text = await pdf.embedFont(StandardFonts.TimesRoman);
  const bold = await pdf.embedFont(StandardFonts.HelveticaBold);
  for (const lines of pages) {
    const page = pdf.addPage([595, 842]);
    lines.forEach((line, at) => page.drawText(line, { x: 72, y: 842 - 100 - at * 22, size: at === 0 ? 16 : 11, font: at === 0 ? bold : text }));
  }
  return pdf.save();
}

/** A drop as the browser reports it, onto the first element that takes one. */
export async function drop(page: Page, target: string, name: string, bytes: Uint8Array): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([fileName, base64]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(base64!), (letter) => letter.charCodeAt(0))], fileName!));
      return data;
    },
    [name, Buffer.from(bytes).toString('base64')],
  );
  for (const type of ['dragenter', 'dragover', 'drop']) await page.locator(target).first().dispatchEvent(type, { dataTransfer: transfer });
}

/** Files of the data folder that hold a word anywhere, as they lie on the disk; databases also as somebody with the key would see them, free pages included. */
export function filesWith(dataDir: string, canary: string): string[] {
  const key = keyOf(dataDir);
  const holds = (bytes: Buffer): boolean => bytes.includes(Buffer.from(canary, 'utf8')) || bytes.includes(Buffer.from(canary, 'utf16le'));
  return readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => holds(readFileSync(path)) || (path.endsWith('.db') && holds(decrypted(path, key))));
}
