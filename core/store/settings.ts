// Owns the rows of settings: one row for each name, its value as JSON.
import { defaultSettings, settingsSchema, type Settings } from '../contract/settings.js';
import type { Writable } from './handles.js';
import { translateAll } from './store-errors.js';

type SettingsChange = { [K in keyof Settings]?: Settings[K] | undefined };

export interface SettingQueries {
  /** All settings. A value this version cannot read counts as absent: its default applies. */
  read(): Settings;
  /** Names left out, or undefined, stay. */
  write(patch: SettingsChange): void;
}

export function createSettingQueries(db: Writable): SettingQueries {
  const all = db.prepare<[], { name: string; value: string }>('SELECT name, value FROM setting');
  const put = db.prepare('INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value');
  return translateAll({
    read() {
      const stored = Object.fromEntries(all.all().map(({ name, value }) => [name, value]));
      const names = Object.keys(settingsSchema.shape) as (keyof Settings)[];
      return Object.fromEntries(names.map((name) => [name, valueOf(name, stored[name])])) as Settings;
    },
    write: db.transaction((patch: SettingsChange) => {
      for (const [name, value] of Object.entries(patch)) if (value !== undefined) put.run(name, JSON.stringify(value));
    }),
  });
}

function valueOf(name: keyof Settings, stored: string | undefined): unknown {
  if (stored === undefined) return defaultSettings[name];
  const parsed = settingsSchema.shape[name].safeParse(JSON.parse(stored));
  return parsed.success ? parsed.data : defaultSettings[name];
}
