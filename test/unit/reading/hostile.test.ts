// Proves that files made to hurt end with a code, in bounded memory and time, in the real reader process, which then reads the next file.
import { unzipSync, zipSync, zlibSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { everyFormat, makeDocx, makeEpub, makeOdt, makePptx, makeXlsx, makeZip, utf8 } from '../../fixtures/make-documents.js';
import { startReader, type Reader } from '../../harness/reader.js';

/** As the host's patience, scaled down: a file that takes this long is a hang. */
const silentMs = 25_000;
const good = await everyFormat();
let reader: Reader = startReader();
afterAll(() => reader.kill());

/** The code a file ends with, or "read". A reader that ended itself says how. */
async function fateOf(name: string, bytes: Uint8Array, limits: Record<string, number> = {}): Promise<string> {
  const fate = await Promise.race([
    reader.read({ name, bytes, limits }).then(
      () => 'read',
      (error: { code: string }) => error.code,
    ),
    reader.exited.then((how) => `exit ${how}`),
    new Promise<string>((resolve) => setTimeout(resolve, silentMs, 'hangs').unref()),
  ]);
  if (fate === 'hangs') {
    reader.kill();
    reader = startReader();
  }
  if (fate === 'disconnected' || fate.startsWith('exit')) {
    const how = await reader.exited;
    reader = startReader();
    return `exit ${how}`;
  }
  return fate;
}

const nested = (tag: string, depth: number, inside: string): string => `<${tag}>`.repeat(depth) + inside + `</${tag}>`.repeat(depth);
const zeros = (megabytes: number): Uint8Array => new Uint8Array(megabytes * 2 ** 20);

describe('hostile files', { timeout: 120_000 }, () => {
  it('zip bombs are told from their declared sizes', async () => {
    const bomb = zipSync({ 'word/document.xml': zeros(60), '[Content_Types].xml': utf8('<Types/>') });
    expect(await fateOf('bomb.docx', bomb)).toBe('document_too_big');
    expect(await fateOf('bomb.epub', makeEpub(['<p>x</p>'], { 'OEBPS/text/c0.xhtml': zeros(60) }), { unpackedBytes: 10_000_000 })).toBe('document_too_big');
    expect(await fateOf('bomb.odt', makeOdt('', { 'content.xml': zeros(60) }), { unpackedBytes: 10_000_000 })).toBe('document_too_big');
  });

  it('an entry that lies about its size gets no more room than it claimed', async () => {
    const archive = makeOdt(`<text:p>${'x'.repeat(5_000_000)}</text:p>`);
    // The uncompressed size in the central directory, which follows "content.xml"'s signature, packed size first.
    const view = Buffer.from(archive);
    for (let at = view.indexOf('PK\u0001\u0002'); at >= 0; at = view.indexOf('PK\u0001\u0002', at + 4)) view.writeUInt32LE(64, at + 24);
    expect(await fateOf('liar.odt', view)).toBe('document_damaged');
  });

  it('too many entries, and an archive that is cut off', async () => {
    const many = makeZip({ mimetype: 'application/epub+zip', ...Object.fromEntries(Array.from({ length: 21_000 }, (_, i) => [`f${i}`, ''])) });
    expect(await fateOf('many.epub', many)).toBe('document_too_big');
    expect(await fateOf('cut.docx', (await makeDocx()).slice(0, 900))).toBe('document_damaged');
  });

  it('names that climb out of an archive lead nowhere', async () => {
    const book = makeEpub(['<p>inside</p>'], { '../../../../etc/evil.xhtml': '<p>evil</p>', 'OEBPS/book.opf': '<package><manifest><item id="a" href="../../../../etc/passwd"/><item id="b" href="text/c0.xhtml"/></manifest><spine><itemref idref="a"/><itemref idref="b"/></spine></package>' });
    const { pages } = await reader.read({ name: 'climb.epub', bytes: book });
    expect(pages.map((page) => page.text)).toEqual(['inside']);
  });

  it('entities are not expanded', async () => {
    const bomb = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><office:document-content xmlns:office="o" xmlns:text="t"><text:p>&c;</text:p></office:document-content>`;
    expect(await fateOf('bomb.odt', makeOdt('', { 'content.xml': bomb }))).toBe('document_damaged');
    const external = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><w:document xmlns:w="w"><w:body><w:p><w:r><w:t>&a;</w:t></w:r></w:p></w:body></w:document>';
    expect(await fateOf('external.docx', makeZip({ '[Content_Types].xml': '<Types/>', 'word/document.xml': external }))).toBe('document_damaged');
  });

  it('deep nesting', async () => {
    expect(await fateOf('deep.html', utf8(nested('div', 200_000, 'text')))).toBe('document_too_big');
    expect(await fateOf('not-so-deep.html', utf8(nested('div', 2000, 'text at the bottom')))).toBe('read');
    expect(await fateOf('deep-table.html', utf8('<table><tr><td>'.repeat(20_000)))).toBe('document_too_big');
    expect(await fateOf('deep.docx', makeZip({ '[Content_Types].xml': '<Types/>', 'word/document.xml': nested('w:p', 100_000, '') }))).toBe('document_too_big');
    expect(await fateOf('deep.md', utf8('> '.repeat(50_000) + 'x'))).toBe('read');
  });

  it('endless lines and characters under ten thousand accents', async () => {
    expect(await fateOf('line.txt', utf8('x'.repeat(1_000_000)))).toBe('read');
    expect(await fateOf('accents.txt', utf8(`e${'\u0301'.repeat(300_000)}`))).toBe('read');
    expect(await fateOf('minified.js', utf8('a=1;'.repeat(50_000)))).toBe('read');
    expect(await fateOf('wide.csv', utf8(`${'x,'.repeat(500_000)}\n`.repeat(2)))).toBe('read');
  });

  it('sheets that claim a million rows', async () => {
    const sheet = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/><sheetData><row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>far away</t></is></c></row></sheetData></worksheet>';
    const entries = { ...unzipSync(makeXlsx({ S: [['x']] })), 'xl/worksheets/sheet1.xml': Uint8Array.from(utf8(sheet)) };
    expect(['read', 'document_too_big', 'document_damaged', 'document_empty']).toContain(await fateOf('far.xlsx', zipSync(entries)));
  });

  it('PDFs: more pages than allowed, a broken table of objects, a page that refers to itself, a bomb of a stream', async () => {
    expect(await fateOf('long.pdf', good['manual.pdf']!, { pages: 1 })).toBe('document_too_big');
    const broken = Buffer.from(good['manual.pdf']!);
    const xref = broken.lastIndexOf('startxref');
    broken.write('startxref\n99999999', xref);
    expect(['read', 'document_damaged']).toContain(await fateOf('xref.pdf', broken));
    expect(['read', 'document_damaged', 'document_empty']).toContain(await fateOf('loop.pdf', pdf('<< /Type /Pages /Count 1 /Kids [2 0 R] >>')));
    const packed = Buffer.from(zlibSync(zeros(200)));
    const fate = await fateOf('stream.pdf', Buffer.concat([Buffer.from(pdf('<< /Type /Pages /Count 1 /Kids [3 0 R] >>').toString('latin1').replace('%%EOF', ''), 'latin1'), Buffer.from(`4 0 obj << /Length ${packed.length} /Filter /FlateDecode >> stream\n`), packed, Buffer.from('\nendstream endobj\n%%EOF')]));
    expect(['read', 'document_damaged', 'document_empty', 'document_too_big', 'exit code 86']).toContain(fate);
  });

  it('encrypted files are told from damaged ones', async () => {
    const office = Buffer.concat([Buffer.from('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'latin1'), Buffer.alloc(1024), Buffer.from('EncryptedPackage', 'utf16le')]);
    expect(await fateOf('secret.docx', office)).toBe('document_encrypted');
    expect(await fateOf('secret.odt', makeOdt('', { 'META-INF/manifest.xml': '<manifest:manifest><manifest:encryption-data/></manifest:manifest>' }))).toBe('document_encrypted');
    expect(await fateOf('secret.epub', makeEpub(['<p>x</p>'], { 'META-INF/encryption.xml': '<e><CipherReference URI="OEBPS/text/c0.xhtml"/></e>' }))).toBe('document_encrypted');
    const secret = pdf('<< /Type /Pages /Count 1 /Kids [3 0 R] >>').toString('latin1').replace('/Root 1 0 R', `/Root 1 0 R /ID [<00><00>] /Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O <${'ab'.repeat(32)}> /U <${'cd'.repeat(32)}> >>`);
    expect(await fateOf('secret.pdf', Buffer.from(secret, 'latin1'))).toBe('document_encrypted');
  });

  it('names that lie: the content decides, and what is not the format says so', async () => {
    expect((await reader.read({ name: 'photo.txt', bytes: good['manual.pdf']! })).summary.format).toBe('pdf');
    expect((await reader.read({ name: 'report.doc.pdf', bytes: good['manual.docx']! })).summary.format).toBe('docx');
    expect((await reader.read({ name: 'noname', bytes: utf8('<!doctype html><p>page</p>') })).summary.format).toBe('html');
    expect(await fateOf('fake.pdf', utf8('this is no PDF'))).toBe('document_damaged');
    expect(await fateOf('program.exe', Buffer.from('MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0', 'latin1'))).toBe('document_unsupported');
    expect(await fateOf('noise.txt', Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256)))).toBe('document_unsupported');
    expect(await fateOf('blank.txt', utf8(' \n\n\t \n'))).toBe('document_empty');
    expect(await fateOf('blank.pptx', makePptx([{ title: '', paragraphs: [] }]))).toBe('document_empty');
  });
});

/** A PDF of four objects without a table: readers must search it for them. */
function pdf(pagesObject: string): Buffer {
  return Buffer.from(`%PDF-1.7\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n2 0 obj ${pagesObject} endobj\n3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 4 0 R >> endobj\ntrailer << /Root 1 0 R /Size 5 >>\n%%EOF\n`, 'latin1');
}
