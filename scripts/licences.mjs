// Owns the list of packages that are part of Plumb, with their licences, from the lock file and what is installed.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Development packages whose code the window's bundle contains. */
const bundled = ['react', 'react-dom', 'radix-ui', 'katex', 'marked', 'shiki', 'lucide-react', 'tinykeys', 'zustand', '@fontsource-variable/inter', 'electron'];

/** The licence a package.json names, in its present form and in older ones. */
function licenceOf({ license, licenses }) {
  if (typeof license === 'string') return license;
  if (typeof license === 'object' && license !== null) return license.type;
  return Array.isArray(licenses) ? licenses.map(({ type }) => type).join(' OR ') : '';
}

/** Every package that travels with Plumb: `{name, version, licence}`, sorted. Empty licence: the package names none. */
export function listLicences() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const found = new Map();
  for (const [path, entry] of Object.entries(packages)) {
    const name = path.split('node_modules/').at(-1);
    if (path === '' || (entry.dev && !bundled.includes(name))) continue;
    const manifest = join(root, path, 'package.json');
    const licence = existsSync(manifest) ? licenceOf(JSON.parse(readFileSync(manifest, 'utf8'))) : licenceOf(entry);
    found.set(`${name}@${entry.version}`, { name, version: entry.version, licence: licence || licenceOf(entry) });
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) for (const { name, version, licence } of listLicences()) process.stdout.write(`${name} ${version}  ${licence}\n`);
