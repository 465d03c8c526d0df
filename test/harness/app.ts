// Owns starting the browser host as a user would: a process of its own on a data folder of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '..', '..');

export interface AppOptions {
  /** A folder to use again; without it a new one is made. */
  dataDir?: string;
  /** `real` runs the fork; `fake` runs test/fakes/engine.mjs, steered by words in the prompt. */
  engine?: 'real' | 'fake';
  env?: Record<string, string>;
  args?: readonly string[];
}

export interface RunningApp {
  url: string;
  port: number;
  dataDir: string;
  process: ChildProcess;
  /** Everything it printed so far. */
  output(): string;
  /** Resolves to the exit code once the process is gone. */
  exited: Promise<number | null>;
  /** Ends it politely and waits. */
  stop(): Promise<void>;
  /** kill -9 of the host and of everything it started. */
  kill(): Promise<void>;
}

export function makeDataDir(): string {
  return mkdtempSync(join(tmpdir(), 'plumb-test-'));
}

export function removeDataDir(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 5 });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    // Negative: the process group, so that the engine dies in the same instant.
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group ended between the check and the signal: nothing is left to kill.
  }
}

/** Starts the host and waits until it prints its address. Rejects with its output if it ends before. */
export async function startApp(options: AppOptions = {}): Promise<RunningApp> {
  const dataDir = options.dataDir ?? makeDataDir();
  const engine: Record<string, string> = options.engine === 'fake' ? { PLUMB_ENGINE: join(root, 'test', 'fakes', 'engine.mjs') } : {};
  const child = spawn(process.execPath, [join(root, 'dist', 'server', 'main.js'), '--data-dir', dataDir, ...(options.args ?? [])], {
    cwd: root,
    env: { ...process.env, ...engine, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  const exited = new Promise<number | null>((done) => void child.on('close', (code) => done(code)));
  const url = await new Promise<string>((done, fail) => {
    const read = (data: Buffer): void => {
      output += String(data);
      const found = /Plumb is at (http:\/\/127\.0\.0\.1:\d+\/\?token=\S+)/.exec(output);
      if (found?.[1]) done(found[1]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void exited.then((code) => fail(new Error(`the app ended with ${code} before it was ready:\n${output}`)));
  });
  return {
    url,
    port: Number(new URL(url).port),
    dataDir,
    process: child,
    output: () => output,
    exited,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
    async kill() {
      killGroup(child);
      await exited;
    },
  };
}
