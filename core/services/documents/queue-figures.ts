// Owns the figures of the queue: how many documents are done since it last stood still, and how long the rest will take.
import type { Indexing } from '../../contract/documents.js';
import type { ErrorBody } from '../../contract/errors.js';
import type { CollectionRow } from '../../store/collections.js';

/** Weight of the newest file in the measured speed. */
const newestWeight = 0.3;

export interface QueueFigures {
  /** A file was read, in so much time. */
  measured(sizeBytes: number, elapsedMs: number): void;
  done(collectionId: number): void;
  /** `readBytes`: of the file being read, if it is one of this collection. */
  indexing(collection: CollectionRow, readBytes: number, stuck: ErrorBody | null): Indexing;
}

export function createQueueFigures(): QueueFigures {
  const done = new Map<number, number>();
  /** Collections with nothing waiting: counting begins anew when something does. Not before: the last file may still be counted after it left the queue. */
  const over = new Set<number>();
  let bytesPerSecond: number | null = null;
  return {
    measured(sizeBytes, elapsedMs) {
      const speed = sizeBytes / Math.max(0.001, elapsedMs / 1000);
      bytesPerSecond = bytesPerSecond === null ? speed : (1 - newestWeight) * bytesPerSecond + newestWeight * speed;
    },
    done: (collectionId) => void done.set(collectionId, (done.get(collectionId) ?? 0) + 1),
    indexing({ id, paused, waiting, waitingBytes }, readBytes, stuck) {
      if (waiting === 0) over.add(id);
      else if (over.delete(id)) done.delete(id);
      const read = done.get(id) ?? 0;
      const counts = { done: read, total: read + waiting, secondsLeft: null, error: null };
      if (paused) return { ...counts, state: 'paused' };
      if (waiting === 0) return { ...counts, state: 'idle' };
      if (stuck !== null) return { ...counts, state: 'stuck', error: stuck };
      return { ...counts, state: 'reading', secondsLeft: bytesPerSecond ? Math.max(0, waitingBytes - readBytes) / bytesPerSecond : null };
    },
  };
}
