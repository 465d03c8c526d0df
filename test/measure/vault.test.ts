// Measures what the vault costs: setting a passphrase, unlocking with the cost it chose, and the database with and without encryption.
import Database from 'better-sqlite3';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'vitest';
import { createVault } from '../../core/services/vault/vault.js';
import { openWithKey } from '../../core/store/cipher.js';

const middle = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

async function timed(work: () => unknown): Promise<{ cpuMs: number; wallMs: number }> {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { cpuMs: (user + system) / 1000, wallMs: performance.now() - startMs };
}

it('unlocking', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'plumb-vault-'));
  const vault = createVault({ dataDir, now: Date.now, argonMs: 500 });
  vault.openByItself();
  const set = await timed(() => vault.setPassphrase(null, 'correct horse battery'));
  const { slots } = JSON.parse(readFileSync(join(dataDir, 'vault.json'), 'utf8')) as { slots: { memoryKiB: number; passes: number }[] };
  const tries: { cpuMs: number; wallMs: number }[] = [];
  for (let run = 0; run < 7; run++) {
    vault.lock();
    tries.push(await timed(() => vault.unlock('correct horse battery')));
  }
  const figures = { memoryMiB: slots[0]!.memoryKiB / 1024, passes: slots[0]!.passes, setCpuMs: set.cpuMs, unlockCpuMs: middle(tries.map(({ cpuMs }) => cpuMs)), unlockWallMs: middle(tries.map(({ wallMs }) => wallMs)) };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  rmSync(dataDir, { recursive: true });
});

it('reading and writing, encrypted against plain, in turns', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'plumb-cipher-'));
  const key = new Uint8Array(32).fill(7);
  const kinds = { plain: new Database(join(dir, 'plain.db')), encrypted: openWithKey(join(dir, 'encrypted.db'), key) };
  const cost: Record<string, { write: number[]; read: number[] }> = { plain: { write: [], read: [] }, encrypted: { write: [], read: [] } };
  for (const db of Object.values(kinds)) {
    db.pragma('journal_mode = WAL');
    // Smaller than the rows, so that reading reads.
    db.pragma('cache_size = -512');
    db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)');
  }
  for (let round = 0; round < 7; round++) {
    for (const [kind, db] of Object.entries(kinds)) {
      const put = db.prepare('INSERT INTO t (text) VALUES (?)');
      cost[kind]!.write.push((await timed(() => db.transaction(() => { for (let row = 0; row < 2000; row++) put.run('word '.repeat(100)); })())).cpuMs);
      cost[kind]!.read.push((await timed(() => db.prepare('SELECT sum(length(text)) FROM t').get())).cpuMs / (round + 1));
    }
  }
  const ratio = (what: 'write' | 'read'): number => middle(cost['encrypted']![what]) / middle(cost['plain']![what]);
  process.stdout.write(`${JSON.stringify({ writeRatio: ratio('write'), readRatio: ratio('read') })}\n`);
  for (const db of Object.values(kinds)) db.close();
  rmSync(dir, { recursive: true });
});
