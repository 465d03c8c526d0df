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
  /** Indexes of the terms that name what is asked for: "which [parking bay]", "wie hoch ist die [Kaution]". Empty: not said. */
  asked: readonly number[];
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
  // As they stand in the question: neighbours there are looked for as neighbours.
  const ordered = terms.toSorted((a, b) => text.indexOf(a.text) - text.indexOf(b.text));
  const kept = withoutRepeats(ordered).slice(0, maxTerms);
  return { text, language, terms: kept, answerKind: answerKindOf(text), asked: askedTerms(text, kept), needsAll: needsAll(text) };
}

const lead = new RegExp(
  String.raw`(?:^|[\s,])(?:(?:what|how high|how large|how old) (?:is|are|was|were)|wie (?:hoch|gro(?:ß|ss)|lautet|lang|schwer)(?: ist| sind| war| waren)?|(?:was|wo|wer) (?:ist|sind|war|kostet|kosten)|how many|how much|wie ?viele?n?|welche[rsnm]?|what|which|whose)\s+` +
    // "What is Ada Jones's salary": the salary is asked for.
    String.raw`(?:(?:the|an?|der|die|das|den|eine?n?) )?(?:(?:[\p{L}\p{M}-]+\s){0,2}[\p{L}\p{M}-]+['’]s\s)?`,
  'iu',
);

/** A number or date of the kind that is asked for stands for these words. */
const kindWords = /^(?:date|day|days|week|weeks|month|months|year|years|hour|hours|minute|minutes|time|sum|amount|number|quantity|percentage|datum|tage?n?|wochen?|monate?n?|jahre?n?|stunden?|minuten?|zeit|uhrzeit|betrag|summe|anzahl|menge|hohe|prozent)$/;

export function isKindWord(term: Term): boolean {
  return kindWords.test(term.forms[0] ?? '');
}

/** The words in a row after the words that ask. */
function askedTerms(text: string, terms: readonly Term[]): number[] {
  const match = lead.exec(text);
  if (match === null) return [];
  const rest = text.slice(match.index + match[0].length);
  const asked: number[] = [];
  for (const word of wordsOf(rest)) {
    const index = terms.findIndex((term) => term.kind === 'word' && term.forms[0] === word.text);
    if (index < 0) break;
    asked.push(index);
    if (asked.length === 2) break;
  }
  return asked;
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

const units = 'days|weeks|months|years|hours|minutes';
const einheiten = 'tagen?|wochen|monaten?|jahren?|stunden|minuten';
const answerKinds: readonly [AnswerKind, RegExp][] = [
  ['phone', /phone|telephone|whom? (?:do|should|can) i call|telefon|rufnummer|\btel\b/],
  ['email', /e-?mail/],
  ['percent', /percent|percentage|prozent|interest rate|zinssatz|discount|rabatt|skonto/],
  ['time', /what time|opening hours|\bwie spat\b|um wie viel uhr|uhrzeit|offnungszeit|sprechzeit/],
  ['duration', new RegExp(`how long|how many (?:${units})|wie lange?\\b|wie vielen? (?:${einheiten})|auf wie viele|notice period|frist\\b|laufzeit`)],
  ['date', /(?:^|\bby |\buntil |\bsince |\bfrom |, )when\b|\b(?:which|what) (?:date|day)\b|^date\b|\bdate of\b|deadline|\bdue date\b|\bwann\b|datum|fallig|\bab wann\b|welchem? tag/],
  ['money', /how much|price|\bcosts?\b|\bfees?\b|\btotal\b|\bsum\b|amount|salary|\brent\b|penalt|\bearns?\b|wie ?viel\b|preis|kosten|kostet|gebuhr|betrag|summe|gehalt|miete\b|kaution|deposit|strafe/],
  ['number', /how many|number of|what size|quantity|weigh|capacity|temperature|wie ?vielen?\b|anzahl|wie hoch|wie gross|wie schwer|temperatur|gewicht|leistung/],
  ['person', /\bwho\b|whom|\bwer\b|\bwem\b|\bwen\b/],
];

function answerKindOf(text: string): AnswerKind | null {
  const folded = fold(text);
  return answerKinds.find(([, pattern]) => pattern.test(folded))?.[0] ?? null;
}

const answers: Record<AnswerKind, RegExp> = {
  date: /\d{1,2}[./]\s?\d{1,2}[./]\s?\d{2,4}|\d{4}-\d\d-\d\d|\b\d{1,2}(?:st|nd|rd|th|\.)?\s+\p{L}{3,9}\.?(?:\s+\d{4})?|\p{L}{3,9}\s+\d{1,2},?\s+\d{4}|\d+\s+(?:days?|weeks?|months?|tage?n?|wochen?|monate?n?)\b|(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch/iu,
  money: /(?:€|\$|£|eur\b|usd\b|gbp\b|chf\b|euro)\s?\d|\d[\d.,' ]*\s?(?:€|\$|£|eur\b|usd\b|gbp\b|chf\b|euros?\b|dollars?\b|pounds?\b)|\d+[.,]\d\d\b|\t\d+(?:[.,]\d+)?\s*(?:\t|$)/iu,
  percent: /\d\s?(?:%|percent|per cent|prozent|v\.\s?h\.)/iu,
  number: /\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|zwölf)\b/iu,
  duration: /(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|twenty|thirty|forty|fifty|sixty|ninety|einen?|eine[rm]?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|vierzehn|fünfzehn|zwanzig|dreißig|vierzig|fünfzig|sechzig|neunzig)(?:\s*\([^)]*\))?[\s-]+(?:\p{L}+\s+)?(?:minutes?|hours?|days?|weeks?|months?|years?|minuten?|stunden?|tage?n?|wochen?|monate?n?|jahre?n?|werktage?n?)/iu,
  phone: /\+?\(?\d[\d\s()/-]{5,}\d/u,
  email: /[^\s@]+@[^\s@]+\.\p{L}{2,}/u,
  time: /\d{1,2}[:.]\d\d|\b\d{1,2}\s?(?:am|pm|a\.m\.|p\.m\.|uhr)\b/iu,
  person: /\b(?:mr|mrs|ms|dr|prof|herr|frau)\b\.?|\p{Lu}\p{Ll}+\s+(?:von\s+|van\s+|de\s+)?\p{Lu}\p{Ll}+/u,
};

/** Whether a stretch of text holds something of the kind that was asked for. */
export function holdsAnswer(kind: AnswerKind, text: string): boolean {
  return answers[kind].test(text);
}
