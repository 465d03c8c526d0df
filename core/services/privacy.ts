// Owns the privacy report: attempts to reach other machines from every process, and what lies on the disk.
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { NetworkLock } from '../network/lock.js';
import type { PrivacyReport, Refused, Stored } from '../contract/privacy.js';
import type { Emit } from './events.js';
import type { Log } from './log.js';

export interface PrivacyDeps {
  dataDir: string;
  resourcesDir: string;
  emit: Emit;
  log: Log;
  /** The lock of this process; absent in tests, and where nothing was locked. */
  network?: NetworkLock | undefined;
}

export interface Privacy {
  report(): PrivacyReport;
  /** The same without the names of hosts and of files that somebody put into the folder: they could say what was talked about. */
  lockedReport(): PrivacyReport;
  /** An attempt in another process, or in the window's session. */
  note(refused: Refused): void;
}

const keptAttempts = 200;

export function createPrivacy({ dataDir, resourcesDir, emit, log, network }: PrivacyDeps): Privacy {
  const refused: Refused[] = [];
  let refusedTotal = 0;
  const note = (attempt: Refused): void => {
    refusedTotal += 1;
    refused.unshift(attempt);
    refused.splice(keptAttempts);
    log.warn('network attempt refused', { process: attempt.process, kind: attempt.kind, host: attempt.host });
    emit('privacy.refused', { refusedTotal, refused: attempt });
  };
  network?.listen(note);
  const report = (): PrivacyReport => ({ locked: network !== undefined, refusedTotal, refused: [...refused], exception: network?.exception ?? null, stored: whatIsStored(dataDir, resourcesDir) });
  return {
    note,
    report,
    lockedReport() {
      const all = report();
      const known = all.stored.filter(({ what }) => what !== 'other');
      return { ...all, refused: all.refused.map((each) => ({ ...each, host: '' })), exception: null, stored: known };
    },
  };
}

function whatOf(name: string): Stored['what'] {
  if (/^plumb.*\.db(-\w+)?$/.test(name)) return /backup/.test(name) ? 'backups' : 'conversations';
  if (/backup/i.test(name)) return 'backups';
  return name === 'window' ? 'window' : 'other';
}

/** Everything in the data folder by its top names, and the models that came with Plumb. */
function whatIsStored(dataDir: string, resourcesDir: string): Stored[] {
  const found = existsSync(dataDir) ? readdirSync(dataDir).sort() : [];
  const own = found.filter((name) => join(dataDir, name) !== resourcesDir).map((name) => describe(join(dataDir, name), whatOf(name)));
  return existsSync(resourcesDir) ? [...own, { ...describe(resourcesDir, 'models'), protection: 'public' }] : own;
}

function describe(path: string, what: Stored['what']): Stored {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return { what, path, sizeBytes: stat?.size ?? 0, files: 1, protection: stat && looksEncrypted(path) ? 'encrypted' : 'plain', ownerOnly: stat !== undefined && (stat.mode & 0o077) === 0 };
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizeBytes = files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
  return { what, path, sizeBytes, files: files.length, protection: files.length > 0 && files.every(looksEncrypted) ? 'encrypted' : 'plain', ownerOnly: (stat.mode & 0o077) === 0 };
}

/** An encrypted database begins with noise: no known header, and about as many bits set as not. An empty file hides nothing. */
function looksEncrypted(path: string): boolean {
  const start = Buffer.alloc(512);
  try {
    const file = openSync(path, 'r');
    const length = readSync(file, start);
    closeSync(file);
    // A write-ahead log has a readable header in front of its pages.
    const noise = start.subarray(path.endsWith('-wal') ? 64 : 0, length);
    return noise.length >= 256 && new Set(noise).size > 150;
  } catch {
    // Gone or unreadable: nothing can be promised.
    return false;
  }
}
