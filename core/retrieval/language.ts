// Owns what belongs to a language: stop words of English and German, stemming, and which of the two a text is in.
import { createRequire } from 'node:module';
import { fold } from './words.js';

/** The package has no types of its own. */
interface Snowball {
  newStemmer(language: string): { stem(word: string): string };
}
const snowball = createRequire(import.meta.url)('snowball-stemmers') as Snowball;

export type Language = 'en' | 'de';

const english = `a an the this that these those there here it its he she they them his her hers their theirs we us our ours you your yours i me my mine
  is are was were be been being am do does did doing done have has had having will would shall should can could may might must
  and or but if then than so as at by for from in into of off on onto out over per to under up upon with within about after before between during
  what which who whom whose when where why how whether
  any some each every all both either such same other another only own very too just also still yet
  tell me show give find please know want need let say says said get got much many long often far big old
  document documents file files according mentioned stated state states described written text following s t re ll ve d m`;
const german = `der die das den dem des ein eine einer eines einem einen dieser diese dieses diesem diesen jener jene jenes jenem jenen es er sie ihn ihm ihr ihre ihren ihrem ihrer ihres
  sein seine seinen seinem seiner seines wir uns unser unsere unseren unserem unserer unseres du dich dir dein deine ich mich mir mein meine man sich
  ist sind war waren bin bist wird werden wurde wurden worden sei seien hat haben hatte hatten habe kann konnen koennen konnte konnten muss mussen muessen musste soll sollen sollte sollten darf durfen duerfen durfte will wollen mag moechte mochte
  und oder aber wenn dann als so wie am an auf aus bei beim bis durch fur fuer gegen im in ins mit nach ob seit uber ueber um unter vom von vor wahrend waehrend zu zum zur zwischen pro je da dass dabei dafur dafuer daran
  was welche welcher welches welchem welchen wer wem wen wessen wann wo woher wohin warum wieso weshalb wieviel wieviele womit wofur wofuer worauf
  jede jeder jedes jedem jeden alle allem allen aller alles beide beiden einige auch nur noch schon sehr mehr hier dort etwas
  sage sag zeige zeig nenne nenn gib bitte weiss wissen viel viele vielen lange lang oft hoch gross
  dokument dokumente datei dateien laut gemass gemaess steht angegeben genannt beschrieben text es gibt gilt`;

const stopWords: Record<Language, ReadonlySet<string>> = { en: setOf(english), de: setOf(german) };
/** Words of both languages decide nothing. */
const telling: Record<Language, ReadonlySet<string>> = {
  en: new Set([...stopWords.en].filter((word) => !stopWords.de.has(word))),
  de: new Set([...stopWords.de].filter((word) => !stopWords.en.has(word))),
};

/** Verbs that say little of what is asked. */
const lightVerbs = setOf(`happen happens happened belong belongs mention mentions receive receives received take takes took make makes made come comes coming use uses used using allowed want wants
  bekommt bekommen bekomme erhalt erhaelt erhalten lautet lauten verwendet verwenden passiert geschah geschieht gehort gehoert braucht brauchen gilt heisst bedeutet mean means`);

/** How much a word of a question counts beside its rarity. German writes nouns with a capital: its other words matter less. */
export function wordWeight(typed: string, language: Language | null): number {
  if (lightVerbs.has(fold(typed))) return 0.4;
  return language === 'de' && /^\p{Ll}/u.test(typed) ? 0.6 : 1;
}

function setOf(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/).map(fold));
}

const stemmers = { en: snowball.newStemmer('english'), de: snowball.newStemmer('german') };
const stems: Record<Language, Map<string, string>> = { en: new Map(), de: new Map() };

/** The language a text's small words belong to; null where they do not tell. */
export function languageOf(words: readonly string[]): Language | null {
  const count = (language: Language): number => words.filter((word) => telling[language].has(word)).length;
  const [en, de] = [count('en'), count('de')];
  return en === de ? null : en > de ? 'en' : 'de';
}

export function isStopWord(word: string, language: Language | null): boolean {
  return language === null ? stopWords.en.has(word) || stopWords.de.has(word) : stopWords[language].has(word);
}

/** `word` is folded. Snowball's stem, remembered: the same words come again and again. */
export function stemOf(word: string, language: Language): string {
  const known = stems[language];
  const stem = known.get(word);
  if (stem !== undefined) return stem;
  if (known.size > 50_000) known.clear();
  const made = word.length > 40 || /\d/.test(word) ? word : fold(stemmers[language].stem(word));
  known.set(word, made);
  return made;
}
