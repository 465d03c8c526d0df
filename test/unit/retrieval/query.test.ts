import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trigramMatch, wordMatch } from '../../../core/retrieval/match.js';
import { needsAll } from '../../../core/retrieval/needs-all.js';
import { analyse, holdsAnswer } from '../../../core/retrieval/query.js';
import { numberKey, valuesOf } from '../../../core/retrieval/values.js';
import { sentencesOf, wordsOf } from '../../../core/retrieval/words.js';

const texts = (query: string, kind: string): string[] => analyse(query).terms.filter((term) => term.kind === kind).map((term) => term.text);

describe('what a question is made of', () => {
  it.each([
    ['What is the total of invoice INV-2024-0117?', 'INV-2024-0117'],
    ['Preis von ZY-M5X16-12.9', 'ZY-M5X16-12.9'],
    ['Who ordered with TWL/4471/B?', 'TWL/4471/B'],
    ['Was wurde am 15.03.2024 beschlossen?', '15.03.2024'],
    ['Which bill is over 1,250.00 EUR?', '1,250.00'],
  ])('keeps the identifier in: %s', (query, identifier) => {
    expect(texts(query, 'exact')).toContain(identifier);
  });

  it('keeps a quoted phrase together', () => {
    expect(analyse('where is "net amount due" explained').terms.find((term) => term.kind === 'exact')!.forms).toEqual(['net amount due']);
    expect(wordMatch(analyse('where is "net amount due"').terms, false)).toContain('"net amount due"');
  });

  it('leaves out the words that every question has, in both languages', () => {
    expect(texts('What is the rent of the flat?', 'word')).toEqual(['rent', 'flat']);
    expect(texts('Wie hoch ist die Kaltmiete in der Ahornallee?', 'word')).toEqual(['Kaltmiete', 'Ahornallee']);
  });

  it('looks for other forms of a word, and for a date as it may be written', () => {
    expect(wordMatch(analyse('cancelling').terms, false)).toContain('"cancel"*');
    const dates = wordMatch(analyse('15 March 2024').terms, false);
    for (const written of ['"2024 03 15"', '"15 03 2024"', '"15 marz 2024"', '"march 15 2024"']) expect(dates).toContain(written);
  });

  it('finds what is asked for', () => {
    const asked = (query: string): string[] => {
      const { asked, terms } = analyse(query);
      return asked.map((index) => terms[index]!.text);
    };
    expect(asked('Which parking bay belongs to the flat?')).toEqual(['parking', 'bay']);
    expect(asked("What is Ada Jones's salary?")).toEqual(['salary']);
    expect(asked('Wie hoch ist die Kaution?')).toEqual(['Kaution']);
    expect(asked('May I keep a dog?')).toEqual([]);
  });

  it.each([
    ['When does the lease begin?', 'date', 'It begins on 1 April 2023.', 'It begins in the cellar.'],
    ['Wie viel kostet die Reparatur?', 'money', 'Die Reparatur kostet 46,80 €.', 'Die Reparatur war aufwendig.'],
    ['How long is the notice period?', 'duration', 'three months to the end of a quarter', 'to the end of a quarter'],
    ['Wer leitet die Sitzung?', 'person', 'Die Sitzung leitet Heike Marquardt.', 'die sitzung wird geleitet.'],
  ] as const)('knows the kind of answer to: %s', (query, kind, yes, no) => {
    expect(analyse(query).answerKind).toBe(kind);
    expect(holdsAnswer(kind, yes)).toBe(true);
    expect(holdsAnswer(kind, no)).toBe(false);
  });

  it('takes a text without blanks apart', () => {
    expect(trigramMatch(analyse('仓库的温度').terms)).toBe('"仓库的" OR "库的温" OR "的温度"');
  });

  it('answers an empty question with nothing to look for', () => {
    for (const query of ['', '   ', '?!', 'the of and']) expect(wordMatch(analyse(query).terms, true)).toBeNull();
  });
});

describe('questions that need everything', () => {
  it.each([
    'Summarise these contracts', 'Give me a summary', 'List all invoices', 'How many invoices are there?', 'Compare the two leases', 'What is the difference between the policies?', 'Which of the contracts is the oldest?',
    'Fasse die Verträge zusammen', 'Zusammenfassung bitte', 'Liste alle Rechnungen auf', 'Wie viele Verträge gibt es?', 'Vergleiche die Mietverträge', 'Gib mir einen Überblick über die Protokolle', 'Welche Rechnungen sind überfällig?', 'Was ist der Unterschied zwischen den Angeboten?',
  ])('%s', (query) => expect(needsAll(query)).toBe(true));

  it.each([
    'What is the total of invoice INV-2024-0117?', 'How many days of leave does Okafor have?', 'Who is the landlord?', 'Where is the parts list kept?', 'Does the rent include all charges?',
    'Wie viele Zimmer hat die Wohnung?', 'Wann endet der Vertrag?', 'Was kostet die Reparatur?', 'Welche Farbe hat die Wand?', 'Sind alle Schlüssel zurückgegeben?',
  ])('not: %s', (query) => expect(needsAll(query)).toBe(false));
});

describe('values', () => {
  it.each([['1,250.00', '1250'], ['1.250,00', '1250'], ['1250', '1250'], ["1'250", '1250'], ['0,30', '0.3'], ['0.30', '0.3'], ['12.9', '12.9'], ['007', '7']])('%s is %s', (text, key) => {
    expect(numberKey(text)).toBe(key);
  });

  it('reads a date in every spelling as the same day', () => {
    for (const text of ['15 March 2024', 'March 15, 2024', '2024-03-15', '15.03.2024', '15. März 2024', '15th of March 2024']) {
      expect(valuesOf(`on ${text}`).map(({ kind, key }) => [kind, key]), text).toEqual([['date', '2024-03-15']]);
    }
  });

  it('knows the unit of a number', () => {
    expect(valuesOf('14-day limit, 30 kg, 2 %').map(({ key, unit }) => [key, unit])).toEqual([['14', 'day'], ['30', 'kg'], ['2', '%']]);
  });
});

describe('sentences', () => {
  const split = (text: string): string[] => sentencesOf(text).map(({ start, end }) => text.slice(start, end));

  it('end neither after an abbreviation nor at the wrapping of a line', () => {
    expect(split('Dr. Weber signs on 15. März 2024. See No. 5 of the\nlong list of things that follow this line here. Done.')).toEqual([
      'Dr. Weber signs on 15. März 2024.', 'See No. 5 of the\nlong list of things that follow this line here.', 'Done.',
    ]);
  });

  it('are the rows of a table and the items of a list', () => {
    expect(split('Part\tPrice\nA-1\t4.85\nA-2\t5.60\n\n- first thing\n- second thing')).toEqual(['Part\tPrice', 'A-1\t4.85', 'A-2\t5.60', '- first thing', '- second thing']);
  });

  it('lose no word, keep the order and do not overlap, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        let last = 0;
        for (const { start, end } of sentencesOf(text)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(text.slice(last, start).trim()).toBe('');
          last = end;
        }
        expect(text.slice(last).trim()).toBe('');
      }),
      { numRuns: 200 },
    );
  });

  it('have the words of the index, folded', () => {
    expect(wordsOf('Größe: 25x52, Café').map(({ text }) => text)).toEqual(['grosse', '25x52', 'cafe']);
  });
});
