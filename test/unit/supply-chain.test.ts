// Proves what Plumb is made of: exact versions, a lock file that says the same, every install script decided by name, every licence known.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listLicences } from '../../scripts/licences.mjs';

const root = resolve(import.meta.dirname, '..', '..');
interface Manifest {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
}
interface Entry {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  hasInstallScript?: boolean;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Entry> };
const installed = Object.entries(lock.packages).filter(([path]) => path !== '');
const nameOf = (path: string): string => path.split('node_modules/').at(-1)!;
const asked = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
/** The version behind an alias ("npm:other@1.2.3") or the version itself. */
const versionOf = (wanted: string): string => wanted.replace(/^npm:(?:@[^/]+\/)?[^@]+@/, '');

describe('packages', () => {
  it('are asked for by exact version, never by a range, a tag, an address or a folder', () => {
    expect(asked.filter(([, wanted]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(versionOf(wanted)))).toEqual([]);
  });

  it('are in the lock file as they are asked for', () => {
    const root = lock.packages['']!;
    expect({ ...root.dependencies, ...root.devDependencies }).toEqual({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(asked.filter(([name, wanted]) => lock.packages[`node_modules/${name}`]?.version !== versionOf(wanted)).map(([name]) => name)).toEqual([]);
  });

  it('come from a registry over TLS with a checksum, none from a repository, an address or a folder', () => {
    const odd = installed.filter(([, { resolved, link, integrity }]) => link || !integrity?.startsWith('sha512-') || (resolved !== undefined && !/^https:\/\/[^/]+\/.*\.tgz$/.test(resolved)));
    expect(odd.map(([path]) => path)).toEqual([]);
    const ranges = installed.flatMap(([, entry]) => Object.entries(entry.dependencies ?? {})).filter(([, wanted]) => /^(?:git|github:|https?:|file:|link:)|\.git$/.test(wanted));
    expect(ranges).toEqual([]);
  });

  it('that want to run something when they are installed are allowed or denied by name', () => {
    const wanting = new Set(installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path)));
    expect([...wanting].filter((name) => !(name in manifest.allowScripts))).toEqual([]);
    // Node itself, the program the tests and the browser host run on, is fetched by its script.
    expect(Object.entries(manifest.allowScripts).filter(([, allowed]) => allowed).map(([name]) => name)).toEqual(['node']);
  });
});

describe('licences', () => {
  const list = listLicences();
  it('of everything that travels with Plumb are known and let it travel', () => {
    expect(list.length).toBeGreaterThan(60);
    const free = /^(?:MIT|MIT-0|ISC|BSD-2-Clause|BSD-3-Clause|0BSD|Apache-2\.0|BlueOak-1\.0\.0|Unlicense|CC0-1\.0|CC-BY-4\.0|OFL-1\.1|Python-2\.0|Zlib|WTFPL|MPL-2\.0|EUPL-1\.1|MIT-CMU|Artistic-2\.0|BSD)$/;
    const parts = (licence: string): string[] => licence.replace(/[()]/g, '').split(/ (?:OR|AND) /);
    expect(list.filter(({ licence }) => !parts(licence).some((part) => free.test(part)))).toEqual([]);
  });

  it('name every package that is asked for at run time', () => {
    const names = new Set(list.map(({ name }) => name));
    expect(Object.keys(manifest.dependencies).filter((name) => !names.has(name))).toEqual([]);
  });
});
