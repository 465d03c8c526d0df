// Owns the evaluation documents: renders the texts under sources/ into files of many formats. Usage: node test/documents-eval/assemble.mjs [FOLDER]
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCanvas, GlobalFonts } from '@napi-rs/canvas';
import { utils, write } from '@e965/xlsx';
import { Document, HeadingLevel, Packer, Paragraph } from 'docx';
import { PDFDocument, StandardFonts } from 'pdf-lib';

const here = dirname(fileURLToPath(import.meta.url));
const page = { width: 595, height: 842, margin: 56 };
// Files come out the same every time.
const date = new Date('2024-11-01T00:00:00Z');

/** `=== NAME` begins a file, `---` a page, `#` and `##` a heading, ` | ` divides a row of a table, everything else is a paragraph a line. */
async function readSources() {
  const files = [];
  for (const name of (await readdir(join(here, 'sources'))).filter((file) => file.endsWith('.txt')).toSorted()) {
    const text = await readFile(join(here, 'sources', name), 'utf8');
    for (const part of text.split(/^=== /m).slice(1)) {
      const [file, ...lines] = part.split('\n');
      files.push({ file: file.trim(), text: lines.join('\n').trim() });
    }
  }
  // Licences are public texts, verbatim; a paragraph there is several lines.
  for (const name of (await readdir(join(here, 'sources', 'licences'))).toSorted()) {
    const text = await readFile(join(here, 'sources', 'licences', name), 'utf8');
    files.push({ file: name.replace('.txt', '.pdf'), text: text.split(/\n\s*\n/).map((paragraph) => paragraph.replace(/\s+/g, ' ').trim()).join('\n') });
  }
  return files;
}

function blocksOf(text) {
  return text.split('\n').filter((line) => line.trim() !== '').map((line) => {
    if (line.trim() === '---') return { kind: 'break' };
    const heading = /^(#+) (.*)$/.exec(line);
    if (heading) return { kind: 'heading', level: heading[1].length, text: heading[2] };
    if (line.includes(' | ')) return { kind: 'row', cells: line.split(' | ').map((cell) => cell.trim()) };
    return { kind: 'text', text: line.trim() };
  });
}

/** Draws line by line, on new pages where one is full; `draw` knows the medium. */
function layOut(text, widthOf, newPage, draw) {
  let y = 0;
  const next = (height) => {
    if (y + height > page.height - page.margin) start();
    y += height;
    return y;
  };
  const start = () => {
    newPage();
    y = page.margin;
  };
  start();
  const blocks = blocksOf(text);
  for (const [index, block] of blocks.entries()) {
    if (block.kind === 'break') start();
    else if (block.kind === 'row') {
      const columns = block.cells.length;
      const table = blocks.slice(0, index + 1).toReversed();
      const rows = table.slice(0, table.findIndex((one) => one.kind !== 'row') >>> 0).concat(blocks.slice(index + 1, index + 1 + (blocks.slice(index + 1).findIndex((one) => one.kind !== 'row') >>> 0)));
      const widths = Array.from({ length: columns }, (_, column) => Math.max(...rows.map((row) => widthOf(row.cells[column] ?? '', 9))) + 14);
      const line = next(15);
      let x = page.margin;
      block.cells.forEach((cell, column) => {
        draw(cell, x, line, 9, false);
        x += widths[column];
      });
    } else {
      const size = block.kind === 'heading' ? (block.level === 1 ? 17 : 13) : 11;
      if (block.kind === 'heading') y += 8;
      for (const line of wrap(block.text, size, widthOf)) draw(line, page.margin, next(size * 1.35), size, block.kind === 'heading');
      y += 4;
    }
  }
}

function wrap(text, size, widthOf) {
  const lines = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(longer, size) > page.width - 2 * page.margin) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

async function toPdf(text) {
  const pdf = await newPdf();
  const plain = await pdf.embedFont(StandardFonts.Helvetica);
  const bold = await pdf.embedFont(StandardFonts.HelveticaBold);
  let sheet;
  layOut(text, (line, size) => bold.widthOfTextAtSize(line, size), () => (sheet = pdf.addPage([page.width, page.height])), (line, x, y, size, isBold) => {
    sheet.drawText(line, { x, y: page.height - y, size, font: isBold ? bold : plain });
  });
  return pdf.save();
}

async function newPdf() {
  const pdf = await PDFDocument.create();
  pdf.setCreationDate(date);
  pdf.setModificationDate(date);
  return pdf;
}

/** Pages as pictures: nothing to find without OCR. A little slant and grey, as a scanner leaves them. */
async function toScan(text) {
  GlobalFonts.registerFromPath(join(here, '../../node_modules/pdfjs-dist/standard_fonts/LiberationSans-Regular.ttf'), 'Scan');
  const scale = 200 / 72;
  const pictures = [];
  let context;
  const widthOf = (line, size) => {
    const measure = createCanvas(10, 10).getContext('2d');
    measure.font = `${size}px Scan`;
    return measure.measureText(line).width;
  };
  layOut(text, widthOf, () => {
    const canvas = createCanvas(page.width * scale, page.height * scale);
    context = canvas.getContext('2d');
    context.fillStyle = '#f4f2ee';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.rotate(0.004);
    context.scale(scale, scale);
    context.fillStyle = '#2b2b2b';
    pictures.push(canvas);
  }, (line, x, y, size) => {
    context.font = `${size}px Scan`;
    context.fillText(line, x, y);
  });
  const pdf = await newPdf();
  for (const picture of pictures) {
    const image = await pdf.embedJpg(picture.toBuffer('image/jpeg', 75));
    pdf.addPage([page.width, page.height]).drawImage(image, { x: 0, y: 0, width: page.width, height: page.height });
  }
  return pdf.save();
}

function toDocx(text) {
  const children = blocksOf(text).map((block) => {
    if (block.kind === 'heading') return new Paragraph({ text: block.text, heading: block.level === 1 ? HeadingLevel.HEADING_1 : HeadingLevel.HEADING_2 });
    return new Paragraph({ text: block.kind === 'row' ? block.cells.join('\t') : (block.text ?? '') });
  });
  return Packer.toBuffer(new Document({ sections: [{ children }] }));
}

function toXlsx(text) {
  const book = { SheetNames: [], Sheets: {} };
  for (const part of text.split(/^## /m).slice(1)) {
    const [name, ...lines] = part.trim().split('\n');
    const rows = lines.map((line, index) => line.split(' | ').map((cell) => (index > 0 && /^\d+(\.\d+)?$/.test(cell) ? Number(cell) : cell)));
    utils.book_append_sheet(book, utils.aoa_to_sheet(rows), name);
  }
  return write(book, { type: 'buffer', bookType: 'xlsx' });
}

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function toHtml(text) {
  let inTable = false;
  const lines = blocksOf(text).flatMap((block) => {
    const row = block.kind === 'row';
    const edge = row === inTable ? [] : [row ? '<table>' : '</table>'];
    inTable = row;
    if (row) return [...edge, `<tr>${block.cells.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`];
    const tag = block.kind === 'heading' ? `h${block.level}` : 'p';
    return [...edge, `<${tag}>${escape(block.text)}</${tag}>`];
  });
  const title = blocksOf(text)[0].text;
  return `<!doctype html>\n<html><head><meta charset="utf-8"><title>${escape(title)}</title></head><body>\n${lines.join('\n')}${inTable ? '\n</table>' : ''}\n</body></html>\n`;
}

async function render(file, text) {
  if (file.endsWith('.scan.pdf')) return toScan(text);
  if (file.endsWith('.pdf')) return toPdf(text);
  if (file.endsWith('.docx')) return toDocx(text);
  if (file.endsWith('.xlsx')) return toXlsx(text);
  if (file.endsWith('.html')) return toHtml(text);
  if (file.endsWith('.csv')) return `${text.split('\n').map((line) => line.split(' | ').join(';')).join('\n')}\n`;
  if (file.endsWith('.eml')) return `MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n${text}\n`.replaceAll('\n', '\r\n');
  if (file.endsWith('.md')) return `${text.replace(/\n(?!\n)/g, '\n\n')}\n`;
  return `${text.replace(/^# /gm, '').replace(/\n/g, '\n\n')}\n`;
}

const folder = process.argv[2] ?? join(here, 'documents');
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const files = await readSources();
for (const { file, text } of files) await writeFile(join(folder, file), await render(file, text));
process.stderr.write(`${files.length} documents in ${folder}\n`);
