// Proves who gets the page, and with which headers.
import { statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, signIn, startTestHost, type TestHost } from './fixture.js';

let host: TestHost;
let cookie: string;
beforeAll(async () => {
  host = await startTestHost();
  cookie = await signIn(host);
});
afterAll(() => host.dispose());

describe('the token', () => {
  it('is traded once for a cookie that scripts and other sites cannot use, and leaves the address', async () => {
    const { status, headers } = await ask(host.port, `/?token=${host.token}`);
    expect(status).toBe(303);
    expect(headers.location).toBe('/');
    expect(headers['set-cookie']).toEqual([expect.stringMatching(/^plumb_\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/)]);
    expect(headers['set-cookie']![0]).not.toContain(host.token);
  });

  it('lies in a file for its owner alone, is long, and is new at every start', async () => {
    const other = await startTestHost();
    expect((statSync(join(host.dataDir, 'token')).mode & 0o777).toString(8)).toBe('600');
    expect((statSync(host.dataDir).mode & 0o777).toString(8)).toBe('700');
    expect(Buffer.from(host.token, 'base64url')).toHaveLength(32);
    expect(other.token).not.toBe(host.token);
    await other.dispose();
  });
});

describe('the page', () => {
  it('is given to a signed-in browser, under a strict policy, and is not kept', async () => {
    const { status, headers, body } = await ask(host.port, '/', { cookie });
    expect({ status, body }).toEqual({ status: 200, body: '<!doctype html><title>Plumb</title>' });
    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; worker-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
    });
  });

  it('may keep only the files whose names change with their content', async () => {
    expect((await ask(host.port, '/assets/index-abc.js', { cookie })).headers['cache-control']).toBe('private, max-age=31536000, immutable');
  });

  it('answers HEAD without a body', async () => {
    expect(await ask(host.port, '/', { cookie }, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it.each([
    ['no cookie and no token', '/', {}, 403],
    ['a wrong token', '/?token=wrong', {}, 403],
    ['a token a letter too long', '/?token=TOKENx', {}, 403],
    ['the right token at another place', '/assets/index-abc.js?token=TOKEN', {}, 403],
    ['a wrong cookie', '/', { cookie: 'plumb_PORT=wrong' }, 403],
    ['the token as the cookie', '/', { cookie: 'plumb_PORT=TOKEN' }, 403],
    ['another name for this machine', '/?token=TOKEN', { host: 'evil.example' }, 421],
    ['our name with another port', '/?token=TOKEN', { host: '127.0.0.1:1' }, 421],
  ] as [string, string, Record<string, string>, number][])('is refused with %s', async (_what, path, headers, status) => {
    const fill = (text: string): string => text.replace('TOKEN', host.token).replace('PORT', String(host.port));
    const filled = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value)]));
    const answer = await ask(host.port, fill(path), filled);
    expect(answer.status).toBe(status);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.body).not.toContain(host.token);
  });

  it.each(['/../secret.txt', '/..%2fsecret.txt', '/%2e%2e/secret.txt', '/assets/../../secret.txt', '/assets/..%5c..%5csecret.txt', '//etc/passwd', '/assets', '/assets/', '/index.html/'])('does not exist at %s', async (path) => {
    expect((await ask(host.port, path, { cookie })).status).toBe(404);
  });

  it('cannot be posted to', async () => {
    expect((await ask(host.port, '/', { cookie }, 'POST')).status).toBe(405);
  });
});

describe('the host', () => {
  it('is reachable on the loopback address and on no other', async () => {
    const others = Object.values(networkInterfaces()).flatMap((list) => list ?? []).filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of others) {
      const refused = await new Promise((done) => {
        connect({ host: address, port: host.port }).once('error', () => done(true)).once('connect', () => done(false));
      });
      expect(refused).toBe(true);
    }
  });
});
