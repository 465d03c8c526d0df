// Owns opening very many connections to the loopback host, some at a time, as a hostile program would.
import { connect, type Socket } from 'node:net';

/** What each connection says: nothing, half a request, a request without the token, a WebSocket without the cookie. */
const openings = (port: number): readonly string[] => [
  '',
  'GET / HTT',
  `GET /assets/index.js HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`,
  `GET /pipe HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: http://127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
];

/** Opens `count` connections in batches, each let go before the next. Returns how many got a page, a file or a pipe: none should. */
export async function floodWith(port: number, count: number, batch = 500): Promise<number> {
  let answered = 0;
  const texts = openings(port);
  for (let opened = 0; opened < count; opened += batch) {
    const sockets = Array.from({ length: Math.min(batch, count - opened) }, (_, at) => {
      const socket: Socket = connect(port, '127.0.0.1', () => socket.write(texts[at % texts.length]!));
      socket.on('data', (data) => void (/^HTTP\/1\.1 (?:101|2)/.test(String(data)) && (answered += 1)));
      return socket.on('error', () => undefined);
    });
    // Time for the host to answer those it answers.
    await new Promise((done) => setTimeout(done, 300));
    await Promise.all(sockets.map((socket) => new Promise<void>((done) => (socket.closed ? done() : (socket.once('close', () => done()), socket.destroy())))));
    // The host hears of it a moment later.
    await new Promise((done) => setTimeout(done, 50));
  }
  return answered;
}
