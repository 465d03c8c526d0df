// Puts problems to the engine through its `generate`, as the window would, and judges the replies.
import { fromErrorBody, AppError } from '../../contract/errors.js';
import type { Problem } from '../../contract/evaluation.js';
import type { RunStats } from '../../contract/conversation.js';
import type { RecurrenceSettings, TokenRecord } from '../../contract/recurrence.js';
import type { EngineLink } from '../../services/engine-link.js';
import { makeAnswer, textOf } from '../answer.js';

export interface Outcome {
  problem: Problem;
  /** As given to the run. */
  steps: number;
  right: boolean;
  reply: string;
  tokens: TokenRecord[];
  stats: RunStats;
  /** Decodes of `stats.decodeMs`: the last token of a reply that was cut off is never read. */
  decodes: number;
}

export interface Examiner {
  /** Greedy, from an unrelated conversation. Errors: context_full and what else a run may end with, naming the problem. */
  ask(problem: Problem, recurrence: RecurrenceSettings): Promise<Outcome>;
  /** Ends the answer being made. */
  stop(): void;
}

/** Tokens a reply may take beyond the longest accepted answer, before it is cut off: enough to see that it does not end there. */
const spareTokens = 4;

export function createExaminer(engine: Pick<EngineLink, 'client' | 'lost'>): Examiner {
  const { client } = engine;
  const lengths = new Map<string, number>();
  let runId = 0;

  async function longestAnswer({ answers }: Problem): Promise<number> {
    let longest = 0;
    for (const text of answers) {
      if (!lengths.has(text)) lengths.set(text, (await client.call('tokenize', { text, parseSpecial: false })).ids.length);
      longest = Math.max(longest, lengths.get(text)!);
    }
    return longest;
  }

  return {
    async ask(problem, recurrence) {
      const maxTokens = (await longestAnswer(problem)) + spareTokens;
      runId += 1;
      const { tokens, ended } = await makeAnswer(engine, { runId, messages: problem.messages, recurrence, sampling: { temperature: 0, repeatPenalty: 1, seed: 0, maxTokens } }).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'context_full') throw new AppError(error.code, error.message, `problem ${problem.id}`);
        throw error;
      });
      if (ended.error) throw fromErrorBody({ ...ended.error, detail: `problem ${problem.id}${ended.error.detail === undefined ? '' : `; ${ended.error.detail}`}` });
      const reply = textOf(tokens);
      const right = ended.reason === 'end' && isRight(problem, reply);
      return { problem, steps: recurrence.steps, right, reply, tokens, stats: ended.stats, decodes: ended.reason === 'end' ? tokens.length : Math.max(0, tokens.length - 1) };
    },
    stop: () => void client.call('stop', { runId }).catch(() => undefined),
  };
}

/** A reply is right if, trimmed, it equals an accepted answer. */
export function isRight({ answers }: Pick<Problem, 'answers'>, reply: string): boolean {
  return answers.includes(reply.trim());
}

/**
 * The token that decides a reply: the one with character `decides` of the first answer. null where the reply is another one before
 * that character, so that no token corresponds.
 */
export function decidingToken({ answers, decides }: Pick<Problem, 'answers' | 'decides'>, tokens: readonly TokenRecord[]): TokenRecord | null {
  const reply = textOf(tokens);
  const start = reply.length - reply.trimStart().length;
  if (reply.slice(start, start + decides) !== answers[0]!.slice(0, decides)) return null;
  let end = 0;
  for (const token of tokens) {
    end += token.text.length;
    if (end > start + decides) return token;
  }
  return null;
}

/** Prompts that begin alike stand together: the engine keeps the common beginning in its cache. */
export function orderForCache(problems: readonly Problem[]): Problem[] {
  const key = new Map(problems.map((problem) => [problem, problem.messages.map(({ role, text }) => `${role}\n${text}`).join('\n')]));
  return problems.toSorted((a, b) => (key.get(a)! < key.get(b)! ? -1 : key.get(a)! > key.get(b)! ? 1 : 0));
}
