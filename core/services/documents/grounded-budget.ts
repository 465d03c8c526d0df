// Owns what stands in a prompt when not everything fits: how many passages, how much of them, and which earlier ones are forgotten.
import type { Quote } from '../../contract/documents.js';
import type { ChatMessage } from '../../contract/engine.js';
import { AppError } from '../../contract/errors.js';
import { cutAround, groundedTurns, writeTurns, type PromptPassage, type Turn } from './grounded-prompt.js';

export type CountTokens = (messages: ChatMessage[]) => Promise<{ tokens: number; contextSize: number }>;

/** A prompt must leave room for at least this many tokens of answer. */
export const leastRoom = 8;
/** More passages than this confuse a small model more than they help it. */
export const mostRead = 5;
/** Once earlier passages have to go, so many go that the next questions find room and the beginning stays as it is for a while. */
const shareAfterForgetting = 0.75;
/** A stretch shorter than this says nothing. */
const leastCutCharacters = 80;

/** Tokens kept free for the answer: what it may take at most, but no more than a quarter of the context. */
export function roomForAnswer(contextSize: number, maxTokens: number): number {
  return Math.max(leastRoom, Math.min(maxTokens, Math.floor(contextSize / 4)));
}

export interface Fitted<P extends PromptPassage> {
  messages: ChatMessage[];
  /** The passages that stand in the prompt, best first. */
  read: P[];
  forgotten: number;
}

export interface FitOrder<P extends PromptPassage> {
  /** The branch so far. */
  turns: readonly Turn[];
  question: Turn;
  /** Best first. */
  candidates: readonly P[];
  quotes: readonly Pick<Quote, 'passageId' | 'start' | 'end'>[];
  /** Turns that were forgotten before. */
  forgotten: number;
  maxTokens: number;
  countTokens: CountTokens;
}

/** Errors: context_full when the conversation leaves no room even without passages. */
export async function fitPassages<P extends PromptPassage>(order: FitOrder<P>): Promise<Fitted<P>> {
  const { turns, question, countTokens } = order;
  const all = order.candidates.slice(0, mostRead);
  const written = (read: readonly P[], forgotten: number): ChatMessage[] => writeTurns([...turns, { ...question, passages: read }], forgotten);
  const room = async (messages: ChatMessage[]): Promise<{ left: number; size: number; tokens: number }> => {
    const { tokens, contextSize } = await countTokens(messages);
    const size = contextSize - roomForAnswer(contextSize, order.maxTokens);
    return { left: size - tokens, size, tokens };
  };
  const fits = async (read: readonly P[], forgotten: number): Promise<boolean> => (await room(written(read, forgotten))).left >= 0;
  const done = (read: P[], forgotten: number): Fitted<P> => ({ messages: written(read, forgotten), read, forgotten });

  if (await fits(all, order.forgotten)) return done(all, order.forgotten);
  const most = groundedTurns(turns);
  for (let forgotten = order.forgotten + 1; forgotten <= most; forgotten += 1) {
    const { left, size, tokens } = await room(written(all, forgotten));
    if (left >= 0 && (tokens <= size * shareAfterForgetting || forgotten === most)) return done(all, forgotten);
  }
  for (let count = all.length - 1; count >= 1; count -= 1) {
    if (await fits(all.slice(0, count), most)) return done(all.slice(0, count), most);
  }
  const first = all[0];
  if (first !== undefined) {
    const focus = order.quotes.find(({ passageId }) => passageId === first.passageId) ?? null;
    const cut = await longestThatFits(first, focus, (passage) => fits([passage], most));
    if (cut !== null) return done([cut], most);
  }
  const bare = await countTokens(written([], most));
  if (bare.tokens + leastRoom > bare.contextSize) {
    throw new AppError('context_full', 'This conversation no longer fits into the model.', `${bare.tokens} of ${bare.contextSize} tokens`);
  }
  return done([], most);
}

async function longestThatFits<P extends PromptPassage>(passage: P, focus: { start: number; end: number } | null, fits: (passage: P) => Promise<boolean>): Promise<P | null> {
  const cutTo = (length: number): P => ({ ...passage, cut: cutAround(passage.text, length, focus) });
  let low = leastCutCharacters;
  let high = passage.text.length - 1;
  if (high < low || !(await fits(cutTo(low)))) return null;
  // Within a tenth is near enough.
  while (high - low > Math.max(16, low / 10)) {
    const middle = (low + high) >> 1;
    if (await fits(cutTo(middle))) low = middle;
    else high = middle - 1;
  }
  return cutTo(low);
}
