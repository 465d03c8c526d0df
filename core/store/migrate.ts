// Owns running migrations: in order, all in one transaction, never on a database from the future.
import type Database from 'better-sqlite3';
import { AppError } from '../contract/errors.js';

export interface Migration {
  /** Numbered by tens, so that a branch can slot one in. */
  version: number;
  sql: string;
}

/** Version the code writes. */
export function latestVersion(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}

/** `user_version` of the file: the last migration it has seen, 0 for a new one. */
export function versionOf(db: Database.Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/** Throws `database_from_future` when a newer Plumb wrote the file. */
export function refuseTheFuture(db: Database.Database, migrations: readonly Migration[]): void {
  const found = versionOf(db);
  const known = latestVersion(migrations);
  if (found > known) {
    throw new AppError('database_from_future', 'A newer version of Plumb wrote your conversations. Please update Plumb.', `database ${found}, program ${known}`);
  }
}

/** Runs the pending migrations in one transaction: after a failure the file is as it was. Returns the versions run. */
export function migrate(db: Database.Database, migrations: readonly Migration[]): number[] {
  migrations.forEach((migration, at) => {
    const before = at === 0 ? 0 : migrations[at - 1]!.version;
    if (migration.version <= before || !Number.isInteger(migration.version)) throw new Error(`migration ${migration.version} does not come after ${before}`);
  });
  refuseTheFuture(db, migrations);
  const pending = migrations.filter((migration) => migration.version > versionOf(db));
  if (pending.length === 0) return [];
  db.transaction(() => {
    for (const migration of pending) db.exec(migration.sql);
    db.pragma(`user_version = ${latestVersion(migrations)}`);
  })();
  db.pragma('optimize');
  return pending.map((migration) => migration.version);
}
