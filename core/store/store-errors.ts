// Owns the translation of SQLite's failures into coded errors.
import { SqliteError } from 'better-sqlite3';
import { AppError } from '../contract/errors.js';

/** A coded error for what SQLite reports; anything else comes back unchanged, because it is a bug. */
export function toStoreError(thrown: unknown): unknown {
  if (!(thrown instanceof SqliteError)) return thrown;
  const { code, message } = thrown;
  if (code === 'SQLITE_FULL') return new AppError('disk_full', 'There is no space left on the disk that holds your conversations.', code, { cause: thrown });
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
    return new AppError('database_corrupt', 'The file with your conversations is damaged.', `${code}: ${message}`, { cause: thrown });
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new AppError('database_locked', 'Another program is using the file with your conversations.', code, { cause: thrown });
  }
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_IOERR')) {
    return new AppError('file_unwritable', 'The file with your conversations cannot be written.', code, { cause: thrown });
  }
  return thrown;
}

/** Runs `work` and translates what it throws. */
export function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw toStoreError(thrown);
  }
}

/** The same functions, each translating what it throws: one place instead of a try in every query. */
export function translateAll<T extends object>(queries: T): T {
  const wrapped = Object.entries(queries).map(([name, query]) => [
    name,
    typeof query === 'function' ? (...given: unknown[]) => translated(() => (query as (...passed: unknown[]) => unknown)(...given)) : query,
  ]);
  return Object.fromEntries(wrapped) as T;
}
