// Owns how much of the host anybody on this machine can hold: time to say something, connections, windows.
import type { Socket } from 'node:net';

export interface Limits {
  /** For the headers of a request to arrive. */
  headersMs: number;
  /** For a whole request to arrive, and for a connection to say anything at all. */
  requestMs: number;
  /** For the next request on an open connection. */
  idleMs: number;
  /** Connections at a time, windows included; more are closed at the door. */
  connections: number;
  /** Open pipes at a time. */
  windows: number;
}

/** A browser opens six connections for a page and one for its pipe. */
export const usualLimits: Limits = { headersMs: 10_000, requestMs: 15_000, idleMs: 5_000, connections: 256, windows: 64 };

/** A request of the page has about one kilobyte of headers. */
export const maxHeaderBytes = 16 * 1024;

/** Node's time-outs begin with a request's first byte: a connection that never says anything is ended here. */
export function endIdle(socket: Socket, ms: number): void {
  const timer = setTimeout(() => socket.bytesRead === 0 && socket.destroy(), ms).unref();
  socket.once('close', () => clearTimeout(timer));
}
