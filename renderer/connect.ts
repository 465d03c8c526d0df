// Owns the pipe to the services: Electron's preload or a WebSocket, kept open with growing pauses between attempts.
import { api, type PlumbApi } from '../core/contract/api.js';
import { createClient, type Client, type Pipe } from '../core/contract/rpc.js';

export type PlumbClient = Client<PlumbApi>;

/** What Electron's preload exposes; absent in a browser. */
interface PreloadPipe {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): () => void;
}
declare global {
  interface Window {
    plumb?: PreloadPipe;
  }
}

/** Longest pause between two attempts. Loopback is cheap, and a person is waiting. */
const longestPauseMs = 4_000;
const firstPauseMs = 200;

function preloadPipe(preload: PreloadPipe): Pipe {
  return {
    send: (message) => preload.send(message),
    onMessage: (listener) => preload.onMessage(listener),
    // The window and its host end together: this pipe never closes before the page does.
    onClose: () => () => undefined,
    close: () => undefined,
  };
}

function socketPipe(): Promise<Pipe> {
  const address = new URL('/pipe', location.href);
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  address.hash = '';
  address.search = '';
  const socket = new WebSocket(address);
  return new Promise((resolve, reject) => {
    socket.addEventListener('error', () => reject(new Error('no connection')), { once: true });
    socket.addEventListener('close', () => reject(new Error('closed')), { once: true });
    socket.addEventListener('open', () => {
      resolve({
        send: (message) => socket.send(JSON.stringify(message)),
        onMessage(listener) {
          const receive = (event: MessageEvent): void => listener(JSON.parse(String(event.data)));
          socket.addEventListener('message', receive);
          return () => socket.removeEventListener('message', receive);
        },
        onClose(listener) {
          const tell = (event: CloseEvent): void => listener(event.reason || 'closed');
          socket.addEventListener('close', tell);
          return () => socket.removeEventListener('close', tell);
        },
        close: () => socket.close(),
      });
    });
  });
}

async function openPipe(): Promise<Pipe> {
  if (import.meta.env.MODE === 'fake') return (await import('./dev/fake-backend.js')).fakePipe();
  return window.plumb ? preloadPipe(window.plumb) : socketPipe();
}

export interface ConnectionEvents {
  /** A fresh client; subscriptions must be made anew. */
  open(client: PlumbClient): void;
  /** The pipe closed or could not be opened; the next attempt is already planned. */
  lost(attempts: number): void;
}

/** Connects and stays connected until the returned function is called. */
export function keepConnected(events: ConnectionEvents): () => void {
  let attempts = 0;
  let ended = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let client: PlumbClient | null = null;

  const again = (): void => {
    if (ended) return;
    client = null;
    attempts++;
    events.lost(attempts);
    timer = setTimeout(attempt, Math.min(firstPauseMs * 2 ** (attempts - 1), longestPauseMs));
  };
  const attempt = (): void => {
    openPipe().then(
      (pipe) => {
        if (ended) return pipe.close();
        attempts = 0;
        client = createClient(pipe, api);
        client.onClose(again);
        events.open(client);
      },
      again,
    );
  };
  attempt();
  return () => {
    ended = true;
    clearTimeout(timer);
    client?.close();
  };
}
