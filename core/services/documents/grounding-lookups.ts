// Owns looking up without answering: what a collection holds on a question, and what reading all of it would take.
import { AppError } from '../../contract/errors.js';
import type { Handlers } from '../../contract/rpc.js';
import type { PlumbApi } from '../../contract/api.js';
import type { Retriever } from '../../retrieval/retrieval.js';
import type { Store } from '../../store/store.js';
import type { EngineClient } from '../engine-client.js';
import type { Whole } from './whole.js';

export interface LookupDeps {
  store: Store;
  retriever: Retriever;
  engine: Pick<EngineClient, 'ready'>;
  whole: Whole;
}

export function createLookups({ store, retriever, engine, whole }: LookupDeps): Pick<Handlers<PlumbApi>, 'documents.search' | 'documents.forecast'> {
  function existing(collectionId: number): void {
    if (store.collections.find(collectionId) === null) throw new AppError('not_found', 'This collection no longer exists.');
  }
  return {
    'documents.search': async ({ collectionId, query }) => {
      existing(collectionId);
      const { passages, quotes, found, retrievalMs } = await retriever.retrieve(collectionId, query);
      return { passages, quotes, found, retrievalMs };
    },
    'documents.forecast': ({ collectionId, recurrence }) => {
      existing(collectionId);
      const { loaded } = engine.ready();
      return whole.forecast(collectionId, loaded.contextSize, loaded.speed, loaded.recurrence === null ? 0 : recurrence.steps);
    },
  };
}
