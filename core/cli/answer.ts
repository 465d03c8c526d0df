// Owns one answer of the engine, from the request to its end.
import type { EngineApi } from '../contract/engine.js';
import type { TokenRecord } from '../contract/recurrence.js';
import type { EventBody, ParamsIn } from '../contract/rpc.js';
import type { EngineLink } from '../services/engine-link.js';

export type Ended = EventBody<EngineApi, 'ended'>;

export interface Answer {
  tokens: TokenRecord[];
  ended: Ended;
}

/** Starts a run and waits for its end. Rejects if the run is refused or the engine is lost; a run that failed says so in `ended.error`. */
export async function makeAnswer({ client, lost }: Pick<EngineLink, 'client' | 'lost'>, params: ParamsIn<EngineApi, 'generate'>, onTokens?: (tokens: TokenRecord[]) => void): Promise<Answer> {
  const found: TokenRecord[] = [];
  let finish: (ended: Ended) => void;
  const end = new Promise<Ended>((resolve) => (finish = resolve));
  const undo = [
    client.on('tokens', ({ runId, tokens }) => {
      if (runId !== params.runId) return;
      found.push(...tokens);
      onTokens?.(tokens);
    }),
    client.on('ended', (body) => {
      if (body.runId === params.runId) finish(body);
    }),
  ];
  try {
    await client.call('generate', params);
    return { tokens: found, ended: await Promise.race([end, lost.then((error) => Promise.reject(error))]) };
  } finally {
    for (const off of undo) off();
  }
}

/** The text of an answer, or of its beginning. */
export function textOf(tokens: readonly TokenRecord[]): string {
  return tokens.map(({ text }) => text).join('');
}
