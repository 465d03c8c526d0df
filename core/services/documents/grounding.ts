// Owns what a reply owes to documents: found before it is written, read with it, aligned when it is there.
import type { Ask, Citation, FoundPassage, Grounding } from '../../contract/documents.js';
import { AppError, toErrorBody } from '../../contract/errors.js';
import type { ChatMessage, EngineApi } from '../../contract/engine.js';
import type { Result } from '../../contract/rpc.js';
import type { Retrieved, Retriever } from '../../retrieval/retrieval.js';
import type { NewGrounding } from '../../store/groundings.js';
import type { Store } from '../../store/store.js';
import type { Emit } from '../events.js';
import type { Log } from '../log.js';
import { standAlone, type Previous } from './follow-up.js';
import { fitPassages } from './grounded-budget.js';
import type { Turn } from './grounded-prompt.js';

export interface GroundingDeps {
  store: Store;
  retriever: Retriever;
  align: Align;
  countTokens(messages: ChatMessage[]): Promise<Result<EngineApi, 'countTokens'>>;
  emit: Emit;
  log: Log;
}

/** Sentences of an answer with the passages that bear them out. */
export type Align = (answer: string, passages: readonly FoundPassage[]) => Citation[] | Promise<Citation[]>;

/** A message of a branch, as the store has it. */
export type PathMessage = ReturnType<Store['messages']['path']>[number];

/** What is known of documents before a reply exists. */
export interface Grounded {
  grounding: Omit<NewGrounding, 'messageId'>;
  question: Turn;
}

/** Passages kept with a reply, read or not. */
const mostKept = 12;

export type Groundings = ReturnType<typeof createGroundings>;

export function createGroundings({ store, retriever, align, countTokens, emit, log }: GroundingDeps) {
  const of = (messageId: number | undefined): Grounding | null => (messageId === undefined ? null : store.groundings.find(messageId));

  /** Each question of a branch with what its answer owes to documents. */
  function exchanges(path: readonly PathMessage[]): { message: PathMessage; grounding: Grounding | null }[] {
    return path.map((message, at) => ({ message, grounding: message.role === 'user' ? of(path[at + 1]?.id) : of(message.id) }));
  }

  /** A branch as a prompt shows it: questions with their passages; a question that found nothing is left out with its empty reply. */
  function turnsOf(path: readonly PathMessage[]): { turns: Turn[]; forgotten: number } {
    let forgotten = 0;
    const turns = exchanges(path).flatMap(({ message: { role, text }, grounding }): Turn[] => {
      if (grounding?.decision === 'not_found') return [];
      forgotten = Math.max(forgotten, grounding?.forgotten ?? 0);
      if (role !== 'user' || grounding === null || grounding.mode === 'whole') return [{ role, text }];
      return [{ role, text, passages: grounding.read, decision: grounding.decision }];
    });
    return { turns, forgotten };
  }

  function collectionOf(id: number): { name: string; passages: number } {
    const collection = store.collections.find(id);
    if (collection === null) throw new AppError('not_found', 'This collection no longer exists.');
    return { name: collection.name, passages: store.passageSearch.total(id) };
  }

  /** The last question before this one that was asked of the same documents. */
  function previousOf(path: readonly PathMessage[], collectionId: number): Previous | null {
    const all = exchanges(path);
    const at = all.findLastIndex(({ message, grounding }) => message.role === 'user' && grounding?.collectionId === collectionId);
    const grounding = all[at]?.grounding ?? null;
    return grounding === null ? null : { question: all[at]!.message.text, answer: all[at + 1]?.message.text ?? '', grounding };
  }

  /** The same passages again, if all are still there: answers at different depths are to be compared. */
  function foundBefore(earlier: Grounding | null, ask: Ask): Retrieved | null {
    if (earlier === null || earlier.collectionId !== ask.collectionId || earlier.mode !== ask.mode || (earlier.removed ?? 0) > 0) return null;
    const passages = [...earlier.read, ...earlier.alsoFound].map(({ cut: _cut, ...passage }) => passage);
    return { passages, quotes: earlier.quotes, found: earlier.decision === 'answer', unsure: earlier.unsure === true, needsAll: earlier.needsAll, retrievalMs: earlier.retrievalMs };
  }

  return {
    turnsOf,

    /** Looks up a question. Errors: not_found (the collection is gone), and the retriever's. */
    async lookUp(path: readonly PathMessage[], question: string, ask: Ask, earlier: Grounding | null = null): Promise<Grounded> {
      const { name, passages: passagesTotal } = collectionOf(ask.collectionId);
      const before = foundBefore(earlier, ask);
      const query = before && earlier ? earlier.query : standAlone(question, previousOf(path, ask.collectionId));
      const { passages, quotes, found, unsure, needsAll, retrievalMs } = before ?? (await retriever.retrieve(ask.collectionId, query));
      // In the whole-document mode everything is read, whatever was found.
      const decision = found || ask.mode === 'whole' ? 'answer' : ask.anyway ? 'anyway' : 'not_found';
      const kept = passages.slice(0, mostKept);
      const shown = quotes.filter(({ passageId }) => kept.some((passage) => passage.passageId === passageId));
      return {
        grounding: {
          collectionId: ask.collectionId, collectionName: name, mode: ask.mode, query, decision, read: [], alsoFound: kept, passagesTotal,
          quotes: shown, retrievalMs, needsAll, forgotten: 0, whole: null, ...(unsure && decision === 'answer' && ask.mode === 'passages' && { unsure }),
        },
        question: { role: 'user', text: question, decision },
      };
    },

    /** Chooses what of the found passages is read. Without `grounded`: the branch with its passages and a question without. Errors: context_full, no_model. */
    async read(path: readonly PathMessage[], question: string, maxTokens: number, grounded: Grounded | null): Promise<{ messages: ChatMessage[]; grounding: Grounded['grounding'] | null }> {
      const { turns, forgotten } = turnsOf(path);
      const candidates = grounded?.grounding.mode === 'passages' ? grounded.grounding.alsoFound : [];
      const fitted = await fitPassages({
        turns, forgotten, candidates, maxTokens, countTokens, quotes: grounded?.grounding.quotes ?? [], question: grounded?.question ?? { role: 'user', text: question },
      });
      if (grounded === null) return { messages: fitted.messages, grounding: null };
      const read = new Set(fitted.read.map(({ passageId }) => passageId));
      const alsoFound = grounded.grounding.alsoFound.filter(({ passageId }) => !read.has(passageId));
      return { messages: fitted.messages, grounding: { ...grounded.grounding, read: fitted.read, alsoFound, forgotten: fitted.forgotten } };
    },

    /** Tells how far the reading of a whole collection is. */
    progress(conversationId: number, messageId: number, whole: Grounding['whole']): void {
      const grounding = of(messageId);
      if (grounding) emit('grounding.changed', { conversationId, grounding: { ...grounding, whole } });
    },

    /** Says which passage bears out which sentence of a reply that is done. */
    async cite({ conversationId, replyId }: { conversationId: number; replyId: number }): Promise<void> {
      try {
        const grounding = of(replyId);
        const text = store.messages.find(replyId)?.text ?? '';
        if (grounding === null || text === '') return;
        const passages = grounding.mode === 'whole' ? await borneOutBy(text, grounding) : grounding.read;
        const citations = await align(text, passages);
        // Erased meanwhile: nothing is left to write to.
        if (of(replyId) === null) return;
        store.transaction(() => {
          if (grounding.mode === 'whole') store.groundings.setPassages(replyId, ...divided(passages, citations));
          store.groundings.setCitations(replyId, citations);
        });
        emit('grounding.changed', { conversationId, grounding: of(replyId)! });
      } catch (thrown) {
        log.warn('an answer has no citations', { replyId, ...toErrorBody(thrown) });
      }
    },
  };

  /** Everything was read, so each sentence of the answer is looked up for itself. */
  async function borneOutBy(text: string, { collectionId, alsoFound }: Grounding): Promise<FoundPassage[]> {
    const found = new Map(alsoFound.map((passage) => [passage.passageId, passage]));
    for (const { segment } of [...sentences.segment(text)].slice(0, mostLookedUp)) {
      if (collectionId === null || segment.trim() === '') continue;
      const { passages } = await retriever.retrieve(collectionId, segment.trim().slice(0, 500));
      for (const passage of passages.slice(0, 3)) if (!found.has(passage.passageId)) found.set(passage.passageId, passage);
    }
    return [...found.values()];
  }
}

/** Sentences of one answer that are looked up. */
const mostLookedUp = 20;
const sentences = new Intl.Segmenter(undefined, { granularity: 'sentence' });

/** Passages that bear something out, and the first of the others. */
function divided(passages: readonly FoundPassage[], citations: readonly Citation[]): [FoundPassage[], FoundPassage[]] {
  const cited = new Set(citations.map(({ support }) => support?.passageId));
  return [passages.filter(({ passageId }) => cited.has(passageId)), passages.filter(({ passageId }) => !cited.has(passageId)).slice(0, mostKept)];
}
