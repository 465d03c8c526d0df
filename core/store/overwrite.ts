// Owns removing a file that held readable content, and making a written file last.
import { closeSync, existsSync, fstatSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const pieceBytes = 2 ** 20;

/**
 * Writes zeros over a file, then removes it. On a disk that writes elsewhere instead of in place (SSDs, copy-on-write file systems)
 * old blocks may survive: only encryption of the whole disk helps against that.
 */
export function overwriteAndRemove(path: string): void {
  if (!existsSync(path)) return;
  const file = openSync(path, 'r+');
  try {
    const zeros = Buffer.alloc(pieceBytes);
    for (let at = 0, { size } = fstatSync(file); at < size; at += pieceBytes) writeSync(file, zeros, 0, Math.min(pieceBytes, size - at), at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  rmSync(path);
}

/** Forces a file to the disk. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Forces names to the disk: a rename is lost with the power until its folder is written. Windows has no such thing. */
export function syncFolderOf(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
