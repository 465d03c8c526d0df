// Owns `npm run test:silent`: the whole end-to-end suite where there is no network but the loopback interface. Files may be named.
// `--possible` says by its exit code whether that can be done here; `--ready` skips the setting up.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureChromium } from './chromium.mjs';
import { say } from './progress.mjs';
import { node24, projectEnv, root, setup } from './setup.mjs';

const asked = process.argv.slice(2);
const files = asked.filter((each) => !each.startsWith('--'));

/** A new network namespace holds a loopback interface that is down, and nothing else. Root needs no user namespace for it, others do. */
const inside = ['--net', ...(process.getuid?.() === 0 ? [] : ['--map-root-user']), '--', 'sh', '-c', 'ip link set lo up && test -z "$(ip route)$(ip -6 route | grep -v "dev lo")" && exec "$0" "$@"'];
const possible = process.platform === 'linux' && spawnSync('unshare', [...inside, 'true'], { stdio: 'ignore' }).status === 0;

if (asked.includes('--possible')) process.exit(possible ? 0 : 1);
if (!possible) {
  say('\nSKIPPED, AND NOTHING IS PROVEN: no empty network namespace can be made here. It takes Linux, the programs unshare and ip, and either root or user namespaces.');
  process.exit(process.env.PLUMB_SILENT_REQUIRED === '1' ? 1 : 0);
}
if (!asked.includes('--ready')) await setup();
const env = { ...projectEnv({ PLUMB_CHROMIUM: process.env.PLUMB_CHROMIUM || (await ensureChromium()) }), PLUMB_SILENT: '1' };
const { status } = spawnSync('unshare', [...inside, node24, join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', 'e2e', ...files], { cwd: root, env, stdio: 'inherit' });
process.exit(status ?? 1);
