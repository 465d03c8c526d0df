// Runs `plumb bench --compare` as a person would, with a narrow synthetic model, the fork and the stock binary.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Comparison } from '../../core/cli/bench/comparison.js';
import { root, temporaryFolder } from './engine-harness.js';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const command = join(root, 'dist', 'core', 'cli', 'index.js');
const models = join(folder.path, 'models');
mkdirSync(models);

function plumb(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, 'bench', '--compare', ...args], { encoding: 'utf8', cwd: folder.path });
  return { status, stdout, stderr };
}

describe('plumb bench --compare', () => {
  it('measures every method and the stock binary on the quick models, writes its section and leaves no model behind', () => {
    writeFileSync(join(folder.path, 'page.md'), '# Page\n');
    const { status, stdout, stderr } = plumb('--quick', '--repeat', '1', '--threads', '1', '--folder', models, '--out', 'page.md', '--json');
    expect(status, stderr).toBe(0);
    const { builtIn, synthetic, stock, bandwidth } = JSON.parse(stdout) as Comparison;
    for (const figures of [builtIn!, synthetic!]) {
      const methods = ['plain', 'adaptive exit, latent-diff 0.03', 'speculative', 'wavefront', 'KV budget 4', 'KV cache in q8_0', 'KV cache in q4_0'];
      expect(figures.methods.map(({ method, steps }) => `${method} ${steps}`).toSorted()).toEqual(methods.flatMap((name) => [`${name} 4`, `${name} 8`]).toSorted());
      for (const { measured, refusal } of figures.methods) {
        expect(measured === null).toBe(refusal !== null);
        if (measured) expect(measured.token.clockMs).toBeGreaterThan(0);
      }
      const plain = figures.methods.find(({ method, steps }) => method === 'plain' && steps === 8)!;
      expect(plain.measured!.meanSteps).toBe(8);
      // Four of eight slots: half of the core's cache.
      const { core, prelude, coda } = figures.weights;
      const budgeted = figures.methods.find(({ method, steps }) => method === 'KV budget 4' && steps === 8)!;
      expect(budgeted.kvBytesPerToken! / plain.kvBytesPerToken!).toBeCloseTo((prelude + coda + 4 * core) / (prelude + coda + 8 * core));
    }
    expect(stock).toMatchObject({ release: expect.stringMatching(/./), layers: [4, 8] });
    expect(bandwidth).toBeGreaterThan(0);
    const page = readFileSync(join(folder.path, 'page.md'), 'utf8');
    expect(page.startsWith('# Page\n\n<!-- plumb bench --compare, built-in and synthetic: begin -->\n## ')).toBe(true);
    expect(page).toMatch(/Ours over theirs: \*\*-?\d/);
    expect(page).not.toMatch(/undefined|NaN|Infinity/);
    expect(page).not.toContain(folder.path);
    expect(readdirSync(models)).toEqual([]);
  }, 300_000);

  it.each([
    [['--steps', '4'], 'bad_request'],
    [['--models', 'synthetic', '--folder', 'nowhere'], 'file_unwritable'],
  ])('refuses %j with a code', (args, code) => {
    const { status, stderr } = plumb('--quick', ...args);
    expect([status, stderr]).toEqual([1, expect.stringContaining(`(${code})`)]);
  });

  it('refuses a model kind it does not know', () => {
    const { status, stderr } = plumb('--models', 'huge');
    expect([status, stderr]).toEqual([1, expect.stringContaining('Choose from: built-in, synthetic.')]);
  });

  it('stopped by Ctrl+C it removes what it wrote', async () => {
    const child = spawn(process.execPath, [command, 'bench', '--compare', '--quick', '--models', 'synthetic', '--threads', '1', '--folder', models], { cwd: folder.path, stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = new Promise<number | null>((done) => child.once('exit', done));
    let [stderr, sent] = ['', false];
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (!sent && stderr.includes('measuring')) {
        expect(readdirSync(models)).toHaveLength(1);
        sent = child.kill('SIGINT');
      }
    });
    expect(await ended).toBe(130);
    expect(readdirSync(models)).toEqual([]);
  });
});
