// Owns who may talk to the browser host: the token, the cookie it is traded for, and the Host and Origin that must be ours.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Access {
  token: string;
  /** Value of a Set-Cookie header for a browser that showed the token. */
  setCookie(): string;
  tokenIsRight(given: string | null): boolean;
  /** The cookie is ours. */
  isSignedIn(request: IncomingMessage): boolean;
  /** The request was addressed to us and not to a name that merely resolves to this machine. */
  hostIsOurs(request: IncomingMessage): boolean;
  /** The page that opens a WebSocket is ours. */
  originIsOurs(request: IncomingMessage): boolean;
  /** A browser says that another page asked: as part of itself, in a frame, or by a script. */
  isForAnotherPage(request: IncomingMessage): boolean;
}

/** What a page shows inside itself. */
const framed = /^(iframe|frame|embed|object|fencedframe)$/;

/** Equal, in a time that does not depend on where they differ. Hashing first makes the lengths equal. */
function same(given: string, ours: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(ours));
}

/** Makes a fresh token for this start and leaves it in the data folder for its owner alone. */
export function createAccess(dataDir: string): (port: number) => Access {
  const token = randomBytes(32).toString('base64url');
  writeFileSync(join(dataDir, 'token'), `${token}\n`, { mode: 0o600 });
  return (port) => {
    // Browsers send cookies to every port of a host. The name keeps two Plumbs apart; the value is not the token itself.
    const name = `plumb_${port}`;
    const value = createHmac('sha256', token).update(name).digest('base64url');
    const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
    return {
      token,
      setCookie: () => `${name}=${value}; HttpOnly; SameSite=Strict; Path=/`,
      tokenIsRight: (given) => given !== null && same(given, token),
      isSignedIn: ({ headers }) => (headers.cookie ?? '').split(/;\s*/).some((pair) => pair.startsWith(`${name}=`) && same(pair.slice(name.length + 1), value)),
      hostIsOurs: ({ headers }) => hosts.includes(headers.host ?? ''),
      // SameSite does not help against a page on another port of this machine: ports do not count for a cookie.
      isForAnotherPage({ headers }) {
        const { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest } = headers;
        if (typeof dest === 'string' && framed.test(dest)) return true;
        return (site === 'cross-site' || site === 'same-site') && mode !== 'navigate';
      },
      originIsOurs: ({ headers }) => headers.origin === `http://${headers.host}`,
    };
  };
}
