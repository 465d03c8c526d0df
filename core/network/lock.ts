// Owns the network lock of one process: every way out of Node is shut, every attempt is written down, one named exception at a time.
import dgram from 'node:dgram';
import dns from 'node:dns';
import inspector from 'node:inspector';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { isMainThread } from 'node:worker_threads';
import { AppError } from '../contract/errors.js';
import type { Refused } from '../contract/privacy.js';
import { lockThreads } from './lock-threads.js';

export interface NetworkLock {
  /** Attempts so far, newest last; only the last two hundred are kept. */
  readonly refused: readonly Refused[];
  readonly total: number;
  readonly exception: string | null;
  /** Hears every later attempt, and first those made before it listened. */
  listen(listener: (refused: Refused) => void): void;
  /** Opens the lock for one host name over TLS, until the returned function is called. Errors: not_allowed while another exception is on. */
  allow(hostName: string): () => void;
}

const keptAttempts = 200;
const loopback = new Set(['127.0.0.1', '::1']);
type Untyped = Record<string, unknown>;
type Anything = (...given: unknown[]) => unknown;

let installed: NetworkLock | null = null;

/** The error a caller gets, in the form in which Node reports a refused connection: libraries know how to give up. */
function denied(host: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`Plumb does not connect to other machines (${host})`), { code: 'ECONNREFUSED', syscall: 'connect' });
}

/** Where a connect goes: `connect(options)`, `connect(path)`, `connect(port, host)`, or Node's own normalised list of the first. */
function targetOf(given: readonly unknown[]): { host: string; port: number } {
  const [first, second] = Array.isArray(given[0]) ? (given[0] as unknown[]) : given;
  if (typeof first === 'object' && first !== null) {
    const { path, host, port } = first as { path?: unknown; host?: unknown; port?: unknown };
    return path ? { host: 'a local socket', port: 0 } : { host: String(host || 'localhost'), port: Number(port) };
  }
  if (typeof first === 'string' && !/^\d+$/.test(first)) return { host: 'a local socket', port: 0 };
  return { host: typeof second === 'string' ? second : 'localhost', port: Number(first) };
}

/** Installs the lock for this process, once, before anything else can keep an unlocked function. */
export function lockNetwork(process_: Refused['process'], now: () => number = Date.now): NetworkLock {
  if (installed) return installed;
  const refused: Refused[] = [];
  let total = 0;
  let exception: string | null = null;
  let listener: ((refused: Refused) => void) | null = null;
  const note = (attempt: Refused): void => {
    total += 1;
    refused.push(attempt);
    if (refused.length > keptAttempts) refused.shift();
    listener?.(attempt);
  };
  // A thread's lock has no exceptions: nothing in a thread is there to download.
  const threads = lockThreads(process_, note);
  const refuse = (kind: Refused['kind'], host: string): NodeJS.ErrnoException => {
    const attempt: Refused = { process: process_, kind, host: host.slice(0, 255), atMs: now() };
    note(attempt);
    threads.tell(attempt);
    return denied(attempt.host);
  };
  const mayReach = (host: string): boolean => exception !== null && host.toLowerCase() === exception;

  /** Replaces a method; `before` may answer in its place by returning something. */
  function guard(owner: object, name: string, before: (self: unknown, given: unknown[]) => { instead: unknown } | null): void {
    const original = (owner as Untyped)[name] as Anything | undefined;
    if (typeof original !== 'function') return;
    const guarded = function (this: unknown, ...given: unknown[]): unknown {
      const answer = before(this, given);
      return answer ? answer.instead : Reflect.apply(original, this, given);
    };
    // Keeps what hangs on a function, such as its promise form.
    Object.defineProperties(guarded, Object.getOwnPropertyDescriptors(original));
    Object.defineProperty(owner, name, { value: guarded, writable: true, configurable: true, enumerable: true });
  }

  // http, https, http2, tls, fetch and WebSocket all end here.
  guard(net.Socket.prototype, 'connect', (self, given) => {
    const { host, port } = targetOf(given);
    if (mayReach(host) && port === 443) return null;
    const error = refuse('connect', host);
    const socket = self as net.Socket;
    process.nextTick(() => socket.destroy(error));
    return { instead: socket };
  });
  guard(net.Server.prototype, 'listen', (_self, given) => {
    const [first] = Array.isArray(given[0]) ? (given[0] as unknown[]) : given;
    const host = typeof first === 'object' && first !== null ? String((first as { host?: unknown }).host ?? 'every address') : typeof given[1] === 'string' ? given[1] : 'every address';
    if (loopback.has(host)) return null;
    throw refuse('listen', host);
  });
  for (const name of ['send', 'connect', 'bind', 'addMembership']) {
    guard(dgram.Socket.prototype, name, (_self, given) => {
      throw refuse('datagram', String(given.findLast((each) => typeof each === 'string') ?? 'unknown'));
    });
  }
  const lookUp = (_self: unknown, given: unknown[]): { instead: unknown } | null => {
    const host = String(given[0]);
    // A number needs no look-up; a server that listens asks for its own.
    if (net.isIP(host) !== 0 || mayReach(host)) return null;
    const error = Object.assign(refuse('look-up', host), { code: 'ENOTFOUND', syscall: 'getaddrinfo' });
    const done = given.at(-1);
    if (typeof done !== 'function') return { instead: Promise.reject(error) };
    process.nextTick(done as Anything, error);
    return { instead: undefined };
  };
  for (const owner of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
    const names = ['lookup', 'lookupService', 'reverse', ...Object.getOwnPropertyNames(owner).filter((name) => name.startsWith('resolve'))];
    for (const name of names) guard(owner, name, lookUp);
  }
  guard(inspector, 'open', (_self, given) => {
    throw refuse('inspector', String(given[1] ?? 'localhost'));
  });
  // Without a listener this signal opens a debugger's port.
  if (process.platform !== 'win32' && isMainThread) process.on('SIGUSR1', () => void refuse('inspector', 'localhost'));
  syncBuiltinESMExports();

  installed = {
    refused,
    get total() {
      return total;
    },
    get exception() {
      return exception;
    },
    listen(next) {
      listener = next;
      for (const attempt of refused) next(attempt);
    },
    allow(hostName) {
      if (exception !== null) throw new AppError('not_allowed', 'Another download is going on.', exception);
      if (net.isIP(hostName) !== 0 || !/^[a-z0-9.-]{1,253}$/i.test(hostName)) throw new AppError('bad_request', 'Only a host name can be allowed.');
      exception = hostName.toLowerCase();
      return () => {
        exception = null;
      };
    },
  };
  return installed;
}
