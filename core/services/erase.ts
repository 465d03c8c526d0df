// Owns erasing everything: which files in the data folder are Plumb's, and in which order they go.
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { overwriteAndRemove } from '../store/overwrite.js';

/** Keys first: without them everything else is noise at once, however long the rest takes, and also if it is interrupted. */
const keys = [/^key$/, /^vault\.json(\.tmp)?$/, /^vault-attempts\.json(\.tmp)?$/, /^token$/];
/** Only names that Plumb gives: the folder may be one the user chose, with other things in it. */
const others = [/^plumb\.db/, /^backups$/, /^transfer$/];

/**
 * Removes keys, databases, copies and the token. Zeros are written over the keys, for they are what opens the rest, and over databases of
 * versions that did not encrypt. On SSDs and copy-on-write file systems old blocks can outlive that; see docs/backup.md.
 * The lock of the running instance stays, and model files: they are the user's.
 */
export function eraseEverything(dataDir: string): void {
  if (!existsSync(dataDir)) return;
  for (const patterns of [keys, others]) {
    for (const name of readdirSync(dataDir)) {
      if (!patterns.some((pattern) => pattern.test(name))) continue;
      const path = join(dataDir, name);
      if (patterns === keys || statSync(path).isFile()) overwriteAndRemove(path);
      else eraseFolder(path);
    }
  }
}

function eraseFolder(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) if (entry.isFile()) overwriteAndRemove(join(path, entry.name));
  rmSync(path, { recursive: true, force: true });
}
