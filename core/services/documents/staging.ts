// Owns writing one reading into the store while it arrives: small steps with room for everything else between them.
import type { ReadPage, ReadPassage, ReadSummary } from '../../contract/reading.js';
import type { Store } from '../../store/store.js';
import type { Reader, ReadOrder, Reading } from './reader-link.js';

export interface StagingDeps {
  store: Store;
  reader: Reader;
  /** An answer is being made: the reader gets a small share of the time. */
  isBusy(): boolean;
}

/** What waits to be written before the reader is asked to pause, and when it goes on. */
const behindCharacters = 4_000_000;
const caughtUpCharacters = 1_000_000;
/** One transaction: a few milliseconds of writing. */
const pagesAtOnce = 8;
const passagesAtOnce = 24;
const paceMs = 100;
/** While an answer is made, one slice in so many. */
const busyShare = 10;

export interface Staged {
  summary: ReadSummary;
  /** Passages that the shown reading has too, with their rows. */
  kept: { id: number; passage: ReadPassage }[];
}

export interface Staging {
  done: Promise<Staged>;
  stop(): void;
}

/** A turn of the event loop; while an answer is made, a longer one. */
export async function breathe(isBusy: () => boolean): Promise<void> {
  await new Promise<void>((done) => (isBusy() ? setTimeout(done, 20) : setImmediate(done)));
}

/** Errors: those of reading, and of the store (disk_full). */
export function stage({ store, reader, isBusy }: StagingDeps, documentId: number, order: ReadOrder, onProgress: (share: number) => void): Staging {
  const writes: { characters: number; write(): void }[] = [];
  const kept: Staged['kept'] = [];
  /** Rows of the shown reading by hash, not yet found again. */
  const shown = new Map<string, number[]>();
  let waiting = 0;
  let behind = false;
  let failure: unknown = null;
  let wake: (() => void) | null = null;
  let reading: Reading | null = null;
  let stopped = false;
  let tick = 0;

  const pace = (): void => reading?.hold(behind || (isBusy() && tick % busyShare !== 0));
  function put(characters: number, write: () => void): void {
    writes.push({ characters, write });
    waiting += characters;
    if (waiting > behindCharacters && !behind) {
      behind = true;
      pace();
    }
    wake?.();
  }
  function pages(list: ReadPage[], total: number | null): void {
    for (let at = 0; at < list.length; at += pagesAtOnce) {
      const part = list.slice(at, at + pagesAtOnce);
      put(part.reduce((sum, { text }) => sum + text.length, 0), () => store.passages.stagePages(documentId, part));
    }
    const last = list.at(-1)?.number ?? 0;
    if (total !== null && total > 0) onProgress(Math.min(1, last / total));
  }
  function passages(list: ReadPassage[]): void {
    const fresh = list.filter((passage) => {
      const id = shown.get(passage.hash)?.shift();
      if (id !== undefined) kept.push({ id, passage });
      return id === undefined;
    });
    for (let at = 0; at < fresh.length; at += passagesAtOnce) {
      const part = fresh.slice(at, at + passagesAtOnce);
      put(part.reduce((sum, { text }) => sum + text.length, 0), () => store.passages.stagePassages(documentId, part));
    }
  }

  async function run(): Promise<Staged> {
    for (const { id, hash } of store.passages.hashes(documentId)) {
      const ids = shown.get(hash);
      if (ids) ids.push(id);
      else shown.set(hash, [id]);
    }
    reading = reader.read(order, { pages, passages, progress: (done, total) => void (total > 0 && onProgress(done / total)) });
    if (stopped) reading.stop();
    const pacer = setInterval(() => {
      tick++;
      pace();
    }, paceMs).unref();
    let over = false;
    const outcome = reading.done.finally(() => {
      over = true;
      wake?.();
    });
    // Its failure is met below, after what came before it.
    outcome.catch(() => undefined);
    try {
      while (!over || writes.length > 0) {
        const next = writes.shift();
        if (!next) {
          await new Promise<void>((done) => void (wake = done));
          wake = null;
          continue;
        }
        if (failure === null && !stopped) next.write();
        waiting -= next.characters;
        if (behind && waiting < caughtUpCharacters) {
          behind = false;
          pace();
        }
        await breathe(isBusy);
      }
      return { summary: await outcome, kept };
    } catch (thrown) {
      failure = thrown;
      reading.stop();
      await outcome.catch(() => undefined);
      throw thrown;
    } finally {
      clearInterval(pacer);
    }
  }

  return {
    done: run(),
    stop() {
      stopped = true;
      reading?.stop();
    },
  };
}
