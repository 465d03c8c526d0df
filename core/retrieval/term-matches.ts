// Owns which terms of a question stand in a text, where, and how exactly.
import { stemOf } from './language.js';
import type { Term } from './query.js';
import { fold, type Word, wordsOf } from './words.js';

export interface TermMatch {
  /** Index of the term in the question. */
  term: number;
  start: number;
  end: number;
  /** Place among the words of the text. */
  at: number;
  /** 1: the word itself; less for other forms, parts of compounds and synonyms. */
  share: number;
}

export interface Matcher {
  terms: readonly Term[];
  /** In order of place. */
  matchesIn(text: string): TermMatch[];
}

const shares = { stem: 0.95, beginning: 0.8, longWord: 0.6, part: 0.6, whole: 0.5, synonym: 0.75, synonymPart: 0.5 } as const;

export function createMatcher(terms: readonly Term[]): Matcher {
  const asWords = terms.map((term) => (term.kind === 'word' ? wordShare(term) : null));
  const rows = terms.map((term) => (term.kind === 'exact' || term.kind === 'number' ? term.forms.map((form) => form.split(' ')) : []));
  // Distinct words of thirty passages are few.
  const known = new Map<string, readonly number[]>();
  const sharesOf = (word: string): readonly number[] => {
    const found = known.get(word);
    if (found !== undefined) return found;
    const made = asWords.map((share) => share?.(word) ?? 0);
    known.set(word, made);
    return made;
  };
  return {
    terms,
    matchesIn(text) {
      const words = wordsOf(text);
      const matches: TermMatch[] = [];
      words.forEach((word, at) => {
        sharesOf(word.text).forEach((share, term) => {
          if (share > 0) matches.push({ term, start: word.start, end: word.end, at, share });
        });
        rows.forEach((spellings, term) => {
          const row = spellings.find((parts) => standsAt(words, at, parts));
          if (row !== undefined) matches.push({ term, start: word.start, end: words[at + row.length - 1]!.end, at, share: 1 });
        });
      });
      terms.forEach((term, index) => {
        if (term.kind === 'cjk') matches.push(...gramMatches(term, index, text));
      });
      return matches;
    },
  };
}

function standsAt(words: readonly Word[], at: number, parts: readonly string[]): boolean {
  return parts.every((part, index) => words[at + index]?.text === part);
}

function gramMatches(term: Term, index: number, text: string): TermMatch[] {
  const present = term.forms.filter((gram) => text.includes(gram));
  if (present.length === 0) return [];
  const start = text.indexOf(present[0]!);
  return [{ term: index, start, end: start + present[0]!.length, at: 0, share: present.length / term.forms.length }];
}

/** How well a word stands for a term. */
function wordShare(term: Term): (word: string) => number {
  const form = fold(term.forms[0]!);
  const stems = term.stems;
  const languages = ['en', 'de'] as const;
  const synonymStems = new Set([...term.synonyms].flatMap((synonym) => languages.map((language) => stemOf(synonym, language))).filter((stem) => stem.length >= 3));
  const longSynonyms = [...term.synonyms].filter((synonym) => synonym.length >= 6);
  return (word) => {
    if (word === form) return 1;
    if (stems.some((stem) => stem.length >= 3 && languages.some((language) => stemOf(word, language) === stem))) return shares.stem;
    if (stems.some((stem) => stem.length >= 4 && word.startsWith(stem))) return word.length <= form.length + 4 ? shares.beginning : shares.longWord;
    if (stems.some((stem) => stem.length >= 5 && word.includes(stem))) return shares.part;
    if (term.synonyms.has(word)) return shares.synonym;
    if (languages.some((language) => synonymStems.has(stemOf(word, language)))) return shares.synonym;
    if (word.length >= 5 && form.length > word.length && (form.endsWith(word) || form.startsWith(word))) return shares.whole;
    if (longSynonyms.some((synonym) => word.includes(synonym))) return shares.synonymPart;
    return 0;
  };
}

/** The best share of every term among the matches. */
export function bestShares(matches: readonly TermMatch[], terms: number): number[] {
  const best = new Array<number>(terms).fill(0);
  for (const { term, share } of matches) best[term] = Math.max(best[term]!, share);
  return best;
}
