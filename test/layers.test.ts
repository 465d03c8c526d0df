// Proves that the rooms import only what their place allows, with failures a reader can act on.
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** Room -> rooms it may import. A room may always import itself. */
const allowed: Record<string, readonly string[]> = {
  'core/contract': [],
  'core/network': ['core/contract'],
  'core/store': ['core/contract'],
  'core/convert': ['core/contract'],
  'core/reading': ['core/contract', 'core/network'],
  'core/retrieval': ['core/contract'],
  'core/services': ['core/contract', 'core/network', 'core/store', 'core/convert', 'core/retrieval'],
  'core/engine': ['core/contract', 'core/convert', 'core/network'],
  server: ['core/contract', 'core/network', 'core/store', 'core/services'],
  'core/cli': ['core/contract', 'core/convert', 'core/retrieval', 'core/services', 'server'],
  electron: ['core/contract', 'core/network', 'core/store', 'core/services'],
  renderer: ['core/contract'],
};

/** Packages that only one room may know. */
const owners: Record<string, string> = {
  'node-llama-cpp': 'core/engine',
  'better-sqlite3': 'core/store',
  electron: 'electron',
  ws: 'server',
  react: 'renderer',
  commander: 'core/cli',
};

const rooms = Object.keys(allowed).toSorted((a, b) => b.length - a.length);
const roomOf = (path: string): string | undefined => rooms.find((room) => path === room || path.startsWith(`${room}/`));
const importPattern = /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g;

function sources(room: string): string[] {
  return readdirSync(join(root, room), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|cts)$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    // How the page is built is no part of the page.
    .filter((path) => roomOf(path) === room && path !== 'renderer/vite.config.ts');
}

function importsOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  return [...text.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

function breaches(room: string): string[] {
  const found: string[] = [];
  for (const path of sources(room)) {
    for (const specifier of importsOf(path)) {
      if (specifier.startsWith('.')) {
        const target = relative(root, resolve(root, path, '..', specifier));
        const targetRoom = roomOf(target);
        if (targetRoom !== room && !allowed[room]!.includes(targetRoom ?? '')) {
          found.push(`${path} imports ${target}: ${room} may import only ${[...allowed[room]!, 'itself'].join(', ')}. See docs/architecture.md, Rooms.`);
        }
        continue;
      }
      const name = specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier.split('/')[0]!;
      const owner = owners[name];
      if (owner !== undefined && owner !== room) found.push(`${path} imports ${name}, which only ${owner} may know. See docs/architecture.md, Rooms.`);
      if ((room === 'core/contract' || room === 'renderer') && specifier.startsWith('node:')) found.push(`${path} imports ${specifier}: ${room} must run without Node.`);
    }
  }
  return found;
}

describe('the rooms', () => {
  it.each(Object.keys(allowed))('%s imports only what its place allows', (room) => {
    expect(sources(room).length).toBeGreaterThan(0);
    expect(breaches(room)).toEqual([]);
  });

  it('native.ts alone knows the private names of the fork, which addon-fork.ts declares', () => {
    const knows = sources('core/engine').filter((path) => /\bplumb(Set|Trace|Logits|Tap|Model|Request|Progress|Quantize|ForkId|Draft|Wave|Refine)\w*/.test(readFileSync(join(root, path), 'utf8')));
    expect(knows.toSorted()).toEqual(['core/engine/addon-fork.ts', 'core/engine/native.ts']);
  });
});
