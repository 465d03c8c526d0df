// Owns where the end-to-end tests find a Chromium, and how to get one.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fail, run } from './progress.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

function find() {
  if (process.env.PLUMB_CHROMIUM) return process.env.PLUMB_CHROMIUM;
  const inPath = (process.env.PATH ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return [...inPath, ...places].find((path) => existsSync(path)) ?? null;
}

/** The path of a Chromium. On Debian as root it is installed when missing; elsewhere a sentence says what to do. */
export async function ensureChromium() {
  const found = find();
  if (found) return found;
  if (process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await run('Updating the package list', 'apt-get', ['update', '-qq'], { env });
    await run('Installing Chromium for the end-to-end tests', 'apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], { env });
  }
  return find() ?? fail('The end-to-end tests need Chromium, Chrome or Edge and found none.', 'Install one, or set PLUMB_CHROMIUM to its path, then run the tests again.');
}
