// Owns making a follow-up question stand alone, without asking a model: what it leaves out is taken from the question before it.
//
// Only words that a person typed, and names from the answer, are carried over: a query is stored, and text of documents is not to be
// copied. The passages of the question before decide which of its words were the topic: those that they hold.
import type { Grounding } from '../../contract/documents.js';
import { isStopWord, languageOf } from '../../retrieval/language.js';
import { fold, wordsOf } from '../../retrieval/words.js';

export interface Previous {
  question: string;
  answer: string;
  grounding: Pick<Grounding, 'query' | 'read' | 'alsoFound'>;
}

/** Words that stand for something said before. German `sie`, `ihr` also mean other things; next to words of their own they do no harm. */
const pronouns = new Set('it its he him his she her hers they them their theirs this that these those one ones same there former latter er es sie ihn ihm ihr ihre ihren ihrem ihrer ihres sein seine seinen seinem seiner seines dies diese dieser dieses diesem diesen jene jener jenes davon dazu darin daran darauf daraus damit dafur dafuer darum daruber dagegen deren dessen dort welche welcher welches'.split(' '));
/** A question about the document itself or to the program, and a new beginning. */
const opening = /^\s*(?:and|or|but|also|so|then|what about|how about|what if|und|oder|aber|auch|dann|sowie|was ist mit|wie ist es mit|wie steht es mit|wie sieht es .{0,12}aus)\b/iu;
/** Questions that go by themselves however short: they name what they are about with a verb of their own. */
const asks = /^\s*(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|does|do|did|can|could|may|must|has|have|list|show|name|give|tell|find|summari[sz]e|compare|was|welche[rsnm]?|wer|wem|wen|wessen|wann|wo|wohin|woher|warum|wie|wieviel|ist|sind|war|waren|hat|haben|kann|darf|muss|gibt|nenne|zeige|fasse|vergleiche)\b/iu;
/** Words that ask or shape an answer and are no topic. */
const shaping = new Set('much many long often kind sort mean means meaning exactly detail details more else example reason again please really briefly shortly sentence words viel viele lange oft genau genauer mehr noch sonst beispiel grund bitte nochmal wirklich kurz satz worten heisst bedeutet bedeutung'.split(' '));
/** Words carried over at most: more would drown the question. */
const mostCarried = 8;

interface Content {
  typed: string;
  folded: string;
}

/** The question as it is looked up. */
export function standAlone(question: string, previous: Previous | null): string {
  if (previous === null) return question;
  const words = wordsOf(question);
  const language = languageOf(words.map(({ text }) => text));
  const own = contentOf(question);
  const refers = words.some(({ text }) => pronouns.has(text) && !isNamed(text, question));
  const opened = opening.test(question);
  const elliptic = !asks.test(question) && own.length <= 3 && question.length <= 80;
  // "Why?", "How much exactly?": a question without a topic of its own.
  const empty = own.length === 0;
  if (!refers && !opened && !elliptic && !empty) return question;
  const carried = carriedOver(previous, new Set(own.map(({ folded }) => folded)), { names: refers, year: own.some(({ folded }) => isYear(folded)), language });
  return carried.length === 0 ? question : `${question.trim()} (${carried.join(' ')})`;
}

/** Topic words of a text as typed, each once, in order. */
function contentOf(text: string): Content[] {
  const words = wordsOf(text);
  const language = languageOf(words.map((word) => word.text));
  const found = new Map<string, Content>();
  for (const { text: folded, start, end } of words) {
    if (folded.length < 2 || isStopWord(folded, language) || pronouns.has(folded) || shaping.has(folded)) continue;
    if (!found.has(folded)) found.set(folded, { typed: text.slice(start, end), folded });
  }
  return [...found.values()];
}

function carriedOver({ question, answer, grounding }: Previous, own: ReadonlySet<string>, how: { names: boolean; year: boolean; language: 'en' | 'de' | null }): string[] {
  const held = new Set<string>();
  for (const passage of [...grounding.read, ...grounding.alsoFound.slice(0, 2)]) {
    for (const part of [passage.text, passage.documentName, ...passage.headingPath]) for (const { text } of wordsOf(part)) held.add(text);
  }
  // The query before may itself have been made to stand alone: what it carried goes on being the topic.
  const topic = contentOf(grounding.query === question ? question : `${question} ${grounding.query}`).filter(
    ({ folded }) => !own.has(folded) && !(how.year && isYear(folded)),
  );
  // A word that no passage holds was not what the answer was about, unless none is held: then retrieval may know synonyms of it.
  const borne = topic.filter(({ folded }) => held.has(folded) || [...held].some((word) => sameStem(word, folded)));
  const kept = borne.length > 0 ? borne : topic;
  // What is asked for changes from question to question; what it is asked of is named by rare words, and these are mostly the longer ones.
  const names = how.names ? namesOf(answer, held).filter((name) => !own.has(fold(name))) : [];
  return [...new Set([...kept.map(({ typed }) => typed), ...names])].slice(0, mostCarried);
}

/** Names in an answer that its passages hold: "Where does she live?" is about one of them. */
function namesOf(answer: string, held: ReadonlySet<string>): string[] {
  const names: string[] = [];
  for (const match of answer.matchAll(/(?<=[\p{L}\p{N},;:)"”]\s)\p{Lu}\p{Ll}+(?:[ -]\p{Lu}\p{Ll}+)*|^\p{Lu}\p{Ll}+(?: \p{Lu}\p{Ll}+)+/gu)) {
    for (const word of wordsOf(match[0])) if (held.has(word.text) && !isStopWord(word.text, null)) names.push(match[0].split(/[ -]/).find((part) => fold(part) === word.text) ?? word.text);
  }
  return [...new Set(names)].slice(0, 3);
}

const isYear = (word: string): boolean => /^(?:19|20)\d\d$/.test(word);
/** Long common beginnings: plural, case and verb forms without a stemmer's guesses. */
const sameStem = (a: string, b: string): boolean => a.length >= 5 && b.length >= 5 && a.slice(0, Math.max(4, Math.min(a.length, b.length) - 2)) === b.slice(0, Math.max(4, Math.min(a.length, b.length) - 2));

/** "That" and "this" before a word of the question's own point at that word: "this contract". They still refer to something said before. "There is" does not. */
function isNamed(pronoun: string, question: string): boolean {
  if (pronoun === 'there') return /\bthere\s+(?:is|are|was|were|be)\b|\b(?:is|are|was|were)\s+there\b/i.test(question);
  if (pronoun === 'es') return /\bgibt\s+es\b|\bes\s+gibt\b/i.test(question);
  if (pronoun === 'one') return /\bone\s+(?:of|\w+s?\b)/i.test(question);
  // "The contract that ends in May", not "who signed that contract".
  if (pronoun === 'that') return /\b(?:the|an?|any|all|every|each)\s+(?:\p{L}+\s+){1,3}that\b/iu.test(question);
  if (pronoun.startsWith('welche')) return /^\s*welche/iu.test(question);
  return false;
}
