// Owns the vectors of collections in memory: loaded when a question needs them, scanned in slices so that nothing else waits long, dropped when they change.
import type { Ranking } from '../../retrieval/retrieval.js';
import type { Store } from '../../store/store.js';

interface Loaded {
  ids: number[];
  /** End to end. */
  vectors: Float32Array[];
}

/** Vectors of one row group and of one turn of the event loop: 8,192 of 384 dimensions are 12 MB, and about 3 ms of work. */
const rowsAtOnce = 8192;
/** Collections beyond this are dropped, the one asked longest ago first. */
const mostBytes = 768e6;

export interface VectorScan {
  /** Best first. Only vectors of this embedder, with as many dimensions as the question's. */
  nearest(collectionId: number, embedder: string, vector: Float32Array, limit: number): Promise<Ranking>;
  /** Passages or vectors of a collection are not what they were. */
  changed(collectionId: number): void;
  clear(): void;
}

const breath = (): Promise<void> => new Promise((done) => void setImmediate(done));

export function createVectorScan(store: Pick<Store, 'vectors'>): VectorScan {
  /** In order of use. */
  const held = new Map<number, { key: string; loading: Promise<Loaded>; bytes: number }>();

  async function load(collectionId: number, embedder: string, dimensions: number): Promise<Loaded> {
    const loaded: Loaded = { ids: [], vectors: [] };
    for (let after = 0; ; await breath()) {
      const { ids, vectors, last } = store.vectors.ofCollection(collectionId, embedder, dimensions, after, rowsAtOnce);
      loaded.ids.push(...ids);
      loaded.vectors.push(vectors);
      if (last === null) return loaded;
      after = last;
    }
  }

  function hold(collectionId: number, embedder: string, dimensions: number): Promise<Loaded> {
    const key = `${embedder} ${dimensions}`;
    const known = held.get(collectionId);
    held.delete(collectionId);
    if (known?.key === key) {
      held.set(collectionId, known);
      return known.loading;
    }
    const entry = { key, loading: load(collectionId, embedder, dimensions), bytes: 0 };
    held.set(collectionId, entry);
    entry.loading.then(
      ({ ids }) => {
        entry.bytes = ids.length * dimensions * 4;
        let all = [...held.values()].reduce((sum, { bytes }) => sum + bytes, 0);
        for (const [id, { bytes }] of held) {
          if (all <= mostBytes || held.get(id) === entry) continue;
          held.delete(id);
          all -= bytes;
        }
      },
      () => void (held.get(collectionId) === entry && held.delete(collectionId)),
    );
    return entry.loading;
  }

  return {
    async nearest(collectionId, embedder, vector, limit) {
      const { ids, vectors } = await hold(collectionId, embedder, vector.length);
      const best: { passageId: number; score: number }[] = [];
      let first = 0;
      for (const group of vectors) {
        const rows = group.length / vector.length;
        for (let row = 0; row < rows; row++) {
          const score = dot(group, row * vector.length, vector);
          if (best.length === limit && score <= best.at(-1)!.score) continue;
          const at = best.findIndex((each) => each.score < score);
          best.splice(at < 0 ? best.length : at, 0, { passageId: ids[first + row]!, score });
          if (best.length > limit) best.pop();
        }
        first += rows;
        await breath();
      }
      return best;
    },
    changed: (collectionId) => void held.delete(collectionId),
    clear: () => held.clear(),
  };
}

/** Four sums at once: additions that do not wait for each other are twice as fast. */
function dot(group: Float32Array, start: number, vector: Float32Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const whole = vector.length - (vector.length % 4);
  for (let at = 0; at < whole; at += 4) {
    a += group[start + at]! * vector[at]!;
    b += group[start + at + 1]! * vector[at + 1]!;
    c += group[start + at + 2]! * vector[at + 2]!;
    d += group[start + at + 3]! * vector[at + 3]!;
  }
  for (let at = whole; at < vector.length; at++) a += group[start + at]! * vector[at]!;
  return a + b + c + d;
}
