// Owns taking out of a damaged database what can still be read, row by row, and out of a copy what is missing then.
import { SqliteError } from 'better-sqlite3';
import type Database from 'better-sqlite3';

export interface Salvaged {
  /** Rows by table. */
  rows: Record<string, number>;
  /** Places that could not be read: damaged rows, or the place where one may have been. */
  unreadable: number;
}

interface Table {
  name: string;
  /** Columns that both databases have. */
  columns: string[];
  /** For tables without a rowid: the first column of the key, and the table it points to. */
  owner: { column: string; table: string } | null;
}

/** Ids tried one by one between the last row read from below and the last one read from above. */
const mostProbes = 200_000;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Every reading may meet a damaged page; what is no fault of the file is a bug and thrown on. */
function readable<T>(work: () => T): T | null {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof SqliteError) return null;
    throw thrown;
  }
}

function tablesOf(target: Database.Database, source: Database.Database): Table[] {
  const listed = target.prepare<[], { name: string; wr: number }>("SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'").all();
  const tables = listed.flatMap(({ name, wr }): Table[] => {
    const columnsOf = (db: Database.Database): string[] => readable(() => db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(name)) ?? [];
    const there = new Set(columnsOf(source));
    const columns = columnsOf(target).filter((column) => there.has(column));
    if (columns.length === 0) return [];
    if (wr === 0) return [{ name, columns, owner: null }];
    const first = target.prepare<[string], string>('SELECT name FROM pragma_table_info(?) WHERE pk = 1').pluck().get(name)!;
    const owner = target.prepare<[string, string], string>('SELECT "table" FROM pragma_foreign_key_list(?) WHERE "from" = ?').pluck().get(name, first);
    return owner === undefined ? [] : [{ name, columns, owner: { column: first, table: owner } }];
  });
  // What belongs to other rows is looked up by them, so it comes after them.
  return tables.toSorted((a, b) => Number(a.owner !== null) - Number(b.owner !== null));
}

/** Copies every row that can be read and is not there yet. `target` must have its foreign keys switched off. */
export function salvageRows(source: Database.Database, target: Database.Database): Salvaged {
  const rows: Record<string, number> = {};
  let unreadable = 0;
  for (const table of tablesOf(target, source)) {
    const list = table.columns.map(quoted).join(', ');
    const insert = target.prepare(`INSERT OR IGNORE INTO ${quoted(table.name)} (${list}) VALUES (${table.columns.map(() => '?').join(', ')})`);
    const add = (values: unknown[]): void => {
      // A row that reads as nonsense does not pass the table's own checks.
      const outcome = readable(() => insert.run(...values));
      if (outcome === null) unreadable += 1;
      else rows[table.name] = (rows[table.name] ?? 0) + outcome.changes;
    };
    target.transaction(() => {
      unreadable += table.owner === null ? byRowid(source, table, list, add) : byOwner(source, target, table as Table & { owner: NonNullable<Table['owner']> }, list, add);
    })();
  }
  keepCounting(source, target);
  return { rows, unreadable };
}

/** From below, from above, and what lies between one by one. Returns the places that could not be read. */
function byRowid(source: Database.Database, { name }: Table, list: string, add: (values: unknown[]) => void): number {
  let low = -1;
  let high: number | null = null;
  const walk = (order: 'ASC' | 'DESC', seen: (rowid: number) => void): boolean =>
    readable(() => {
      const statement = source.prepare(`SELECT rowid, ${list} FROM ${quoted(name)} NOT INDEXED WHERE rowid > ? ORDER BY rowid ${order}`).raw();
      for (const [rowid, ...values] of statement.iterate(low) as IterableIterator<[number, ...unknown[]]>) {
        add(values);
        seen(rowid);
      }
      return true;
    }) ?? false;
  if (walk('ASC', (rowid) => (low = rowid))) return 0;
  walk('DESC', (rowid) => (high = rowid));
  if (high === null) return 1;
  let lost = 0;
  const one = readable(() => source.prepare(`SELECT ${list} FROM ${quoted(name)} NOT INDEXED WHERE rowid = ?`).raw());
  if (one === null) return 1;
  for (let rowid = low + 1; rowid < high && rowid - low < mostProbes; rowid++) {
    const found = readable(() => ({ values: one.get(rowid) as unknown[] | undefined }));
    if (found === null) lost += 1;
    else if (found.values) add(found.values);
  }
  return Math.max(1, lost);
}

function byOwner(source: Database.Database, target: Database.Database, { name, owner }: Table & { owner: NonNullable<Table['owner']> }, list: string, add: (values: unknown[]) => void): number {
  const key = target.prepare<[string], string>('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk LIMIT 1').pluck().get(owner.table)!;
  const statement = readable(() => source.prepare(`SELECT ${list} FROM ${quoted(name)} WHERE ${quoted(owner.column)} = ?`).raw());
  if (!statement) return 1;
  let lost = 0;
  for (const id of target.prepare<[], number>(`SELECT ${quoted(key)} FROM ${quoted(owner.table)}`).pluck().all()) {
    const whole = readable(() => {
      for (const values of statement.iterate(id) as IterableIterator<unknown[]>) add(values);
      return true;
    });
    if (whole === null) lost += 1;
  }
  return lost;
}

/** Ids that were given out once do not come back, also when their rows are lost. */
function keepCounting(source: Database.Database, target: Database.Database): void {
  const counts = readable(() => source.prepare<[], { name: string; seq: number }>('SELECT name, seq FROM sqlite_sequence').all()) ?? [];
  for (const { name, seq } of counts) target.prepare('UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?').run(seq, name);
}

/** Makes every reference true again: messages without a conversation get one, what belonged to lost rows goes. */
export function mendReferences(target: Database.Database): void {
  target.transaction(() => {
    target.exec(`
      INSERT INTO conversation (id, title, created_at_ms, updated_at_ms)
        SELECT conversation_id, 'Recovered', min(created_at_ms), max(created_at_ms) FROM message WHERE conversation_id NOT IN (SELECT id FROM conversation) GROUP BY conversation_id;
      UPDATE message SET parent_id = NULL WHERE parent_id NOT IN (SELECT id FROM message);
      UPDATE conversation SET leaf_id = (SELECT max(id) FROM message WHERE conversation_id = conversation.id) WHERE leaf_id IS NULL OR leaf_id NOT IN (SELECT id FROM message);
    `);
    // Each round may orphan the rows of the next; the chain of tables is short.
    for (let changed = 1, round = 0; changed > 0 && round < 10; round++) {
      changed = 0;
      const tables = target.prepare<[], string>("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'").pluck().all();
      for (const table of tables) {
        const references = target.prepare<[string], { from: string; to: string | null; table: string }>('SELECT "from", "to", "table" FROM pragma_foreign_key_list(?)').all(table);
        for (const { from, to, table: parent } of references) {
          changed += target.prepare(`DELETE FROM ${quoted(table)} WHERE ${quoted(from)} IS NOT NULL AND ${quoted(from)} NOT IN (SELECT ${quoted(to ?? 'id')} FROM ${quoted(parent)})`).run().changes;
        }
      }
    }
  })();
}
