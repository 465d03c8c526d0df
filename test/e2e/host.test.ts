// Proves the browser host as a process: who gets in, what a second one does, and what a kill leaves.
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { removeDataDir, startApp, type RunningApp } from '../harness/app.js';
import { connect, signIn, whenReady } from '../harness/client.js';
import { killMany } from '../harness/kill.js';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp({ engine: 'fake' });
});
afterAll(async () => {
  await app.stop();
  removeDataDir(app.dataDir);
});

/** How a WebSocket handshake with these headers ends: 101 or the refusal's status. */
function handshake(headers: Record<string, string>): Promise<number> {
  return new Promise((done) => {
    const socket = new WebSocket(`ws://127.0.0.1:${app.port}/pipe`, { headers });
    socket.on('open', () => {
      socket.close();
      done(101);
    });
    socket.on('unexpected-response', (_request, response) => done(response.statusCode ?? 0));
    socket.on('error', () => done(0));
  });
}

describe('the door', () => {
  it('refuses a wrong token and no token, and says how to get in', async () => {
    const wrong = await fetch(`http://127.0.0.1:${app.port}/?token=${'0'.repeat(43)}`, { redirect: 'manual' });
    const none = await fetch(`http://127.0.0.1:${app.port}/`);
    expect([wrong.status, wrong.headers.getSetCookie(), none.status]).toEqual([403, [], 403]);
    expect(await none.text()).toContain('Plumb');
  });

  it('opens the pipe only for the right cookie and the right origin', async () => {
    const { cookie, origin } = await signIn(app.url);
    const refused = await Promise.all([
      handshake({ origin }),
      handshake({ cookie }),
      handshake({ cookie, origin: 'http://evil.example' }),
      handshake({ cookie, origin, host: 'evil.example' }),
      handshake({ cookie: 'plumb=wrong', origin }),
    ]);
    expect(refused.filter((status) => status === 101)).toEqual([]);
    expect(await handshake({ cookie, origin })).toBe(101);
  });

  it('keeps its token readable by its owner alone', () => {
    expect(statSync(join(app.dataDir, 'token')).mode & 0o777).toBe(0o600);
  });

  it('answers with a policy that allows no other origin', async () => {
    const { cookie } = await signIn(app.url);
    const page = await fetch(`http://127.0.0.1:${app.port}/`, { headers: { cookie } });
    expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  });
});

describe('a second start', () => {
  it('on the same data is refused, says where the first one runs, and leaves it alone', async () => {
    const second = await startApp({ dataDir: app.dataDir, engine: 'fake' }).then(
      () => 'started',
      (error: Error) => error.message,
    );
    expect(second).toContain('ended with 4');
    expect(second).toContain(`127.0.0.1:${app.port}`);
    const client = await connect(app);
    expect((await client.call('app.hello', {})).host).toBe('browser');
    client.close();
  });

  it('on a port that is taken says so and ends', async () => {
    const squatter = createServer();
    const port = await new Promise<number>((done) => {
      squatter.listen(0, '127.0.0.1', () => done((squatter.address() as { port: number }).port));
    });
    const started = await startApp({ engine: 'fake', args: ['--port', String(port)] }).then(
      () => 'started',
      (error: Error) => error.message,
    );
    squatter.close();
    expect(started).toContain('ended with 3');
    expect(started).toContain(String(port));
  });
});

describe('a restart', () => {
  it('finds the conversation, and the run that was cut is marked as interrupted', async () => {
    const first = await startApp({ engine: 'fake' });
    const before = await connect(first);
    await whenReady(before);
    const { conversation } = await before.call('conversations.create', {});
    await before.call('messages.send', { conversationId: conversation.id, text: '!tokens 2000 Where is the ball?', recurrence: { steps: 4 } });
    await new Promise((done) => setTimeout(done, 1500));
    await first.kill();

    const again = await startApp({ dataDir: first.dataDir, engine: 'fake' });
    const after = await connect(again);
    const { messages } = await after.call('conversations.open', { id: conversation.id });
    const reply = messages.find((message) => message.role === 'assistant');
    expect([messages.length, reply?.run?.state, (reply?.text.length ?? 0) > 100]).toEqual([2, 'interrupted', true]);
    await again.stop();
    removeDataDir(first.dataDir);
  });
});

describe('kill -9', () => {
  it('five times at random moments of streaming loses nothing that was owed', async () => {
    const summary = await killMany(5, 7);
    expect(summary.broken).toEqual([]);
    expect(summary.stored).toBeGreaterThan(0);
  });
});
