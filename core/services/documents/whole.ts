// Owns the whole-document mode: every passage is read in turn (map), then the notes (reduce), and the answer is a run like any other.
import type { Grounding } from '../../contract/documents.js';
import type { ChatMessage } from '../../contract/engine.js';
import { AppError } from '../../contract/errors.js';
import type { LoadedModel } from '../../contract/models.js';
import type { Store } from '../../store/store.js';
import type { Think } from '../runs.js';
import type { CountTokens } from './grounded-budget.js';
import { cutAround, type PromptPassage } from './grounded-prompt.js';
import { answerPrompt, mostRuns, planFor, readPrompt, runsFor, saysNothing, secondsFor, shortenPrompt, type Note } from './whole-plan.js';

export interface WholeDeps {
  store: Store;
  countTokens: CountTokens;
  /** Told after each run. */
  onProgress(conversationId: number, messageId: number, whole: NonNullable<Grounding['whole']>): void;
  now(): number;
}

export interface WholeOrder {
  collectionId: number;
  contextSize: number;
  conversationId: number;
  messageId: number;
  /** The question as it stands alone. */
  query: string;
  history: readonly ChatMessage[];
  think: Think;
}

/** Passages looked up at once. */
const pageSize = 200;
/** Of the context: a longer history is left out, the question stands alone. */
const shareOfHistory = 0.25;

export type Whole = ReturnType<typeof createWhole>;

export function createWhole({ store, countTokens, onProgress, now }: WholeDeps) {
  function forecast(collectionId: number, { contextSize, speed, recurrence }: Pick<LoadedModel, 'contextSize' | 'speed' | 'recurrence'>, steps: number): { passages: number; runs: number; seconds: number | null; runsLimit: number } {
    const { passages, tokens } = store.groundings.size(collectionId);
    const plan = planFor(contextSize);
    return { passages, runs: runsFor(tokens, plan), seconds: secondsFor(tokens, plan, speed, recurrence === null ? 0 : steps), runsLimit: mostRuns };
  }

  function* passagesOf(collectionId: number): Generator<PromptPassage & { tokens: number }> {
    const ids = store.passageSearch.idsOf(collectionId);
    for (let at = 0; at < ids.length; at += pageSize) yield* store.passageSearch.passages(ids.slice(at, at + pageSize));
  }

  /** Passages in runs that fit. The indexer's tokens are estimates: the model's own count decides. */
  async function* batches(order: WholeOrder, room: number): AsyncGenerator<PromptPassage[]> {
    const fits = async (batch: readonly PromptPassage[]): Promise<boolean> => (await countTokens(readPrompt(batch, order.query))).tokens <= room;
    let batch: PromptPassage[] = [];
    let estimate = 0;
    let scale = 1;
    for (const passage of passagesOf(order.collectionId)) {
      if (batch.length > 0 && (estimate + passage.tokens) * scale > room) {
        yield* halved(batch, fits);
        const { tokens } = await countTokens(readPrompt(batch, order.query));
        scale = Math.max(0.5, Math.min(4, tokens / Math.max(1, estimate)));
        batch = [];
        estimate = 0;
      }
      batch.push(passage);
      estimate += passage.tokens;
    }
    if (batch.length > 0) yield* halved(batch, fits);
  }

  /** One note where several do not fit, again and again. A round over two notes or more makes them fewer, so it ends. */
  async function reduce(notes: Note[], order: WholeOrder, fits: (notes: readonly Note[]) => Promise<boolean>, noteTokens: number, room: number): Promise<Note[]> {
    let left = notes;
    while (left.length > 1 && !(await fits(left))) {
      const shorter: Note[] = [];
      for (let at = 0; at < left.length; ) {
        let count = Math.min(2, left.length - at);
        while (at + count < left.length && (await countTokens(shortenPrompt(left.slice(at, at + count + 1), order.query))).tokens <= room) count += 1;
        const group = left.slice(at, at + count);
        at += count;
        shorter.push(count === 1 ? group[0]! : { from: `${group[0]!.from} – ${group.at(-1)!.from}`, text: (await order.think(shortenPrompt(group, order.query), noteTokens)).trim() });
      }
      left = shorter.filter(({ text }) => !saysNothing(text));
    }
    return left;
  }

  return {
    forecast,

    /** Errors: collection_too_big. */
    require(collectionId: number, loaded: LoadedModel): { total: number; runs: number } {
      const { passages, runs } = forecast(collectionId, loaded, 1);
      if (runs > mostRuns) throw new AppError('collection_too_big', `Reading all of this collection would take ${runs} runs of the model; the limit is ${mostRuns}.`, `${passages} passages`);
      return { total: passages, runs };
    },

    /** Reads everything and gives what the answer is made from. Errors: those of `think`. */
    async read(order: WholeOrder): Promise<ChatMessage[]> {
      const { conversationId, messageId, contextSize, query } = order;
      const { total, runs } = store.groundings.find(messageId)?.whole ?? { total: 0, runs: 0 };
      const { noteTokens } = planFor(contextSize);
      const room = contextSize - noteTokens;
      const startedMs = now();
      let made = 0;
      const think: Think = (messages, maxTokens) => {
        made += 1;
        // The forecast goes by estimated tokens; a collection that is far from them must not run on for ever.
        if (made > 2 * mostRuns) throw new AppError('collection_too_big', 'Reading all of this collection takes more runs of the model than expected.', `${made} runs`);
        return order.think(messages, maxTokens);
      };
      const notes: Note[] = [];
      const seen = new Set<number>();
      for await (const batch of batches(order, room)) {
        const text = (await think(readPrompt(batch, query), noteTokens)).trim();
        if (!saysNothing(text)) notes.push({ from: batch[0]!.documentName, text });
        for (const { passageId } of batch) seen.add(passageId);
        const done = Math.min(total, seen.size);
        store.groundings.setWholeDone(messageId, done);
        onProgress(conversationId, messageId, { done, total, runs: runs ?? 0, secondsLeft: done === 0 ? null : (((now() - startedMs) / 1000) * (total - done)) / done });
      }
      const answerRoom = Math.floor(contextSize * 0.75);
      const { tokens: before } = order.history.length === 0 ? { tokens: 0 } : await countTokens([...order.history]);
      const history = before <= contextSize * shareOfHistory ? order.history : [];
      const prompt = (kept: readonly Note[]): ChatMessage[] => [...history, answerPrompt(kept, query, total)];
      const fits = async (kept: readonly Note[]): Promise<boolean> => (await countTokens(prompt(kept))).tokens <= answerRoom;
      return prompt(await reduce(notes, { ...order, think }, fits, noteTokens, room));
    },
  };
}

/** A batch in parts that fit; a passage that does not fit alone is read in two. */
async function* halved(batch: PromptPassage[], fits: (batch: readonly PromptPassage[]) => Promise<boolean>): AsyncGenerator<PromptPassage[]> {
  if (await fits(batch)) return yield batch;
  const [only] = batch;
  if (batch.length > 1) {
    yield* halved(batch.slice(0, batch.length >> 1), fits);
    yield* halved(batch.slice(batch.length >> 1), fits);
  } else if (only && only.text.length >= 16) {
    const first = cutAround(only.text, only.text.length >> 1, null);
    yield* halved([{ ...only, text: only.text.slice(0, first.end) }], fits);
    yield* halved([{ ...only, text: only.text.slice(first.end) }], fits);
  }
}
