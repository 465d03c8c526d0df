// Owns telling every connected window what happened, and the form of a service's part of the table.
import type { PlumbApi } from '../contract/api.js';
import type { EventBody, EventName, Handlers } from '../contract/rpc.js';

export type Emit = <K extends EventName<PlumbApi>>(name: K, body: EventBody<PlumbApi, K>) => void;

/** The handlers whose names start with `Prefix`: a new operation in the table is at once a missing member of its service. */
export type HandlersOf<Prefix extends string> = {
  [K in keyof Handlers<PlumbApi> as K extends `${Prefix}.${string}` ? K : never]: Handlers<PlumbApi>[K];
};

/** Events go to whoever listens at the moment they happen; a listener that leaves misses nothing it cannot read again. */
export function createBroadcast(): { emit: Emit; subscribe(emit: Emit): () => void } {
  const subscribers = new Set<Emit>();
  return {
    emit: (name, body) => {
      for (const subscriber of subscribers) subscriber(name, body);
    },
    subscribe(subscriber) {
      subscribers.add(subscriber);
      return () => void subscribers.delete(subscriber);
    },
  };
}
