// Proves by examples how a follow-up question is made to stand alone, in English and German.
import { describe, expect, it } from 'vitest';
import { standAlone, type Previous } from '../../../../core/services/documents/follow-up.js';

const passage = (text: string) => ({
  passageId: 1, documentId: 1, documentName: 'paper.pdf', headingPath: [], page: 1, pageLabel: null, start: 0, end: text.length, text, score: 0.9,
  ranks: { words: 1, trigrams: null, vectors: null },
});
const after = (question: string, text: string, answer = ''): Previous => ({ question, answer, grounding: { query: question, read: [passage(text)], alsoFound: [] } });

const boiler = after('What is the service interval of the Vaillant boiler?', 'The Vaillant boiler has a service interval of 12 months and costs 1,900 euros.');
const kessel = after('Wie oft muss der Kessel Vitodens gewartet werden?', 'Der Kessel Vitodens ist jährlich zu warten. Der Preis beträgt 1.900 Euro.');
const revenue = after('How high was the revenue of Lund Marine in 2022?', 'Revenue of Lund Marine: 2022 4.1 million, 2023 4.6 million.');
const landlord = after('Who is the landlord of the flat in Hafenstrasse?', 'Landlord of the flat in Hafenstrasse is Maria Keller.', 'The landlord is Maria Keller.');

describe('a follow-up takes the topic along', () => {
  it.each([
    ['And the price?', boiler, ['Vaillant', 'boiler']],
    ['How much does it cost?', boiler, ['Vaillant', 'boiler']],
    ['Why?', boiler, ['service', 'interval', 'Vaillant', 'boiler']],
    ['What about the warranty?', boiler, ['Vaillant', 'boiler']],
    ['Who made it?', boiler, ['Vaillant', 'boiler']],
    ['And in 2023?', revenue, ['revenue', 'Lund', 'Marine']],
    ['2023?', revenue, ['revenue', 'Lund', 'Marine']],
    ['Where does she live?', landlord, ['landlord', 'Hafenstrasse', 'Maria', 'Keller']],
    ['What is her phone number?', landlord, ['Maria', 'Keller']],
    ['Who signed that contract?', boiler, ['Vaillant', 'boiler']],
    ['Und der Preis?', kessel, ['Kessel', 'Vitodens']],
    ['Was kostet er?', kessel, ['Kessel', 'Vitodens']],
    ['Und wie lange hält er?', kessel, ['Kessel', 'Vitodens']],
    ['Was ist mit der Garantie?', kessel, ['Kessel', 'Vitodens']],
    ['Wie viel davon?', kessel, ['Kessel', 'Vitodens']],
    ['Warum?', kessel, ['Kessel', 'Vitodens']],
    ['Dessen Hersteller?', kessel, ['Kessel', 'Vitodens']],
  ] as const)('%s', (question, previous, words) => {
    const query = standAlone(question, previous);
    expect(query.startsWith(question)).toBe(true);
    for (const word of words) expect(query).toContain(word);
  });

  it('leaves the other year behind when it asks for a year of its own', () => expect(standAlone('And in 2023?', revenue)).not.toContain('2022'));

  it('goes on carrying the topic over several short questions', () => {
    const second = standAlone('And the price?', boiler);
    const third = standAlone('And the warranty?', { ...boiler, question: 'And the price?', grounding: { ...boiler.grounding, query: second } });
    expect(third).toContain('Vaillant');
  });

  it('carries no word that only the passages hold', () => expect(standAlone('And the price?', boiler)).not.toMatch(/1,900|months|euros/));
});

describe('a question that stands alone is looked up as it is', () => {
  it.each([
    ['What is the monthly rent of the office in Bergen?', boiler],
    ['Who signed the contract with Lund Marine?', boiler],
    ['Is there a pool in the house?', boiler],
    ['Gibt es eine Klausel zur Untervermietung?', kessel],
    ['Welche Versicherung hat die Firma Keller?', kessel],
    ['List all invoices of March', boiler],
    ['Which is the lease that ends in May?', boiler],
    ['Wann endet der Mietvertrag in der Hafenstrasse?', kessel],
  ] as const)('%s', (question, previous) => expect(standAlone(question, previous)).toBe(question));

  it('also when nothing was asked before', () => expect(standAlone('And the price?', null)).toBe('And the price?'));
});
