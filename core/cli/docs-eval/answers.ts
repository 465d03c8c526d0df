// Owns the accuracy of a model's grounded replies by depth: the passages that retrieval found, in the form of a conversation's prompt.
import { fromErrorBody } from '../../contract/errors.js';
import type { FoundPassage } from '../../contract/documents.js';
import { recurrenceSettingsSchema } from '../../contract/recurrence.js';
import type { EngineLink } from '../../services/engine-link.js';
import { fitPassages } from '../../services/documents/grounded-budget.js';
import type { ScratchIndex } from '../../services/documents/scratch-index.js';
import { createRetriever } from '../../retrieval/retriever.js';
import { makeAnswer, textOf } from '../answer.js';
import { normalised, type Question } from './questions.js';

export interface DepthAnswers {
  steps: number;
  questions: number;
  /** Share whose reply holds an accepted answer; letters and digits alone compared. */
  right: number;
  /** The same by the best quote of the same questions, which no model writes. */
  quoted: number;
}

export interface AnswerOptions {
  steps: readonly number[];
  maxTokens: number;
  onProgress?: (done: number, of: number) => void;
}

/** Questions without an accepted answer are left out; the decision "not in your documents" is not asked, as with "answer anyway". */
export async function answersByDepth(engine: Pick<EngineLink, 'client' | 'lost'>, index: ScratchIndex, questions: readonly Question[], { steps, maxTokens, onProgress }: AnswerOptions): Promise<DepthAnswers[]> {
  const { client } = engine;
  const retriever = createRetriever(index.source);
  const asked = questions.filter(({ answer, unanswerable }) => !unanswerable && answer.length > 0);
  const counts = steps.map((depth) => ({ steps: depth, right: 0 }));
  let quoted = 0;
  let runId = 0;
  for (const [at, question] of asked.entries()) {
    const { passages, quotes } = await retriever.retrieve(index.collectionId, question.question);
    quoted += Number(holdsAny(question, quotes[0]?.text ?? ''));
    const { messages } = await fitPassages<FoundPassage>({
      turns: [], forgotten: 0, candidates: passages, quotes, maxTokens, question: { role: 'user', text: question.question, decision: 'answer' },
      countTokens: (all) => client.call('countTokens', { messages: all }),
    });
    for (const count of counts) {
      onProgress?.(at * counts.length + counts.indexOf(count), asked.length * counts.length);
      runId += 1;
      const recurrence = recurrenceSettingsSchema.parse({ steps: count.steps });
      const { tokens, ended } = await makeAnswer(engine, { runId, messages, recurrence, sampling: { temperature: 0, repeatPenalty: 1, seed: 0, maxTokens } });
      if (ended.error) throw fromErrorBody({ ...ended.error, detail: `question ${question.id}` });
      count.right += Number(holdsAny(question, textOf(tokens)));
    }
  }
  const share = (part: number): number => (asked.length === 0 ? 0 : part / asked.length);
  return counts.map((count) => ({ steps: count.steps, questions: asked.length, right: share(count.right), quoted: share(quoted) }));
}

export function holdsAny({ answer }: Pick<Question, 'answer'>, text: string): boolean {
  return answer.some((one) => normalised(text).includes(normalised(one)));
}
