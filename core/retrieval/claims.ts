// Owns what a sentence asserts beyond its words: numbers with units, names, negations and sides of a pair that must not be swapped.
import { languageOf, stemOf } from './language.js';
import { type Value, valuesOf } from './values.js';
import { fold, wordsOf } from './words.js';

const numberWords: Record<string, string> = {
  two: '2', three: '3', four: '4', five: '5', six: '6', seven: '7', eight: '8', nine: '9', ten: '10', eleven: '11', twelve: '12', fourteen: '14', fifteen: '15', twenty: '20', thirty: '30', forty: '40', fifty: '50', sixty: '60', ninety: '90', hundred: '100',
  zwei: '2', drei: '3', vier: '4', funf: '5', sechs: '6', sieben: '7', acht: '8', neun: '9', zehn: '10', elf: '11', zwolf: '12', vierzehn: '14', funfzehn: '15', zwanzig: '20', dreissig: '30', vierzig: '40', funfzig: '50', sechzig: '60', neunzig: '90', hundert: '100',
};
/** Units by what they measure with; two of one number must be of one unit. */
const units: Record<string, string> = {};
for (const line of `second seconds sekunde sekunden s
minute minutes minuten min
hour hours stunde stunden h
day days tag tage tagen
week weeks woche wochen
month months monat monate monaten monats
year years jahr jahre jahren jahres
% percent prozent
€ euro euros eur
$ dollar dollars usd
£ pound pounds gbp
mg milligram milligramm
g gram grams gramm
kg kilogram kilograms kilogramm
mm millimetre millimetres millimeter
cm centimetre centimetres zentimeter
m metre metres meter
km kilometre kilometres kilometer
l litre litres liter
ml millilitre millilitres milliliter`.split('\n')) {
  const [unit, ...others] = line.split(' ') as [string, ...string[]];
  for (const word of [unit, ...others]) units[word] = unit;
}

/** "a month", "monthly", "pro Monat": what something is counted by. */
const periods: Record<string, string> = {};
for (const line of `day days daily tag tage tagen taglich
week weeks weekly woche wochen wochentlich
month months monthly monat monate monaten monats monatlich
quarter quarters quarterly quartal quartale vierteljahrlich
year years yearly annual annually annum jahr jahre jahren jahrlich
hour hours hourly stunde stunden stundlich
minute minutes minuten`.split('\n')) {
  const [period, ...others] = line.split(' ') as [string, ...string[]];
  for (const word of [period, ...others]) periods[word] = period;
}

const ordinals: Record<string, string> = {
  first: '1', second: '2', third: '3', fourth: '4', fifth: '5', sixth: '6', erste: '1', ersten: '1', erster: '1', zweite: '2', zweiten: '2', zweiter: '2', dritte: '3', dritten: '3', dritter: '3', vierte: '4', vierten: '4', funfte: '5', funften: '5',
};

const negation = /\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|unless|n't|nicht|kein(?:e[mnrs]?)?|nie(?:mals)?|niemand|nichts|ohne|weder)\b|n[’']t\b/gu;

/** Words whose other side says something else. */
const opposites: readonly (readonly [string, string])[] = `before/after minimum/maximum least/most more/less increase/decrease raise/lower include/exclude includes/excludes
permitted/prohibited with/without mit/ohne steigt/fallt allowed/forbidden allowed/prohibited landlord/tenant buyer/seller employer/employee employer/employees lessor/lessee supplier/customer lender/borrower monthly/annually monthly/annual monthly/weekly
weekly/annually daily/weekly daily/monthly morning/evening morning/afternoon accept/reject accepted/rejected approve/reject approved/rejected open/closed earliest/latest first/last gross/net above/below inside/outside left/right hot/cold
mandatory/optional required/optional voluntary/mandatory internal/external
vor/nach mindestens/hochstens mindestens/maximal mehr/weniger erhoht/gesenkt steigt/sinkt inklusive/exklusive einschliesslich/ausschliesslich erlaubt/verboten gestattet/untersagt zulassig/unzulassig
vermieter/mieter verkaufer/kaufer arbeitgeber/arbeitnehmer arbeitgeber/arbeitnehmerin auftraggeber/auftragnehmer monatlich/jahrlich wochentlich/monatlich taglich/wochentlich morgens/abends angenommen/abgelehnt genehmigt/abgelehnt brutto/netto
uber/unter innen/aussen links/rechts heiss/kalt verpflichtend/freiwillig fruhestens/spatestens zu/ab`
  .split(/\s+/)
  .map((pair) => pair.split('/') as [string, string]);

export interface Claims {
  values: Value[];
  /** Folded; only where the text shows that a word is a name. */
  names: Set<string>;
  negated: boolean;
  words: Set<string>;
  periods: Set<string>;
}

export function claimsOf(text: string): Claims {
  const words = wordsOf(text);
  const folded = words.map((word) => word.text);
  const values = valuesOf(text);
  words.forEach((word, index) => {
    const ordinal = ordinals[word.text];
    if (ordinal !== undefined) values.push({ kind: 'number', key: `${ordinal}.`, unit: null, start: word.start, end: word.end });
    const number = numberWords[word.text];
    if (number !== undefined) values.push({ kind: 'number', key: number, unit: folded[index + 1] ?? null, start: word.start, end: word.end });
  });
  return { values, names: namesOf(text, folded), negated: isNegated(text), words: new Set(folded), periods: new Set(folded.flatMap((word) => periods[word] ?? [])) };
}

/**
 * English writes names alone with a capital; German all nouns, so there a name is two capitals in a row or a capital after a title.
 * The first word of a sentence tells nothing.
 */
function namesOf(text: string, folded: readonly string[]): Set<string> {
  const names = new Set<string>();
  const german = languageOf(folded) === 'de';
  const tokens = [...text.matchAll(/[\p{L}\p{M}]+/gu)];
  const startsUpper = (index: number): boolean => /^\p{Lu}/u.test(tokens[index]?.[0] ?? '');
  const adjacent = (index: number): boolean => tokens[index + 1] !== undefined && /^\.? $/.test(text.slice(tokens[index]!.index + tokens[index]![0].length, tokens[index + 1]!.index));
  tokens.forEach((token, index) => {
    if (!startsUpper(index)) return;
    const word = fold(token[0]);
    if (/^(?:mr|mrs|ms|dr|prof|herr|herrn|frau|i)$/.test(word)) return;
    const first = index === 0 || /[.!?:*•-]\s*$/.test(text.slice(0, token.index));
    const afterTitle = index > 0 && /^(?:mr|mrs|ms|dr|prof|herrn?|frau)$/i.test(tokens[index - 1]![0]);
    const inRow = (startsUpper(index + 1) && adjacent(index)) || (index > 0 && startsUpper(index - 1) && adjacent(index - 1) && !/^(?:Der|Die|Das|Ein|Eine|Im|In|Am|Den|Dem|The|A|An)$/.test(tokens[index - 1]![0]));
    if (afterTitle || (german ? inRow && !(first && !startsUpper(index + 1)) && !/^(?:Der|Die|Das|Ein|Eine|Im|In|Am|Den|Dem)$/.test(token[0]) : !first && token[0].length > 1)) names.add(word);
  });
  return names;
}

/** Two negations are none. */
export function isNegated(text: string): boolean {
  return (fold(text).match(negation)?.length ?? 0) % 2 === 1;
}

function unitOf(value: Value): string | null {
  return value.unit === null ? null : (units[value.unit] ?? null);
}

/** Every number and date of `said` stands in `source`, with the same unit where both have one; identifiers may stand `nearby`. */
export function valuesHold(said: Claims, source: Claims, nearby: Claims): boolean {
  return said.values.every((value) => {
    const among = value.kind === 'identifier' ? [...source.values, ...nearby.values] : source.values;
    return among.some((other) => {
      if (other.key !== value.key) return false;
      const [a, b] = [unitOf(value), unitOf(other)];
      return value.kind !== 'number' || a === null || b === null || a === b;
    });
  });
}

/** A name, or another form of it, stands in the source's words. */
export function namesHold(said: Claims, nearby: Claims): boolean {
  return [...said.names].every((name) => nearby.words.has(name) || [...nearby.words].some((word) => word.startsWith(name) || (word.length > 4 && name.startsWith(word)) || stemOf(word, 'en') === stemOf(name, 'en') || stemOf(word, 'de') === stemOf(name, 'de')));
}

/** `said` has one side of a pair and `source` only the other, or another period. */
export function contradicts(said: Claims, source: Claims): boolean {
  if (said.periods.size > 0 && source.periods.size > 0 && ![...said.periods].every((period) => source.periods.has(period))) return true;
  return opposites.some(([a, b]) => (said.words.has(a) && !said.words.has(b) && source.words.has(b) && !source.words.has(a)) || (said.words.has(b) && !said.words.has(a) && source.words.has(a) && !source.words.has(b)));
}
