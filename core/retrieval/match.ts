// Owns the match strings of FTS5: made of quoted words alone, so that nothing a person types is an operator.
import type { Term } from './query.js';
import { gramsOf } from './query.js';
import { fold } from './words.js';

/** From this length on a stem is looked up as a beginning: shorter ones begin too many other words. */
const minPrefix = 4;

function quote(text: string): string {
  return `"${text.replaceAll('"', '')}"`;
}

/** Words that stand for the term in the index of words, in FTS5's language; empty: this index cannot find it. */
export function wordForms(term: Term, synonyms: boolean): string[] {
  if (term.kind === 'cjk') return [];
  if (term.kind !== 'word') return term.forms.map(quote);
  const forms = new Set<string>();
  const add = (word: string, prefix: boolean): void => {
    for (const spelled of spellings(word)) forms.add(prefix ? `${quote(spelled)}*` : quote(spelled));
  };
  for (const form of term.forms) add(form, false);
  for (const stem of term.stems) {
    if (stem.length >= minPrefix) add(stem, true);
    else for (const ending of ['s', 'es', 'e', 'en', 'n']) add(term.forms[0]! + ending, false);
  }
  if (synonyms) for (const synonym of term.synonyms) add(synonym, synonym.length >= 6);
  return [...forms];
}

/** The index keeps ß; a person may type ss, and ue for ü. */
function spellings(word: string): string[] {
  const found = [word];
  if (word.includes('ss')) found.push(word.replace('ss', 'ß'));
  if (/[aou]e/.test(word)) found.push(word.replace(/([aou])e/g, '$1'));
  return found;
}

export function wordMatch(terms: readonly Term[], synonyms: boolean): string | null {
  const forms = terms.flatMap((term) => wordForms(term, synonyms));
  return forms.length === 0 ? null : [...new Set(forms)].join(' OR ');
}

/** Trigrams find parts of words: compounds, part numbers, scripts without blanks. Nothing shorter than three characters. */
export function trigramForms(term: Term): string[] {
  if (term.kind === 'cjk') return gramsOf(term.text, 3).filter((gram) => [...gram].length >= 3).map(quote);
  if (term.kind === 'exact') return [...term.text.trim()].length >= 3 ? [quote(term.text.trim())] : [];
  if (term.kind === 'number') return [];
  const lower = term.text.toLowerCase();
  const stem = term.stems.toSorted((a, b) => a.length - b.length)[0] ?? '';
  // The index keeps accents: the stem is cut from the word as it was typed, where folding kept its length.
  const cut = fold(lower).length === lower.length && stem.length >= minPrefix && fold(lower).startsWith(stem) ? lower.slice(0, stem.length) : lower;
  return [...cut].length >= minPrefix ? [quote(cut)] : [];
}

export function trigramMatch(terms: readonly Term[]): string | null {
  const forms = terms.flatMap(trigramForms);
  return forms.length === 0 ? null : [...new Set(forms)].join(' OR ');
}
