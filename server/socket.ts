// Owns the WebSocket at /pipe: who may open it, and its translation into a pipe.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Pipe } from '../core/contract/rpc.js';
import type { Access } from './access.js';

/** Twice the longest message a person may send, as JSON. */
const maxPayloadBytes = 16 * 2 ** 20;
/** A reader this far behind is cut off; it comes back and reads a snapshot, which is smaller than the backlog. */
const backlogLimitBytes = 16 * 2 ** 20;
const pingEveryMs = 20_000;
const lastWordMs = 1000;

/** Accepts windows on `/pipe` of a server. Returns how to end them all. */
export function acceptSockets(server: Server, access: Access, maxWindows: number, connect: (pipe: Pipe) => void): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxPayloadBytes, perMessageDeflate: false });
  const answered = new WeakSet<WebSocket>();

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const refusal = refuse(request, access) ?? (sockets.clients.size >= maxWindows ? '503 Service Unavailable' : null);
    if (refusal !== null) return void socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    sockets.handleUpgrade(request, socket, head, (opened) => {
      answered.add(opened);
      opened.on('pong', () => answered.add(opened));
      connect(socketPipe(opened));
    });
  });

  const pings = setInterval(() => {
    for (const socket of sockets.clients) {
      if (!answered.delete(socket)) socket.terminate();
      else socket.ping();
    }
  }, pingEveryMs).unref();

  return () => {
    clearInterval(pings);
    for (const socket of sockets.clients) socket.close(1001, 'Plumb was closed');
    sockets.close();
  };
}

function refuse(request: IncomingMessage, access: Access): string | null {
  if (request.url !== '/pipe') return '404 Not Found';
  if (!access.hostIsOurs(request)) return '421 Misdirected Request';
  if (!access.originIsOurs(request)) return '403 Forbidden';
  return access.isSignedIn(request) ? null : '401 Unauthorized';
}

function socketPipe(socket: WebSocket): Pipe {
  // Too long or malformed frames: ws closes the socket itself, and the close event says so.
  socket.on('error', () => undefined);
  return {
    send(message) {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > backlogLimitBytes) socket.terminate();
      else socket.send(JSON.stringify(message));
    },
    onMessage(listener) {
      const receive = (data: Buffer, isBinary: boolean): void => {
        const message = isBinary ? undefined : parse(data);
        if (message !== undefined) return listener(message);
        socket.close(1007, 'not JSON');
        // Whoever does not say goodbye within a moment is not waited for.
        setTimeout(() => socket.terminate(), lastWordMs).unref();
      };
      socket.on('message', receive);
      return () => void socket.off('message', receive);
    },
    onClose(listener) {
      const closed = (code: number): void => listener(`closed with ${code}`);
      socket.once('close', closed);
      return () => void socket.off('close', closed);
    },
    close: () => socket.close(),
  };
}

function parse(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString('utf8'));
  } catch {
    // The caller closes the socket: only a broken client sends this.
    return undefined;
  }
}
