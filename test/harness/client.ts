// Owns talking to a running app over its WebSocket, without a browser: what the page does, as a program.
import { WebSocket } from 'ws';
import { api, type PlumbApi } from '../../core/contract/api.js';
import { createClient, type Client, type Pipe } from '../../core/contract/rpc.js';
import type { RunningApp } from './app.js';

/** Trades the token of the address for the session cookie, as a first visit does. */
export async function signIn(url: string): Promise<{ cookie: string; origin: string }> {
  const response = await fetch(url, { redirect: 'manual' });
  const cookie = response.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
  if (cookie === '') throw new Error(`no cookie from ${response.status}`);
  return { cookie, origin: new URL(url).origin };
}

function socketPipe(socket: WebSocket): Pipe {
  return {
    send: (message) => socket.send(JSON.stringify(message)),
    onMessage(listener) {
      const receive = (data: unknown): void => listener(JSON.parse(String(data)));
      socket.on('message', receive);
      return () => void socket.off('message', receive);
    },
    onClose(listener) {
      const closed = (code: number): void => listener(`closed with ${code}`);
      socket.on('close', closed);
      return () => void socket.off('close', closed);
    },
    close: () => socket.close(),
  };
}

/** A signed-in client. Close it when done. */
export async function connect(app: Pick<RunningApp, 'url' | 'port'>): Promise<Client<PlumbApi>> {
  const { cookie, origin } = await signIn(app.url);
  const socket = new WebSocket(`ws://127.0.0.1:${app.port}/pipe`, { headers: { cookie, origin } });
  await new Promise<void>((done, fail) => {
    socket.once('open', done);
    socket.once('error', fail);
  });
  // A killed app resets the socket: the close event says so, the error event must not end the test process.
  socket.on('error', () => undefined);
  return createClient(socketPipe(socket), api);
}

/** Waits until the engine has a model in memory. Rejects if it failed to load. */
export async function whenReady(client: Client<PlumbApi>): Promise<void> {
  await new Promise<void>((done, fail) => {
    const look = (state: { kind: string }): void => {
      if (state.kind === 'ready') done();
      if (state.kind === 'failed' || state.kind === 'down') fail(new Error(JSON.stringify(state)));
    };
    client.on('engine.state', look);
    void client.call('app.hello', {}).then((hello) => look(hello.engine), fail);
  });
}
