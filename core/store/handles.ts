// Owns the two doors to the database, so that a function's signature says whether it may write.
import type Database from 'better-sqlite3';

declare const mayRead: unique symbol;
declare const mayWrite: unique symbol;

/** A handle for queries that change nothing. The brand costs nothing at run time. */
export type Readable = Database.Database & { readonly [mayRead]: true };
/** A handle for everything. */
export type Writable = Readable & { readonly [mayWrite]: true };

/** Brands a raw handle; only the opener of the database and tests call this. */
export function asWritable(raw: Database.Database): Writable {
  return raw as Writable;
}
