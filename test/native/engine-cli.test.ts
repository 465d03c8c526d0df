// Runs the `plumb` command as a person would: converting, talking, measuring, and errors without stack traces.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTinyModel, root, temporaryFolder } from './engine-harness.js';

const folder = temporaryFolder();
const checkpoint = join(folder.path, 'checkpoint');
let model: string;

function plumb(args: string[], input = ''): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist', 'core', 'cli', 'index.js'), ...args], { encoding: 'utf8', input, cwd: folder.path });
  return { status, stdout, stderr };
}

beforeAll(async () => {
  model = await makeTinyModel(folder.path);
});
afterAll(() => folder.remove());

describe('plumb', () => {
  it.each([[], ['convert'], ['parity'], ['chat'], ['bench'], ['eval'], ['depth-report'], ['agree'], ['serve']])('%s --help says how it is used', (...command) => {
    const { status, stdout } = plumb([...command, '--help']);
    expect(status).toBe(0);
    expect(stdout).toContain('Usage:');
    expect(stdout).toContain('--help');
  });

  it('answers a wrong command with a sentence and exit code 1', () => {
    const { status, stderr } = plumb(['frobnicate']);
    expect(status).toBe(1);
    expect(stderr).toContain("unknown command 'frobnicate'");
  });
});

describe('plumb convert', () => {
  it('says which type every tensor got and why', () => {
    const { status, stdout } = plumb(['convert', checkpoint, 'q4.gguf', '--type', 'q4_k_m', '--verbose']);
    expect(status).toBe(0);
    // Rows of 192 do not fill blocks of 256.
    expect(stdout).toMatch(/^blk\.2\.attn_qkv\.weight +192 × 576 +F32 +q5_0 +\S/m);
    expect(stdout).toMatch(/^blk\.0\.attn_norm\.weight +192 +F32 +f32$/m);
    expect(stdout).toMatch(/tensors did not fit q4_k_m/);
    expect(existsSync(join(folder.path, 'q4.gguf'))).toBe(true);
  });

  it('writes a file that the engine answers with', () => {
    expect(plumb(['convert', checkpoint, 'q8.gguf', '-t', 'q8_0']).status).toBe(0);
    const { status, stdout } = plumb(['chat', '--model', 'q8.gguf', '--steps', '2', '--max-tokens', '5', '--seed', '1'], 'hello\n');
    expect(status).toBe(0);
    expect(stdout.length).toBeGreaterThan(2);
  });

  it.each([
    [['nowhere', 'x.gguf'], 'convert_missing_file'],
    [[checkpoint, 'x.gguf', '--type', 'q99'], 'convert_unknown_type'],
    [[checkpoint, 'huginn-tiny.gguf', '--type', 'f16'], 'convert_target_exists'],
  ])('refuses %j with a code and leaves nothing behind', (args, code) => {
    const before = readdirSync(folder.path).toSorted();
    const { status, stderr } = plumb(['convert', ...args]);
    expect(status).toBe(1);
    expect(stderr).toContain(`(${code})`);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(readdirSync(folder.path).toSorted()).toEqual(before);
  });
});

describe('plumb chat', () => {
  it('answers line by line, keeps to commands, and shows depth, speed and reuse', () => {
    const { status, stdout, stderr } = plumb(['chat', '--model', model, '--steps', '3', '--max-tokens', '6', '--seed', '1'], 'one\n/steps 9\n\ntwo\n/nonsense\n/exit\nthree\n');
    expect(status).toBe(0);
    const summaries = stderr.split('\n').filter((line) => line.includes('tokens/s'));
    expect(summaries).toHaveLength(2);
    expect(summaries[0]).toMatch(/6 tokens · .* tokens\/s · first after .* s · 0 of \d+ prompt tokens reused · 3\.00 steps · \S{3} .* · length/);
    expect(summaries[1]).toMatch(/9\.00 steps · \S{9} /);
    expect(stderr).toContain('/steps N');
    expect(stdout.trim()).not.toBe('');
  });

  it('gives the same answer for the same seed', () => {
    const answer = (): string => plumb(['chat', '-m', model, '-s', '4', '--max-tokens', '12', '--seed', '7'], 'tell me\n').stdout;
    expect(answer()).toBe(answer());
  });

  it.each([
    [['--model', 'nowhere.gguf'], 'model_missing'],
    [['--model', join(root, 'package.json')], 'model_corrupt'],
    [['--model', 'huginn-tiny.gguf', '--temperature', 'warm'], 'bad_request'],
  ])('refuses %j with a code', (args, code) => {
    const { status, stderr } = plumb(['chat', ...args], 'x\n');
    expect(status).toBe(1);
    expect(stderr).toContain(`(${code})`);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe('plumb bench', () => {
  it('measures every depth and reports figures that belong together', () => {
    const { status, stdout } = plumb(['bench', '--model', model, '--json', '--steps', '1,8', '--prompt', '16', '--tokens', '4', '--repeat', '2']);
    expect(status).toBe(0);
    const report = JSON.parse(stdout) as { architecture: string; threads: number; loadMs: number; peakRssBytes: number | null; msPerStep: number; depths: { steps: number; msPerToken: number; decodeTokensPerSecond: number; prefillTokensPerSecond: number; kvBytesPerToken: number }[] };
    expect(report).toMatchObject({ architecture: 'huginn', threads: 1, promptTokens: 16, decodedTokens: 4, repeats: 2 });
    expect(report.loadMs).toBeGreaterThan(0);
    expect(report.depths.map(({ steps }) => steps)).toEqual([1, 8]);
    for (const { msPerToken, decodeTokensPerSecond, prefillTokensPerSecond } of report.depths) {
      expect(msPerToken * decodeTokensPerSecond).toBeCloseTo(1000, 6);
      expect(prefillTokensPerSecond).toBeGreaterThan(0);
    }
    // 2 prelude and 2 coda blocks, 4 core blocks per step; keys and values of 192 elements in f16.
    expect(report.depths.map(({ kvBytesPerToken }) => kvBytesPerToken)).toEqual([8 * 768, 36 * 768]);
    expect(report.msPerStep).toBeGreaterThan(0);
  });

  it('is a table for people', () => {
    const { stdout } = plumb(['bench', '-m', model, '-s', '2', '-p', '4', '-n', '2', '-r', '1']);
    expect(stdout).toMatch(/^steps +first token ms +read tokens\/s +write tokens\/s +ms\/token +KV per token$/m);
  });
});
