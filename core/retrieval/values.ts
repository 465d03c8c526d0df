// Owns numbers, dates and identifiers in text: brought to one form, so that 1,250.00 is 1.250,00 and 15 March 2024 is 15.03.2024.
import { fold } from './words.js';

export interface Value {
  kind: 'number' | 'date' | 'identifier';
  /** Equal for two values that say the same. */
  key: string;
  /** The word after a number, folded: a unit where it is one. */
  unit: string | null;
  start: number;
  end: number;
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const germanMonths: Record<string, number> = { marz: 3, maerz: 3, mai: 5, okt: 10, oktober: 10, dez: 12, dezember: 12 };
const month = '(jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz|maerz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|okt(?:ober)?|nov(?:ember)?|dec(?:ember)?|dez(?:ember)?)';
const dayMonthYear = new RegExp(`(?<![\\p{L}\\p{N}])(\\d{1,2})(?:st|nd|rd|th)?\\.?\\s+(?:of\\s+)?${month}\\.?,?\\s+(\\d{4})(?![\\p{L}\\p{N}])`, 'giu');
const monthDayYear = new RegExp(`(?<![\\p{L}\\p{N}])${month}\\.?\\s+(\\d{1,2})(?:st|nd|rd|th)?,?\\s+(\\d{4})(?![\\p{L}\\p{N}])`, 'giu');
const isoDate = /(?<![\p{L}\p{N}])(\d{4})-(\d{2})-(\d{2})(?![\p{L}\p{N}-])/gu;
const dottedDate = /(?<![\p{L}\p{N}.])(\d{1,2})[./](\d{1,2})[./](\d{4})(?![\p{L}\p{N}])/gu;
/** Runs that hold a digit; what they are is decided by their shape. */
const run = /(?<![\p{L}\p{N}])(?=[\p{L}\p{N}._/:@+-]*\d)[\p{L}\p{N}](?:[\p{L}\p{N}]|[._,/:@+'’-](?=[\p{L}\p{N}]))*/gu;
const numberShape = /^\d{1,3}(?:[.,'’]\d{3})+(?:[.,]\d{1,2})?$|^\d+(?:[.,]\d+)?$/;

function monthNumber(name: string): number {
  const folded = fold(name);
  return germanMonths[folded] ?? months.indexOf(folded.slice(0, 3)) + 1;
}

function dateKey(year: string, monthOfYear: number, day: string): string | null {
  if (monthOfYear < 1 || monthOfYear > 12 || Number(day) < 1 || Number(day) > 31) return null;
  return `${year}-${String(monthOfYear).padStart(2, '0')}-${day.padStart(2, '0')}`;
}

/** Groups are taken for thousands where the last group has three digits and another separator or group says so. */
export function numberKey(text: string): string {
  const plain = text.replace(/['’]/g, '');
  const last = Math.max(plain.lastIndexOf('.'), plain.lastIndexOf(','));
  if (last < 0) return plain.replace(/^0+(?=\d)/, '');
  const tail = plain.slice(last + 1);
  const separators = plain.match(/[.,]/g)!;
  const grouped = tail.length === 3 && (separators.length > 1 ? new Set(separators).size === 1 : plain.slice(0, last).length <= 3 && plain[0] !== '0');
  const whole = (grouped ? plain : plain.slice(0, last)).replace(/[.,]/g, '').replace(/^0+(?=\d)/, '');
  const fraction = grouped ? '' : tail.replace(/0+$/, '');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/** In order of place. A number with letters or inner marks is an identifier, kept as its words. */
export function valuesOf(text: string): Value[] {
  const found: Value[] = [];
  const taken = (start: number, end: number): boolean => found.some((value) => start < value.end && end > value.start);
  const add = (kind: Value['kind'], key: string | null, match: { 0: string; index: number }): void => {
    const start = match.index;
    const end = start + match[0].length;
    if (key === null || taken(start, end)) return;
    const unit = kind === 'number' ? /^\s*(?:-\s*)?(%|€|\$|£|\p{L}[\p{L}\p{M}]*)/u.exec(text.slice(end, end + 40))?.[1] : undefined;
    found.push({ kind, key, unit: unit === undefined ? null : fold(unit), start, end });
  };
  for (const match of text.matchAll(dayMonthYear)) add('date', dateKey(match[3]!, monthNumber(match[2]!), match[1]!), match);
  for (const match of text.matchAll(monthDayYear)) add('date', dateKey(match[3]!, monthNumber(match[1]!), match[2]!), match);
  for (const match of text.matchAll(isoDate)) add('date', dateKey(match[1]!, Number(match[2]), match[3]!), match);
  for (const match of text.matchAll(dottedDate)) add('date', dateKey(match[3]!, Number(match[2]), match[1]!), match);
  for (const match of text.matchAll(run)) {
    // 14-day and 30kg are numbers with a unit.
    const amount = /^(\d+(?:[.,]\d+)?)-?\p{L}+$/u.exec(match[0])?.[1] ?? match[0];
    if (numberShape.test(amount)) add('number', numberKey(amount), { 0: amount, index: match.index });
    else add('identifier', identifierKey(match[0]), match);
  }
  return found.toSorted((a, b) => a.start - b.start);
}

/** `INV-2024/17` -> `inv 2024 17`: the words that FTS5 sees. */
export function identifierKey(text: string): string {
  return fold(text).match(/[\p{L}\p{N}]+/gu)?.join(' ') ?? '';
}

const monthNames = [
  ['january', 'januar'], ['february', 'februar'], ['march', 'marz'], ['april', 'april'], ['may', 'mai'], ['june', 'juni'],
  ['july', 'juli'], ['august', 'august'], ['september', 'september'], ['october', 'oktober'], ['november', 'november'], ['december', 'dezember'],
] as const;

/** How a value may be written, each as words in a row. */
export function spellingsOf(value: Value): string[] {
  if (value.kind === 'identifier') return [value.key];
  if (value.kind === 'number') {
    const [whole, fraction] = value.key.split('.') as [string, string | undefined];
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ' ');
    const endings = fraction === undefined ? ['', ' 00'] : [` ${fraction.padEnd(2, '0')}`, ` ${fraction}`];
    return [...new Set(endings.flatMap((ending) => [whole + ending, grouped + ending]))];
  }
  const [year, monthOfYear, day] = value.key.split('-') as [string, string, string];
  const [en, de] = monthNames[Number(monthOfYear) - 1]!;
  const short = String(Number(day));
  return [...new Set([`${year} ${monthOfYear} ${day}`, `${day} ${monthOfYear} ${year}`, `${short} ${Number(monthOfYear)} ${year}`, `${short} ${en} ${year}`, `${day} ${en} ${year}`, `${en} ${short} ${year}`, `${short} ${de} ${year}`, `${day} ${de} ${year}`])];
}
