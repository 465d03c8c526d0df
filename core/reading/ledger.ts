// Owns the few numbers that the reader's two threads share: which read is to stop, and how many events the host has not taken yet.

const stopCell = 0;
const onTheWayCell = 1;
/** Events on their way to the host before the parser waits for it. */
const mostOnTheWay = 8;
const patienceMs = 1000;

/** Works while the parser is busy, when no message could reach it. */
export class Ledger {
  readonly cells: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.cells = new Int32Array(buffer);
  }

  get buffer(): SharedArrayBuffer {
    return this.cells.buffer as SharedArrayBuffer;
  }
  stop(readId: number): void {
    Atomics.store(this.cells, stopCell, readId);
  }
  isStopped(readId: number): boolean {
    return Atomics.load(this.cells, stopCell) === readId;
  }
  posted(): void {
    Atomics.add(this.cells, onTheWayCell, 1);
  }
  taken(): void {
    Atomics.sub(this.cells, onTheWayCell, 1);
    Atomics.notify(this.cells, onTheWayCell);
  }
  reset(): void {
    Atomics.store(this.cells, onTheWayCell, 0);
  }
  async room(): Promise<void> {
    for (;;) {
      const now = Atomics.load(this.cells, onTheWayCell);
      if (now <= mostOnTheWay) return;
      await Atomics.waitAsync(this.cells, onTheWayCell, now, patienceMs).value;
    }
  }
}
