// Owns a small file system of its own that can be filled to the last byte: a tmpfs, which only root may mount.
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statfsSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { connect, whenReady } from './client.js';
import { openAppDatabase } from '../fakes/app-database.js';
import { startApp, type RunningApp } from './app.js';
import { createRandom } from './kill.js';

export const canMount = process.platform === 'linux' && process.getuid?.() === 0 && mountWorks();

function mountWorks(): boolean {
  try {
    mountSmallDisk(1).remove();
    return true;
  } catch {
    // A container without the right to mount.
    return false;
  }
}

export interface SmallDisk {
  dir: string;
  /** Fills it, but for so many bytes. */
  fill(leaveBytes: number): void;
  free(): void;
  readOnly(on: boolean): void;
  remove(): void;
}

export function mountSmallDisk(megabytes: number): SmallDisk {
  const dir = mkdtempSync(join(tmpdir(), 'plumb-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'plumb-test', dir], { stdio: 'pipe' });
  const ballast = join(dir, 'ballast');
  return {
    dir,
    fill(leaveBytes) {
      const { bavail, bsize } = statfsSync(dir);
      const file = openSync(ballast, 'w');
      const zeros = Buffer.alloc(65_536);
      try {
        for (let left = bavail * bsize - leaveBytes; left > 0; left -= zeros.length) writeSync(file, zeros, 0, Math.min(zeros.length, left));
      } catch {
        // Full: that was the purpose.
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast, { force: true }),
    readOnly: (on) => void execFileSync('mount', ['-o', `remount,${on ? 'ro' : 'rw'}`, dir], { stdio: 'pipe' }),
    remove() {
      execFileSync('umount', ['-l', dir], { stdio: 'pipe' });
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export interface FailingDisk {
  dir: string;
  /** An error of the file system: it turns read-only under the files that are open. */
  fail(): void;
  /** As after a restart of the machine: checked, mounted again, writable. */
  repair(): void;
  remove(): void;
}

/** An ext4 in a file. With its journal: without one the kernel goes on to accept what overwrites a file. */
export function mountFailingDisk(megabytes: number): FailingDisk {
  const folder = mkdtempSync(join(tmpdir(), 'plumb-failing-'));
  const image = join(folder, 'image');
  const dir = join(folder, 'disk');
  const run = (command: string, args: string[]): string => String(execFileSync(command, args, { stdio: 'pipe' }));
  const mount = (): void => void run('mount', ['-o', 'loop,errors=remount-ro', image, dir]);
  mkdirSync(dir);
  writeFileSync(image, '');
  truncateSync(image, megabytes * 1024 * 1024);
  run('mkfs.ext4', ['-q', '-F', '-O', 'has_journal', image]);
  mount();
  return {
    dir,
    fail: () => writeFileSync(`/sys/fs/ext4/${basename(run('findmnt', ['-no', 'SOURCE', dir]).trim())}/trigger_fs_error`, 'tested'),
    repair() {
      run('umount', [dir]);
      // 1: errors were corrected.
      const { status } = spawnSync('e2fsck', ['-fy', image]);
      if (status === null || status > 1) throw new Error(`e2fsck ended with ${status}`);
      mount();
    },
    remove() {
      execFileSync('umount', ['-l', dir], { stdio: 'pipe' });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const canFail = canMount && failingWorks();

function failingWorks(): boolean {
  try {
    const disk = mountFailingDisk(16);
    disk.fail();
    disk.remove();
    return true;
  } catch {
    // No loop devices, or no ext4.
    return false;
  }
}

export interface DiskFullSummary {
  episodes: number;
  /** Sends that were refused, and answers that were reported as not stored, because the disk was full. */
  refused: number;
  unsaved: number;
  /** Answers whose end was reported without an error. */
  acknowledged: number;
  lost: string[];
  integrity: string;
}

/** Fills the disk at random moments around and during an answer, frees it again or kills the app while it is full, and looks at what was promised. */
export async function fillMany(count: number, seed: number): Promise<DiskFullSummary> {
  const disk = mountSmallDisk(16);
  const random = createRandom(seed);
  const summary: DiskFullSummary = { episodes: count, refused: 0, unsaved: 0, acknowledged: 0, lost: [], integrity: '' };
  const promised = new Map<number, string>();
  try {
    let app: RunningApp | null = null;
    let client: Awaited<ReturnType<typeof connect>> | null = null;
    for (let episode = 0; episode < count; episode += 1) {
      if (!app || !client) {
        app = await startApp({ dataDir: disk.dir, engine: 'fake' });
        client = await connect(app);
        await whenReady(client);
      }
      const { conversation } = await client.call('conversations.create', {});
      const before = random() < 0.5;
      const leave = Math.floor(random() ** 2 * 120_000);
      if (before) disk.fill(leave);
      const outcome = new Promise<{ replyId: number; code: string | null }>((done) => void client!.on('run.ended', ({ replyId, error }) => done({ replyId, code: error?.code ?? null })));
      const text = `episode ${episode} !tokens ${60 + Math.floor(random() * 200)} !rate 400`;
      const started = await client.call('messages.send', { conversationId: conversation.id, text, recurrence: { steps: 16 } }).catch(({ code }: { code: string }) => code);
      if (typeof started === 'string') {
        if (started !== 'disk_full') summary.lost.push(`episode ${episode}: refused with ${started}`);
        summary.refused += 1;
      } else {
        promised.set(started.userMessage.id, text);
        if (!before) setTimeout(() => disk.fill(leave), random() * 400);
        const { replyId, code } = await outcome;
        if (code === null) {
          summary.acknowledged += 1;
          const { messages } = await client.call('conversations.open', { id: conversation.id });
          promised.set(replyId, messages.find(({ id }) => id === replyId)!.text);
        } else summary.unsaved += 1;
      }
      // Half of the time the machine goes down while the disk is full.
      if (random() < 0.5) {
        await app.kill();
        app = client = null;
      }
      disk.free();
    }
    if (app) await app.kill();
    const database = openAppDatabase(disk.dir);
    summary.integrity = String(database.pragma('integrity_check', { simple: true }));
    const stored = database.prepare<[number], string>('SELECT text FROM message WHERE id = ?').pluck();
    for (const [id, text] of promised) if (stored.get(id) !== text) summary.lost.push(`message ${id}`);
    database.close();
  } finally {
    disk.remove();
  }
  return summary;
}
