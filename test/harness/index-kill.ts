// Owns the kill test of indexing: ends the whole app with kill -9 while it reads a folder that keeps changing, and looks at what is left.
import type Database from 'better-sqlite3';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '../../core/contract/rpc.js';
import type { PlumbApi } from '../../core/contract/api.js';
import { makeDataDir, removeDataDir, startApp } from './app.js';
import { connect } from './client.js';
import { openAppDatabase } from '../fakes/app-database.js';
import { createRandom } from './kill.js';

/** Large enough that a reading takes many small transactions: kills fall between them. */
const fileCount = 8;
const paragraphs = 400;

export interface IndexKillSummary {
  kills: number;
  /** Kills that fell while a file was being read. */
  amidReading: number;
  /** Rows of unfinished readings that the kills left behind, all in all. */
  leftBehind: number;
  /** Promises broken after a kill, in words. */
  broken: string[];
}

/** Every paragraph has a word that occurs nowhere else; three of four change with the generation. */
const wordOf = (file: number, paragraph: number, generation: number): string => `w${file}x${paragraph}x${paragraph % 4 === 0 ? 'same' : `gen${generation}`}`;

function writeFiles(folder: string, generation: number): void {
  for (let file = 0; file < fileCount; file++) {
    const text = Array.from({ length: paragraphs }, (_, paragraph) => `## Part ${paragraph}\n\nThe word here is ${wordOf(file, paragraph, generation)}. ${'Then some more is said about it, at length. '.repeat(12)}`);
    writeFileSync(join(folder, `file-${file}.md`), `# File ${file}\n\n${text.join('\n\n')}\n`);
  }
}

/** What must hold at any moment, finished or not. */
function check(db: Database.Database): string[] {
  const broken: string[] = [];
  const pragma = (name: string): unknown[] => db.pragma(name) as unknown[];
  if (db.pragma('integrity_check', { simple: true }) !== 'ok') broken.push('integrity_check');
  if (pragma('foreign_key_check').length > 0) broken.push('orphans');
  for (const index of ['passage_words', 'passage_trigrams']) {
    try {
      db.prepare(`INSERT INTO ${index} (${index}, rank) VALUES ('integrity-check', 1)`).run();
    } catch (thrown) {
      broken.push(`${index}: ${(thrown as Error).message}`);
    }
  }
  const shown = db.prepare('SELECT d.name, d.passages, count(p.id) AS n, count(DISTINCT p.idx) AS places, max(p.idx) AS last FROM document d LEFT JOIN passage p ON p.document_id = d.id AND p.reading = d.reading GROUP BY d.id').all() as { name: string; passages: number; n: number; places: number; last: number | null }[];
  for (const { name, passages, n, places, last } of shown) {
    if (n !== passages || places !== n || (last ?? -1) !== n - 1) broken.push(`${name}: ${passages} passages said, ${n} shown, ${places} places, last ${last}`);
  }
  if (new Set(shown.map(({ name }) => name)).size !== shown.length) broken.push('a document twice');
  return broken;
}

async function untilReading(client: Client<PlumbApi>, collectionId: number): Promise<boolean> {
  for (let look = 0; look < 400; look++) {
    const { documents } = await client.call('documents.list', { collectionId });
    if (documents.some(({ progress }) => (progress ?? 0) > 0)) return true;
    await new Promise((done) => setTimeout(done, 10));
  }
  return false;
}

/** Kills the app `count` times while it reads, always on one database, then lets it finish and compares with the files. */
export async function killWhileIndexing(count: number, seed: number, env: Record<string, string> = {}): Promise<IndexKillSummary> {
  const dataDir = makeDataDir();
  const folder = mkdtempSync(join(tmpdir(), 'plumb-kill-files-'));
  mkdirSync(folder, { recursive: true });
  const random = createRandom(seed);
  const summary: IndexKillSummary = { kills: 0, amidReading: 0, leftBehind: 0, broken: [] };
  let collectionId: number | null = null;
  try {
    for (let kill = 0; kill <= count; kill++) {
      const isLast = kill === count;
      writeFiles(folder, kill);
      const app = await startApp({ dataDir, engine: 'fake', env });
      const client = await connect(app);
      if (collectionId === null) collectionId = (await client.call('collections.create', { name: 'Killed' })).collection.id;
      void client.call('documents.add', { collectionId, paths: [folder], watch: true }).catch(() => undefined);
      if (isLast) {
        await finish(client, collectionId);
        client.close();
        await app.stop();
      } else {
        await untilReading(client, collectionId);
        await new Promise((done) => setTimeout(done, Math.round(random() * 600)));
        await app.kill();
        summary.kills++;
      }
      const db = openAppDatabase(dataDir);
      const reading = db.prepare("SELECT count(*) FROM document WHERE state = 'reading'").pluck().get() as number;
      const stale = db.prepare('SELECT count(*) FROM passage p JOIN document d ON d.id = p.document_id WHERE p.reading <> d.reading').pluck().get() as number;
      if (!isLast && reading > 0) summary.amidReading++;
      if (!isLast) summary.leftBehind += stale;
      else if (stale > 0) summary.broken.push(`${stale} rows of unfinished readings stayed`);
      summary.broken.push(...check(db).map((what) => `kill ${kill}: ${what}`));
      if (isLast) summary.broken.push(...compare(db, kill));
      db.close();
    }
    return summary;
  } finally {
    removeDataDir(dataDir);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function finish(client: Client<PlumbApi>, collectionId: number): Promise<void> {
  for (let look = 0; look < 2400; look++) {
    const { collections } = await client.call('collections.list', {});
    const found = collections.find(({ id }) => id === collectionId);
    if (found && found.documents === fileCount && found.indexing.state === 'idle') return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error('indexing did not end');
}

/** The index says what the files say: every word of the last generation once, none of an older one. */
function compare(db: Database.Database, generation: number): string[] {
  const broken: string[] = [];
  const states = db.prepare("SELECT count(*) FROM document WHERE state = 'ready'").pluck().get() as number;
  if (states !== fileCount) broken.push(`${states} of ${fileCount} documents are ready`);
  const find = db.prepare<[string], number>('SELECT count(*) FROM passage_words WHERE passage_words MATCH ?').pluck();
  for (let file = 0; file < fileCount; file++) {
    for (let paragraph = 0; paragraph < paragraphs; paragraph++) {
      const word = wordOf(file, paragraph, generation);
      const times = find.get(`"${word}"`)!;
      if (times !== 1) broken.push(`${word} stands in ${times} passages`);
    }
  }
  const texts = (db.prepare('SELECT text FROM passage').pluck().all() as string[]).join('\n');
  const old = [...texts.matchAll(/x(gen\d+)/g)].filter(([, found]) => found !== `gen${generation}`);
  if (old.length > 0) broken.push(`${old.length} words of older texts stayed`);
  return broken.slice(0, 20);
}
