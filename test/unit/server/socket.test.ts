// Proves who may open the pipe, and that bad clients hurt only themselves.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { signIn, startTestHost, type TestHost } from './fixture.js';

let host: TestHost;
let cookie: string;
let origin: string;
beforeAll(async () => {
  host = await startTestHost();
  cookie = await signIn(host);
  origin = `http://127.0.0.1:${host.port}`;
});
afterAll(() => host.dispose());

/** The status of a refusal, or 101 and the open socket. */
function open(headers: Record<string, string>, path = '/pipe'): Promise<{ status: number; socket?: WebSocket }> {
  return new Promise((done) => {
    const socket = new WebSocket(`ws://127.0.0.1:${host.port}${path}`, { headers });
    socket.once('open', () => done({ status: 101, socket }));
    socket.once('unexpected-response', (_request, response) => done({ status: response.statusCode! }));
    socket.on('error', () => undefined);
  });
}
async function opened(): Promise<WebSocket> {
  return (await open({ cookie, origin })).socket!;
}
const closed = (socket: WebSocket): Promise<number> => new Promise((done) => void socket.once('close', done));
const hello = (socket: WebSocket): Promise<{ value: { version: string; engine: { kind: string } } }> =>
  new Promise((done) => {
    // Events come in between.
    socket.on('message', (data) => void (String(data).includes('"id":1') && done(JSON.parse(String(data)))));
    socket.send('{"kind":"call","id":1,"op":"app.hello","params":{}}');
  });

describe('the pipe', () => {
  it('opens for our own page and answers', async () => {
    const socket = await opened();
    expect(await hello(socket)).toMatchObject({ kind: 'result', id: 1, value: { version: '1.2.3', host: 'browser', notices: [] } });
    socket.close();
  });

  it.each([
    ['no cookie', () => ({ origin }), '/pipe', 401],
    ['no origin', () => ({ cookie }), '/pipe', 403],
    ['the origin of another page on this machine', () => ({ cookie, origin: 'http://127.0.0.1:1' }), '/pipe', 403],
    ['the origin of a web page', () => ({ cookie, origin: 'https://evil.example' }), '/pipe', 403],
    ['a host that only resolves to us', () => ({ cookie, origin: 'http://evil.example', host: 'evil.example' }), '/pipe', 421],
    ['another path', () => ({ cookie, origin }), '/other', 404],
  ])('is refused with %s', async (_what, headers, path, status) => {
    expect((await open(headers(), path)).status).toBe(status);
  });

  it.each([
    ['text that is not JSON', (socket: WebSocket) => socket.send('{'), 1007],
    ['bytes', (socket: WebSocket) => socket.send(Buffer.from([1, 2, 3])), 1007],
    ['more than the longest message', (socket: WebSocket) => socket.send(`"${'x'.repeat(17 * 2 ** 20)}"`), 1009],
  ])('closes on %s; others do not notice', async (_what, send, code) => {
    const good = await opened();
    const bad = await opened();
    const end = closed(bad);
    send(bad);
    expect(await end).toBe(code);
    expect((await hello(good)).value.version).toBe('1.2.3');
    good.close();
  });

  it('ignores frames that are not calls', async () => {
    const socket = await opened();
    for (const frame of ['null', '[]', '{"kind":"event","name":"x","body":1}', '{"kind":"call"}']) socket.send(frame);
    expect((await hello(socket)).value.version).toBe('1.2.3');
    socket.close();
  });

  it('is closed with a word when Plumb closes', async () => {
    const other = await startTestHost();
    const socket = new WebSocket(`ws://127.0.0.1:${other.port}/pipe`, { headers: { cookie: await signIn(other), origin: `http://127.0.0.1:${other.port}` } });
    await new Promise((done) => socket.once('open', done));
    const end = closed(socket);
    await other.dispose();
    expect(await end).toBe(1001);
  });
});
