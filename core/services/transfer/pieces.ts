// Owns transfers under way: what goes out is read piece by piece, what comes in is put together in order.
import { pieceBytes } from '../../contract/documents.js';
import { AppError } from '../../contract/errors.js';

/** More than anybody does at once; the oldest is given up then. */
const mostTransfers = 4;

interface Outgoing {
  kind: 'out';
  pieces: AsyncGenerator<Uint8Array>;
}
/** What comes in collects in memory or wherever `take` puts it. */
export interface Incoming {
  kind: 'in';
  sizeBytes: number;
  received: number;
  take(bytes: Uint8Array): void;
  drop(): void;
}

export type Transfers = ReturnType<typeof createTransfers>;

/** Pieces of one size, whatever they come in. */
export async function* inPieces(parts: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>, size = pieceBytes): AsyncGenerator<Uint8Array> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : Buffer.from(part);
    waiting.push(bytes);
    length += bytes.length;
    if (length < size) continue;
    let rest = Buffer.concat(waiting);
    for (; rest.length >= size; rest = rest.subarray(size)) yield rest.subarray(0, size);
    waiting = [rest];
    length = rest.length;
  }
  if (length > 0) yield Buffer.concat(waiting);
}

export function createTransfers() {
  const transfers = new Map<number, Outgoing | Incoming>();
  let nextId = 1;

  function end(id: number): void {
    const transfer = transfers.get(id);
    transfers.delete(id);
    if (transfer?.kind === 'in') transfer.drop();
    // Runs the generator's `finally`: whatever it holds open is closed.
    if (transfer?.kind === 'out') void transfer.pieces.return(undefined);
  }
  function add(transfer: Outgoing | Incoming): number {
    if (transfers.size >= mostTransfers) end(transfers.keys().next().value!);
    transfers.set(nextId, transfer);
    return nextId++;
  }
  function find<K extends 'in' | 'out'>(id: number, kind: K): Extract<Outgoing | Incoming, { kind: K }> {
    const found = transfers.get(id);
    if (found?.kind !== kind) throw new AppError('not_found', 'This transfer is over.');
    return found as Extract<Outgoing | Incoming, { kind: K }>;
  }

  return {
    send: (parts: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>): number => add({ kind: 'out', pieces: inPieces(parts) }),
    async read(id: number): Promise<{ base64: string; last: boolean }> {
      const { pieces } = find(id, 'out');
      const { value, done } = await pieces.next();
      if (done) transfers.delete(id);
      return { base64: done ? '' : Buffer.from(value as Uint8Array).toString('base64'), last: done === true };
    },
    /** For the host: all pieces. The transfer is over when they are. */
    async *all(id: number): AsyncGenerator<Uint8Array> {
      try {
        yield* find(id, 'out').pieces;
      } finally {
        end(id);
      }
    },
    receive: (incoming: Omit<Incoming, 'kind' | 'received'>): number => add({ ...incoming, kind: 'in', received: 0 }),
    write(id: number, offset: number, base64: string): void {
      const incoming = find(id, 'in');
      const bytes = Buffer.from(base64, 'base64');
      if (offset !== incoming.received || offset + bytes.length > incoming.sizeBytes) throw new AppError('bad_request', 'A piece of the file came out of order.');
      incoming.take(bytes);
      incoming.received += bytes.length;
    },
    /** The whole of what came in; the transfer stays until `end`. Error: bad_request when something is missing. */
    complete(id: number): void {
      const { received, sizeBytes } = find(id, 'in');
      if (received !== sizeBytes) throw new AppError('bad_request', 'The file is not complete.');
    },
    end,
  };
}
