// Proves that a data folder has one owner at a time, and that no death leaves it locked.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { takeInstanceLock, type InstanceLock } from '../../../core/store/instance-lock.js';
import { makeDir, removeDir } from './fixture.js';

let dir: string;
beforeEach(() => void (dir = makeDir()));
afterEach(() => removeDir(dir));

it('a second taker learns who has it, until it is released', () => {
  const first = takeInstanceLock(dir) as InstanceLock;
  expect(takeInstanceLock(dir)).toEqual({ heldBy: null });
  first.publish({ pid: 1234, url: 'http://127.0.0.1:1/?token=t' });
  expect(takeInstanceLock(dir)).toEqual({ heldBy: { pid: 1234, url: 'http://127.0.0.1:1/?token=t' } });
  expect((statSync(join(dir, 'running.json')).mode & 0o777).toString(8)).toBe('600');
  first.release();
  (takeInstanceLock(dir) as InstanceLock).release();
});

it('another process holds it until it is killed; then it is free at once', async () => {
  const script = `const Database = require(${JSON.stringify(packagePath())}); const db = new Database(${JSON.stringify(join(dir, 'instance.lock'))}); db.exec('BEGIN EXCLUSIVE'); console.log('held'); setInterval(() => {}, 1000)`;
  const other = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(other.stdout, 'data');
  expect(takeInstanceLock(dir)).toHaveProperty('heldBy');
  other.kill('SIGKILL');
  await once(other, 'exit');
  (takeInstanceLock(dir) as InstanceLock).release();
});

function packagePath(): string {
  return join(import.meta.dirname, '..', '..', '..', 'node_modules', 'better-sqlite3');
}
