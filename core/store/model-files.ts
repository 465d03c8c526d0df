// Owns the rows of linked model files: paths, nothing copied.
import type { Writable } from './handles.js';
import { translateAll } from './store-errors.js';

export interface ModelFileQueries {
  paths(): string[];
  add(path: string, nowMs: number): void;
  remove(path: string): void;
}

export function createModelFileQueries(db: Writable): ModelFileQueries {
  const paths = db.prepare<[], string>('SELECT path FROM model_file ORDER BY added_at_ms, path').pluck();
  const add = db.prepare('INSERT INTO model_file (path, added_at_ms) VALUES (?, ?) ON CONFLICT (path) DO NOTHING');
  const remove = db.prepare('DELETE FROM model_file WHERE path = ?');
  return translateAll({
    paths: () => paths.all(),
    add: (path: string, nowMs: number) => void add.run(path, nowMs),
    remove: (path: string) => void remove.run(path),
  });
}
