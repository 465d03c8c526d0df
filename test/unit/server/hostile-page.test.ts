// Proves that what a hostile page or program on the same machine can send to the browser host gets no answer and does no harm.
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { floodWith } from '../../harness/flood.js';
import { ask, signIn, startTestHost, type TestHost } from './fixture.js';

let host: TestHost;
let cookie: string;
let origin: string;
beforeAll(async () => {
  host = await startTestHost({ limits: { headersMs: 400, requestMs: 700, idleMs: 300, connections: 200, windows: 8 } });
  cookie = await signIn(host);
  origin = `http://127.0.0.1:${host.port}`;
});
afterAll(() => host.dispose());

/** Writes bytes as they are and returns all that comes back until the host closes the connection. */
function raw(bytes: string | Buffer, keepWriting?: (socket: Socket) => void): Promise<string> {
  return new Promise((done) => {
    const socket = connect(host.port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1').on('data', (part: string) => (answer += part));
    socket.on('error', () => undefined).on('close', () => done(answer));
    socket.write(bytes);
    keepWriting?.(socket);
  });
}
const handshakeHeaders = (more: Record<string, string>): string => Object.entries({ Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', ...more }).map(([name, value]) => `${name}: ${value}\r\n`).join('');
const handshake = (more: Record<string, string>, path = '/pipe'): Promise<string> => raw(`GET ${path} HTTP/1.1\r\n${handshakeHeaders({ Host: `127.0.0.1:${host.port}`, ...more })}\r\n`).then((answer) => answer.slice(9, 12));

/** The page, its files and the pipe still work for their owner. */
async function expectAlive(): Promise<void> {
  expect((await ask(host.port, '/', { cookie })).status).toBe(200);
  const socket = new WebSocket(`ws://127.0.0.1:${host.port}/pipe`, { headers: { cookie, origin } });
  const answer = new Promise((done) => void socket.on('message', (data) => String(data).includes('"id":1') && done(JSON.parse(String(data)))));
  await new Promise((done) => void socket.once('open', done));
  socket.send('{"kind":"call","id":1,"op":"app.hello","params":{}}');
  expect(await answer).toMatchObject({ kind: 'result', value: { version: '1.2.3' } });
  const closed = new Promise((done) => void socket.once('close', done));
  socket.close();
  await closed;
}

describe('DNS rebinding', () => {
  it.each(['evil.example', 'evil.example:PORT', '127.0.0.1', '127.0.0.1:1', '127.0.0.1:PORT.evil.example', 'localhost', 'localhost.:PORT', '0.0.0.0:PORT', '[::1]:PORT', '127.1:PORT', '2130706433:PORT', '127.0.0.1:0PORT', 'user@127.0.0.1:PORT', ''])('to the name "%s" gets nothing, even with the token and the cookie', async (name) => {
    const given = name.replace('PORT', String(host.port));
    const answer = await raw(`GET /?token=${host.token} HTTP/1.1\r\nHost: ${given}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 (421|400) /);
    expect(answer).not.toMatch(/set-cookie|<title>Plumb<\/title>$/i);
    expect(await handshake({ Host: given, Origin: `http://${given}`, Cookie: cookie })).toMatch(/421|400/);
  });
});

describe('a WebSocket from another page', () => {
  it.each([
    ['null', 'null'], ['nothing', ''], ['a web page', 'https://evil.example'], ['another port', 'http://127.0.0.1:1'], ['no port', 'http://127.0.0.1'], ['a longer port', 'http://127.0.0.1:PORT0'],
    ['https on our port', 'https://127.0.0.1:PORT'], ['a name that begins like ours', 'http://127.0.0.1:PORT.evil.example'], ['a name that ends like ours', 'http://evil.127.0.0.1:PORT'],
    ['a subdomain of localhost', 'http://evil.localhost:PORT'], ['our other name', 'http://localhost:PORT'], ['a name in front', 'http://evil@127.0.0.1:PORT'], ['a path behind', 'http://127.0.0.1:PORT/'],
    ['capitals', 'HTTP://127.0.0.1:PORT'], ['two origins', 'http://127.0.0.1:PORT http://evil.example'], ['an extension', 'chrome-extension://abcdef'], ['a file', 'file://'],
  ])('with the origin of %s is refused although the browser sends the cookie', async (_what, given) => {
    expect(await handshake({ Origin: given.replace('PORT', String(host.port)), Cookie: cookie })).toBe('403');
  });

  it('is refused without a cookie, with that of an earlier start, with the token in its place, and with half of it', async () => {
    const earlier = await startTestHost();
    const old = await signIn(earlier);
    await earlier.dispose();
    const value = (text: string): string => text.split('=')[1]!;
    const name = cookie.split('=')[0]!;
    const tried = ['', `${name}=`, `${name}=${value(old)}`, `${name}=${host.token}`, `${name}=${value(cookie).slice(0, 20)}`, `x${cookie}`, `${cookie}x`, `${name}=%`, 'a=b; '.repeat(500)];
    for (const each of tried) expect([each, await handshake({ Origin: origin, Cookie: each })]).toEqual([each, '401']);
  });

  it.each(['/pipe?x', '/pipe/', '//pipe', '/Pipe', '/pipe#', 'http://127.0.0.1/pipe'])('at %s is refused', async (path) => {
    expect(await handshake({ Origin: origin, Cookie: cookie }, path)).toMatch(/404|400/);
  });

  it('that asks for a protocol, an extension or an old version gets no more than any other', async () => {
    expect(await handshake({ Origin: origin, Cookie: cookie, 'Sec-WebSocket-Version': '7' })).toBe('400');
    expect(await handshake({ Origin: origin, Cookie: cookie, 'Sec-WebSocket-Key': 'short' })).toBe('400');
    expect(await handshake({ Origin: 'null', Cookie: cookie, 'Sec-WebSocket-Protocol': 'x', 'Sec-WebSocket-Extensions': 'permessage-deflate' })).toBe('403');
  });
});

describe('a request from another page on this machine', () => {
  it('gets no file although the browser sends the cookie to every port', async () => {
    for (const site of ['same-site', 'cross-site']) {
      for (const dest of ['script', 'image', 'style', 'empty', 'iframe', 'frame', 'embed', 'object']) {
        const mode = ['iframe', 'frame', 'embed', 'object'].includes(dest) ? 'navigate' : 'no-cors';
        const { status, body } = await ask(host.port, '/', { cookie, 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest });
        expect([site, dest, status, body.includes('<title>Plumb</title>\n<script')]).toEqual([site, dest, 403, false]);
      }
    }
    expect((await ask(host.port, '/', { cookie, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' })).status).toBe(200);
    expect((await ask(host.port, '/', { cookie, 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' })).status).toBe(200);
  });

  it('changes nothing: no address does anything but show', async () => {
    for (const path of ['/pipe', '/?op=app.hello', '/api', '/conversations', '/quit', '/?token=']) expect((await ask(host.port, path, { cookie })).headers['set-cookie']).toBeUndefined();
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND']) expect([method, (await ask(host.port, '/', { cookie, origin: 'http://evil.example' }, method)).status]).toEqual([method, 405]);
  });

  it('never hears that another origin may read', async () => {
    for (const headers of [{ origin: 'http://evil.example' }, { origin, cookie }, { origin: 'null', cookie, 'access-control-request-method': 'GET', 'access-control-request-private-network': 'true' }]) {
      const { headers: said } = await ask(host.port, '/', headers as Record<string, string>);
      expect(Object.keys(said).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });
});

describe('bytes that are no request', () => {
  const ours = (): string => `Host: 127.0.0.1:${host.port}\r\nCookie: ${cookie}\r\n`;
  const garbage: [string, () => string | Buffer][] = [
    ['an address that is none', () => `GET //[ HTTP/1.1\r\n${ours()}Connection: close\r\n\r\n`],
    ['an address with a broken escape', () => `GET /%E0%A4%A HTTP/1.1\r\n${ours()}Connection: close\r\n\r\n`],
    ['an absolute address', () => `GET http://evil.example/?token=${host.token} HTTP/1.1\r\n${ours()}Connection: close\r\n\r\n`],
    ['an absolute address that is none', () => `GET http://[::1/ HTTP/1.1\r\n${ours()}Connection: close\r\n\r\n`],
    ['CONNECT', () => `CONNECT evil.example:443 HTTP/1.1\r\n${ours()}\r\n`],
    ['OPTIONS *', () => `OPTIONS * HTTP/1.1\r\n${ours()}Connection: close\r\n\r\n`],
    ['two lengths', () => `POST / HTTP/1.1\r\n${ours()}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`],
    ['a length and chunks', () => `POST / HTTP/1.1\r\n${ours()}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n${ours()}\r\n`],
    ['a chunk of an absurd size', () => `POST / HTTP/1.1\r\n${ours()}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n`],
    ['a space before the colon', () => `GET / HTTP/1.1\r\nHost : 127.0.0.1:${host.port}\r\n\r\n`],
    ['a folded header', () => `GET / HTTP/1.1\r\n${ours()}X: a\r\n b\r\n\r\n`],
    ['two hosts', () => `GET / HTTP/1.1\r\n${ours()}Host: evil.example\r\nConnection: close\r\n\r\n`],
    ['no host', () => `GET /?token=${host.token} HTTP/1.1\r\nConnection: close\r\n\r\n`],
    ['HTTP/1.0 without a host', () => `GET /?token=${host.token} HTTP/1.0\r\n\r\n`],
    ['HTTP/0.9', () => 'GET /\r\n'],
    ['HTTP/2 with prior knowledge', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a TLS hello', () => Buffer.from('16030100c8010000c40303', 'hex')],
    ['a NUL in a header', () => `GET / HTTP/1.1\r\n${ours()}X: \0\r\n\r\n`],
    ['line feeds alone', () => `GET / HTTP/1.1\n${ours().replaceAll('\r', '')}\n`],
    ['huge headers', () => `GET / HTTP/1.1\r\n${ours()}X: ${'x'.repeat(100_000)}\r\n\r\n`],
    ['thousands of headers', () => `GET / HTTP/1.1\r\n${ours()}${'a: b\r\n'.repeat(20_000)}\r\n`],
    ['a huge address', () => `GET /${'x'.repeat(100_000)} HTTP/1.1\r\n${ours()}\r\n`],
    ['an expectation', () => `POST / HTTP/1.1\r\n${ours()}Expect: 200-maybe\r\nContent-Length: 1\r\n\r\n`],
    ['an upgrade to something else', () => `GET / HTTP/1.1\r\n${ours()}Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`],
    ['noise', () => Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 197 + 31) % 256))],
  ];
  it.each(garbage)('(%s) are refused or ignored, and the host stays', async (_what, bytes) => {
    const answer = await raw(bytes());
    expect(answer).not.toContain(host.token);
    // Several answers to one connection would mean that a second request was smuggled in; 408 is the word at its end.
    expect((answer.match(/HTTP\/1\.1 (?!408)\d/g) ?? []).length).toBeLessThanOrEqual(1);
    await expectAlive();
  });
});

describe('a slow sender', () => {
  const drip = (text: string) => (socket: Socket): void => {
    const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write(text)), 50);
  };
  it('of headers is cut off', async () => {
    expect(await raw(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${host.port}\r\n`, drip('x: y\r\n'))).toMatch(/^(HTTP\/1\.1 408|$)/);
  });
  it('of a body is cut off', async () => {
    const answer = await raw(`POST / HTTP/1.1\r\nHost: 127.0.0.1:${host.port}\r\nContent-Length: 100000\r\n\r\n`, drip('x'));
    expect(answer.slice(9, 12)).toBe('405');
  });
  it('of nothing is cut off', async () => {
    expect(await raw('')).toMatch(/^(HTTP\/1\.1 408|$)/);
  });
  it('that keeps a finished connection open is cut off', async () => {
    expect(await raw(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${host.port}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 403/);
  });
});

describe('frames on an open pipe', () => {
  const key = Buffer.from([1, 2, 3, 4]);
  const masked = (first: number, payload: Buffer, length = payload.length): Buffer => {
    const head = length < 126 ? Buffer.from([first, 0x80 | length]) : Buffer.concat([Buffer.from([first, 0xff]), Buffer.from(new BigUint64Array([BigInt(length)]).buffer).reverse()]);
    return Buffer.concat([head, key, Buffer.from(payload.map((byte, at) => byte ^ key[at % 4]!))]);
  };
  const call = Buffer.from('{"kind":"call","id":5,"op":"app.hello","params":{}}');
  const openWith = (bytes: Buffer[]): Promise<string> =>
    raw(`GET /pipe HTTP/1.1\r\n${handshakeHeaders({ Host: `127.0.0.1:${host.port}`, Origin: origin, Cookie: cookie })}\r\n`, (socket) => {
      socket.once('data', () => bytes.forEach((each) => socket.write(each)));
      // Answered: said goodbye.
      socket.on('data', (data) => void (String(data).includes('"id":') && socket.write(masked(0x88, Buffer.from([3, 232])))));
    });

  it('in fragments are put together', async () => {
    const pieces = [masked(0x01, call.subarray(0, 9)), masked(0x00, call.subarray(9, 20)), masked(0x80, call.subarray(20))];
    expect(await openWith(pieces)).toContain('"id":5');
  });

  it.each<[string, Buffer[]]>([
    ['fragments that add up to too much', Array.from({ length: 20 }, (_, at) => masked(at === 0 ? 0x01 : 0x00, Buffer.alloc(2 ** 20, 0x20)))],
    ['a frame that claims an exabyte', [masked(0x81, Buffer.alloc(16), 2 ** 60)]],
    ['unmasked frames', [Buffer.concat([Buffer.from([0x81, call.length]), call])]],
    ['text that is not UTF-8', [masked(0x81, Buffer.from([0xff, 0xfe, 0xfd]))]],
    ['reserved bits', [masked(0xf1, call)]],
    ['a fragment of nothing', [masked(0x80, call)]],
    ['a long ping', [masked(0x89, Buffer.alloc(200))]],
    ['binary', [masked(0x82, call)]],
    ['a deep value', [masked(0x81, Buffer.from('['.repeat(100_000)))]],
  ])('(%s) close that window and no other', async (_what, bytes) => {
    expect(await openWith(bytes)).not.toContain('"id":5');
    await expectAlive();
  });

  it('of a deeply nested value get an answer or none, and the host stays', async () => {
    const nested = '['.repeat(50_000) + ']'.repeat(50_000);
    await openWith([masked(0x81, Buffer.from(`{"kind":"call","id":6,"op":"models.add","params":${nested}}`))]);
    await expectAlive();
  });
});

describe('very many connections', () => {
  it('get nothing, and the window that was there stays', async () => {
    const there = new WebSocket(`ws://127.0.0.1:${host.port}/pipe`, { headers: { cookie, origin } });
    await new Promise((done) => void there.once('open', done));
    expect(await floodWith(host.port, 1000)).toBe(0);
    expect(there.readyState).toBe(there.OPEN);
    there.close();
    await expectAlive();
  });

  it('are held to a limit', async () => {
    const small = await startTestHost({ limits: { headersMs: 60_000, requestMs: 60_000, idleMs: 60_000, connections: 20, windows: 8 } });
    const sockets = Array.from({ length: 60 }, () => connect(small.port, '127.0.0.1').on('error', () => undefined));
    await expect.poll(() => sockets.filter((socket) => socket.destroyed).length, { timeout: 10_000 }).toBe(40);
    for (const socket of sockets) socket.destroy();
    await small.dispose();
  });

  it('of windows beyond the limit are refused with a word', async () => {
    const windows = await Promise.all(Array.from({ length: 12 }, () => handshakeOpen()));
    expect(windows.filter(({ status }) => status === 101).length).toBeLessThanOrEqual(8);
    expect(windows.filter(({ status }) => status === 503).length).toBeGreaterThanOrEqual(4);
    await Promise.all(windows.map(({ socket }) => new Promise<void>((done) => (socket ? (socket.once('close', () => done()), socket.close()) : done()))));
    await expectAlive();
  });
});

function handshakeOpen(): Promise<{ status: number; socket?: WebSocket }> {
  return new Promise((done) => {
    const socket = new WebSocket(`ws://127.0.0.1:${host.port}/pipe`, { headers: { cookie, origin } });
    socket.once('open', () => done({ status: 101, socket }));
    socket.once('unexpected-response', (_request, response) => done({ status: response.statusCode! }));
    socket.on('error', () => undefined);
  });
}
