// Owns `npm test`: sets up what is missing, runs every suite, and ends with one line that counts them all.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { ensureChromium } from './chromium.mjs';
import { run, say } from './progress.mjs';
import { node24, projectEnv, root, setup } from './setup.mjs';

/** Suites in the order of cheap to dear. `long` runs only when it is asked for. */
const everyDay = ['unit', 'renderer', 'fuzz', 'native', 'e2e'];
const asked = process.argv.slice(2);
const suites = asked.length > 0 ? asked : everyDay;

await setup();
const env = projectEnv({ PLUMB_CHROMIUM: suites.some((suite) => suite === 'e2e' || suite === 'long') ? await ensureChromium() : '' });
const reports = join(root, '.cache', 'test-reports');
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const total = { passed: 0, failed: 0, skipped: 0 };
const timings = [];

async function check(title, args) {
  const code = await run(title, node24, args, { cwd: root, env, show: true });
  if (code === 0) total.passed += 1;
  else total.failed += 1;
}

if (asked.length === 0) await check('Types of the tests', [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'test']);
if (asked.length === 0) await check('Lint', [join(root, 'node_modules', 'oxlint', 'bin', 'oxlint'), '--deny-warnings']);

for (const suite of suites) {
  const startedMs = Date.now();
  const report = join(reports, `${suite}.json`);
  const vitest = [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', suite, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, '--passWithNoTests'];
  const code = await run(`Tests: ${suite}`, node24, vitest, { cwd: root, env, show: true });
  let counted = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 };
  try {
    counted = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    say(`  ${suite} left no report: counted as one failure.`);
    total.failed += 1;
  }
  total.passed += counted.numPassedTests;
  total.skipped += counted.numPendingTests;
  // A suite can fail outside its tests, for example while loading a file.
  total.failed += counted.numFailedTests === 0 && code !== 0 ? 1 : counted.numFailedTests;
  timings.push(`${suite} ${Math.round((Date.now() - startedMs) / 1000)} s`);
}

if (asked.length === 0) {
  const parity = spawnSync(node24, [join(root, 'dist', 'core', 'cli', 'index.js'), 'parity'], { cwd: root, env, encoding: 'utf8' });
  process.stdout.write(parity.stdout);
  process.stderr.write(parity.stderr);
  const [, passed, failed, skipped] = /(\d+) passed, (\d+) failed, (\d+) skipped\s*$/.exec(parity.stdout) ?? [null, 0, 1, 0];
  total.passed += Number(passed);
  total.failed += Number(failed);
  total.skipped += Number(skipped);
}

say(`\n${timings.join(' · ')}`);
say(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
