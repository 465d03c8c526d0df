// Owns what a question is made of: words with their other forms, quoted phrases, identifiers kept exact, and what kind of answer it asks for.
import { isStopWord, type Language, languageOf, stemOf } from './language.js';
import { needsAll } from './needs-all.js';
import { synonymsOf } from './synonyms.js';
import { spellingsOf, valuesOf } from './values.js';
import { fold, wordsOf } from './words.js';

export interface Term {
  /** `exact`: identifiers, dates, amounts and quoted phrases; nothing but themselves matches. `cjk`: script without blanks between words. */
  kind: 'word' | 'number' | 'exact' | 'cjk';
  /** As typed. */
  text: string;
  /** word: the folded word. exact, number: every spelling, each words in a row. cjk: the pairs of characters. */
  forms: readonly string[];
  /** Folded stems, by language; empty for all but words. */
  stems: readonly string[];
  synonyms: ReadonlySet<string>;
}

export type AnswerKind = 'date' | 'money' | 'percent' | 'number' | 'duration' | 'phone' | 'email' | 'time' | 'person';

export interface Query {
  text: string;
  language: Language | null;
  terms: readonly Term[];
  answerKind: AnswerKind | null;
  needsAll: boolean;
}

/** More words than this are a pasted text, not a question. */
const maxTerms = 24;
const cjk = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]+/gu;

export function analyse(text: string): Query {
  const terms: Term[] = [];
  let rest = text.normalize('NFC').slice(0, 2000);
  const take = (start: number, end: number): void => {
    rest = rest.slice(0, start) + ' '.repeat(end - start) + rest.slice(end);
  };
  for (const match of rest.matchAll(/["„“«»](?<inner>[^"„“”«»]{2,200})["“”«»]/gu)) {
    const phrase = wordsOf(match.groups!['inner']!).map((word) => word.text).join(' ');
    if (phrase === '') continue;
    terms.push(exactTerm(match.groups!['inner']!, [phrase]));
    take(match.index, match.index + match[0].length);
  }
  for (const match of rest.matchAll(cjk)) {
    terms.push({ kind: 'cjk', text: match[0], forms: gramsOf(match[0], 2), stems: [], synonyms: new Set() });
    take(match.index, match.index + match[0].length);
  }
  for (const value of valuesOf(rest)) {
    const typed = rest.slice(value.start, value.end);
    const small = value.kind === 'number' && (/^\d{1,3}$/.test(value.key) || /^(?:19|20)\d\d$/.test(value.key));
    terms.push(small ? { ...exactTerm(typed, spellingsOf(value)), kind: 'number' } : exactTerm(typed, spellingsOf(value)));
    take(value.start, value.end);
  }
  const words = wordsOf(rest);
  const language = languageOf(words.map((word) => word.text));
  for (const word of words) {
    if (word.text.length < 2 || isStopWord(word.text, language)) continue;
    const languages: readonly Language[] = language === null ? ['en', 'de'] : [language];
    terms.push({
      kind: 'word',
      text: rest.slice(word.start, word.end),
      forms: [word.text],
      stems: [...new Set(languages.map((one) => stemOf(word.text, one)))],
      synonyms: synonymsOf(word.text),
    });
  }
  return { text, language, terms: withoutRepeats(terms).slice(0, maxTerms), answerKind: answerKindOf(text), needsAll: needsAll(text) };
}

function exactTerm(text: string, forms: string[]): Term {
  return { kind: 'exact', text, forms, stems: [], synonyms: new Set() };
}

export function gramsOf(text: string, length: number): string[] {
  const characters = [...text];
  if (characters.length <= length) return [text];
  return characters.slice(0, characters.length - length + 1).map((_, index) => characters.slice(index, index + length).join(''));
}

function withoutRepeats(terms: readonly Term[]): Term[] {
  return [...new Map(terms.map((term) => [`${term.kind} ${term.forms[0]}`, term])).values()];
}

const answerKinds: readonly [AnswerKind, RegExp][] = [
  ['phone', /phone|telephone|\bcall\b|telefon|rufnummer|\btel\b/],
  ['email', /e-?mail/],
  ['percent', /percent|percentage|prozent|interest rate|zinssatz|\brate\b|wie viel prozent|discount|rabatt|skonto/],
  ['time', /what time|opening hours|\bwie spat\b|um wie viel uhr|uhrzeit|offnungszeit|sprechzeit/],
  ['duration', /how long|how many (?:days|weeks|months|years|hours|minutes)|wie lange?\b|wie viele (?:tage|wochen|monate|jahre|stunden|minuten)|notice period|frist\b|laufzeit/],
  ['date', /\bwhen\b|\bdate\b|deadline|due\b|\bwann\b|datum|fallig|bis wann|what day|\btag\b/],
  ['money', /how much|price|\bcost|\bfees?\b|\btotal|amount|salary|\brent\b|penalt|wie viel|wieviel|preis|kosten|kostet|gebuhr|betrag|gehalt|miete\b|kaution|deposit|strafe/],
  ['number', /how many|number of|what size|weigh|capacity|temperature|wie viele|wieviele|anzahl|wie hoch|wie gross|wie schwer|temperatur|gewicht|leistung/],
  ['person', /\bwho\b|whom|\bwer\b|\bwem\b|\bwen\b/],
];

function answerKindOf(text: string): AnswerKind | null {
  const folded = fold(text);
  return answerKinds.find(([, pattern]) => pattern.test(folded))?.[0] ?? null;
}

const answers: Record<AnswerKind, RegExp> = {
  date: /\d{1,2}[./]\s?\d{1,2}[./]\s?\d{2,4}|\d{4}-\d\d-\d\d|\b\d{1,2}(?:st|nd|rd|th|\.)?\s+\p{L}{3,9}\.?(?:\s+\d{4})?|\p{L}{3,9}\s+\d{1,2},?\s+\d{4}|\d+\s+(?:days?|weeks?|months?|tage?n?|wochen?|monate?n?)\b|(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch/iu,
  money: /(?:€|\$|£|eur\b|usd\b|gbp\b|chf\b|euro)\s?\d|\d[\d.,' ]*\s?(?:€|\$|£|eur\b|usd\b|gbp\b|chf\b|euros?\b|dollars?\b|pounds?\b)|\d+[.,]\d\d\b/iu,
  percent: /\d\s?(?:%|percent|per cent|prozent|v\.\s?h\.)/iu,
  number: /\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|zwölf)\b/iu,
  duration: /(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|einen?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|zwölf)(?:\s*\([^)]*\))?[\s-]+(?:\p{L}+\s+)?(?:minutes?|hours?|days?|weeks?|months?|years?|minuten?|stunden?|tage?n?|wochen?|monate?n?|jahre?n?|werktage?n?)/iu,
  phone: /\+?\(?\d[\d\s()/-]{5,}\d/u,
  email: /[^\s@]+@[^\s@]+\.\p{L}{2,}/u,
  time: /\d{1,2}[:.]\d\d|\b\d{1,2}\s?(?:am|pm|a\.m\.|p\.m\.|uhr)\b/iu,
  person: /\b(?:mr|mrs|ms|dr|prof|herr|frau)\b\.?|\p{Lu}\p{Ll}+\s+(?:von\s+|van\s+|de\s+)?\p{Lu}\p{Ll}+/u,
};

/** Whether a stretch of text holds something of the kind that was asked for. */
export function holdsAnswer(kind: AnswerKind, text: string): boolean {
  return answers[kind].test(text);
}
