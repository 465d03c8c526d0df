// Proves what is read of each format: text, headings, pages and their names, tables, and what was left out.
import { describe, expect, it } from 'vitest';
import { everyFormat, makeEpub, makeOdt, makePdf, makePptx, makeXlsx, utf8 } from '../../fixtures/make-documents.js';
import { readHere, sliceOf } from '../../harness/read-here.js';

const documents = await everyFormat();

describe('every format', () => {
  it.each(Object.keys(documents))('%s: passages stand where they say, and have one hash each time', async (name) => {
    const first = await readHere(name, documents[name]!, { passageTokens: 64, overlapTokens: 16 });
    expect(first.passages.length).toBeGreaterThan(0);
    for (const passage of first.passages) expect(passage.text.endsWith(sliceOf(first.pages, passage))).toBe(true);
    for (const page of first.pages) expect(page.text).toBe(page.text.trim());
    const again = await readHere(name, documents[name]!, { passageTokens: 64, overlapTokens: 16 });
    expect(again.passages.map((passage) => passage.hash)).toEqual(first.passages.map((passage) => passage.hash));
  });
});

describe('PDF', () => {
  it('keeps title, headings, paragraphs and the size of pages', async () => {
    const { summary, pages, passages } = await readHere('manual.pdf', documents['manual.pdf']!);
    expect(summary).toMatchObject({ format: 'pdf', title: 'Manual', pages: 2 });
    expect(pages[0]!.size).toEqual({ width: 595, height: 842 });
    expect(pages[0]!.text.startsWith('Maintenance\n\nThe pump is inspected')).toBe(true);
    expect(pages[0]!.text.endsWith('\n\nA second paragraph.')).toBe(true);
    expect(passages.map((passage) => passage.headingPath)).toEqual([['Maintenance'], ['Spare parts']]);
  });

  it('places every run of text on its page', async () => {
    const { pages } = await readHere('manual.pdf', documents['manual.pdf']!);
    const { placed, text } = pages[1]!;
    const seal = placed.find((run) => text.slice(run.start, run.end).includes('DX-4410'))!;
    expect(seal.rect.x).toBeCloseTo(60, 0);
    // The base line is 36 below the heading's at 780: 98 from the top of 842.
    expect(seal.rect.y).toBeGreaterThan(842 - 744 - 11);
    expect(seal.rect.y + seal.rect.height).toBeLessThan(842 - 744 + 4);
  });

  it('makes one word of what a hyphen divides, and keeps a hyphen that is part of the word', async () => {
    const lines = ['The mainte-', 'nance of a well-', 'known pump: a well-known pump needs main-', 'taining by a person who reads this much'];
    const { text } = await readHere('a.pdf', await makePdf([lines]));
    expect(text).toContain('The maintenance of a well-');
    expect(text).toContain('needs maintaining by');
    expect(text).not.toContain('wellknown');
  });

  it('reads umlauts', async () => {
    const { text, summary } = await readHere('a.pdf', await makePdf([['Größe und Übermaß der Prüfkörper sind für die Abnahme', 'nach der Norm und mit dem Gerät zu messen, das nicht']]));
    expect(text).toContain('Größe und Übermaß');
    expect(summary.language).toBe('de');
  });
});

describe('DOCX', () => {
  it('keeps headings, umlauts and tables', async () => {
    const { summary, text, passages } = await readHere('manual.docx', documents['manual.docx']!);
    expect(summary).toMatchObject({ format: 'docx', title: 'Wartungshandbuch', language: 'de' });
    expect(text).toContain('Über Änderungen entscheidet');
    expect(text).toContain('Dichtung DX-4410 ist vorrätig.');
    expect(text).toContain('Teil | Preis\nDichtung | 12,50 €\nVentil | 87,00 €');
    expect(passages[0]!.headingPath).toEqual(['Wartung']);
  });
});

describe('sheets', () => {
  it('reads a sheet a page, names ranges, and repeats the header in every passage of a table', async () => {
    const { pages, passages } = await readHere('parts.xlsx', documents['parts.xlsx']!, { passageTokens: 64 });
    expect(pages.map((page) => page.label)).toEqual(['Parts', 'Notes']);
    const parts = passages.filter((passage) => passage.page === 1);
    expect(parts.length).toBeGreaterThan(2);
    expect(parts[0]!.headingPath[0]).toMatch(/^Parts!A1:B\d+$/);
    expect(parts.at(-1)!.headingPath[0]).toMatch(/^Parts!A\d+:B61$/);
    for (const passage of parts) expect(passage.text.startsWith('Part | Price\n')).toBe(true);
    expect(parts.every((passage) => passage.kind === 'table')).toBe(true);
  });

  it('leaves hidden sheets out and says so', async () => {
    const { text, summary } = await readHere('a.xlsx', makeXlsx({ Shown: [['visible']], Secret: [['concealed']] }, ['Secret']));
    expect(text).toBe('visible');
    expect(summary.leftOut).toEqual(['hidden sheet: Secret']);
  });

  it('finds the delimiter of CSV, quotes and all', async () => {
    const { text, passages } = await readHere('a.csv', utf8('Name;Ort\n"Müller; Söhne";"Köln ""Mitte"""\n'));
    expect(text).toBe('Name | Ort\nMüller; Söhne | Köln "Mitte"');
    expect(passages[0]!.headingPath).toEqual(['rows 1–2']);
  });

  it('reads tab-separated values', async () => {
    expect((await readHere('a.tsv', utf8('a\tb\n1,5\t2'))).text).toBe('a | b\n1,5 | 2');
  });
});

describe('slides, books and mail', () => {
  it('reads slides in the order they are shown, with titles and notes', async () => {
    const { pages, passages } = await readHere('talk.pptx', makePptx([{ title: 'Willkommen', paragraphs: ['eins', 'zwei'], notes: 'Lächeln.' }, { title: 'Kosten', paragraphs: ['drei'] }]));
    expect(pages.map((page) => page.label)).toEqual(['Slide 1', 'Slide 2']);
    expect(pages[0]!.text).toBe('Willkommen\n\n- eins\n- zwei\n\nNotes: Lächeln.');
    expect(passages[1]!.headingPath).toEqual(['Kosten']);
  });

  it('reads ODT with headings, lists, tables and spaces', async () => {
    const content = '<text:h text:outline-level="2">Teil</text:h><text:p>a<text:s text:c="3"/>b<text:tab/>c</text:p><office:annotation><text:p>secret remark</text:p></office:annotation><text:list><text:list-item><text:p>Punkt</text:p></text:list-item></text:list><table:table><table:table-row><table:table-cell><text:p>x</text:p></table:table-cell><table:table-cell><text:p>y</text:p></table:table-cell></table:table-row></table:table>';
    const { text, passages } = await readHere('a.odt', makeOdt(content));
    expect(text).toBe('Teil\n\na   b c\n\n- Punkt\n\nx | y');
    expect(passages[0]!.headingPath).toEqual(['Teil']);
  });

  it('reads a book chapter by chapter', async () => {
    const { pages, summary } = await readHere('book.epub', makeEpub(['<h1>Eins</h1><p>Erster Text.</p>', '<h2>Zwei</h2><p>Zweiter<br/>Text.</p>']));
    expect(summary.title).toBe('Das Buch');
    expect(pages.map(({ label, text }) => [label, text])).toEqual([
      ['Eins', 'Eins\n\nErster Text.'],
      ['Zwei', 'Zwei\n\nZweiter\nText.'],
    ]);
  });

  it('reads mail and names what is attached', async () => {
    const { text, summary } = await readHere('mail.eml', documents['mail.eml']!);
    expect(summary).toMatchObject({ format: 'eml', title: 'Prüfung', leftOut: ['attachment: bill.pdf'] });
    expect(text).toContain('From: Ada <ada@example.org>');
    expect(text).toContain('The pump is inspected every year.');
  });
});

describe('HTML and Markdown', () => {
  it('drops what runs and loads, keeps headings, lists, tables and code', async () => {
    const html = '<title>Seite</title><style>p{}</style><h1>Oben</h1><p>Eins <b>zwei</b>.<script>bad()</script></p><img src="https://example.org/x.png" alt="Bild"><ol><li>a<ul><li>b</li></ul></li><li>c</li></ol><pre>x\n  y</pre><table><tr><th>k</th><th>v</th></tr><tr><td>1</td><td>2</td></tr></table>';
    const { text, summary, passages } = await readHere('a.html', utf8(html));
    expect(text).toBe('Oben\n\nEins zwei.\n\nBild\n\n1. a\n  - b\n2. c\n\nx\n  y\n\nk | v\n1 | 2');
    expect(summary).toMatchObject({ title: 'Seite', leftOut: ['remote images'] });
    expect(passages[0]!.headingPath).toEqual(['Oben']);
  });

  it('believes the encoding a page declares', async () => {
    const html = Buffer.from('<meta charset="iso-8859-1"><p>Gr\xfc\xdfe aus K\xf6ln</p>', 'latin1');
    expect((await readHere('a.html', html)).text).toBe('Grüße aus Köln');
  });

  it('divides Markdown by what it marks', async () => {
    const source = '# Top #\n\nText\nmore.\n\nSub\n---\n\n- a\n- b\n\n  c\n\n```\n# not a heading\n```\n\n| k | v |\n|---|:-:|\n| 1 | 2 |\n';
    const { pages, passages } = await readHere('a.md', utf8(source), { passageTokens: 32 });
    expect(pages[0]!.text).toBe('Top\n\nText\nmore.\n\nSub\n\n- a\n- b\n\n  c\n\n```\n# not a heading\n```\n\nk | v\n1 | 2');
    expect(passages.map((passage) => passage.headingPath)).toContainEqual(['Top', 'Sub']);
    expect(passages.every((passage) => !passage.headingPath.includes('not a heading'))).toBe(true);
  });
});

describe('plain text and program text', () => {
  it('makes a page of what form feeds divide, and headings of numbered lines', async () => {
    const { pages, passages } = await readHere('a.txt', utf8('1 Scope\n\nFirst.\n\f2.1 Details\n\nSecond.'));
    expect(pages.map((page) => page.text)).toEqual(['1 Scope\n\nFirst.', '2.1 Details\n\nSecond.']);
    expect(passages[1]!.headingPath).toEqual(['1 Scope', '2.1 Details']);
  });

  it.each([
    ['UTF-8 with a mark', Buffer.from('\ufeffGrößenänderung', 'utf8')],
    ['UTF-16 with a mark', Buffer.from('\ufeffGrößenänderung', 'utf16le')],
    ['UTF-16 without one', Buffer.from('Größenänderung', 'utf16le')],
    ['Windows-1252', Buffer.from('Gr\xf6\xdfen\xe4nderung', 'latin1')],
  ])('reads %s', async (_, bytes) => {
    expect((await readHere('a.txt', bytes)).text).toBe('Größenänderung');
  });

  it('reads Chinese and Japanese, cut between sentences', async () => {
    const { summary, passages } = await readHere('a.txt', utf8('这台泵每年检查一次。如果密封件漏水，请更换。'.repeat(30)), { passageTokens: 64 });
    expect(summary.language).toBe('zh');
    expect(passages.length).toBeGreaterThan(5);
    for (const passage of passages) expect(passage.text.endsWith('。')).toBe(true);
  });

  it('keeps program text line by line', async () => {
    const { passages, pages } = await readHere('program.py', documents['program.py']!);
    expect(passages[0]!.kind).toBe('code');
    expect(pages[0]!.text).toContain('def pump():\n    """Inspects."""\n    return 4410');
  });

  it('cuts a huge text into pages of bounded length', async () => {
    const { pages } = await readHere('a.txt', utf8('Ein Satz, der sich wiederholt. '.repeat(20_000)));
    expect(pages.length).toBeGreaterThan(5);
    for (const page of pages) expect(page.text.length).toBeLessThanOrEqual(100_000);
  });
});
