// Runs `plumb parity` as a person would: every covered case of the reference passes on the real fork.
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { root, temporaryFolder } from './engine-harness.js';

const folder = temporaryFolder();
afterAll(() => folder.remove());

function parity(...args: string[]): { status: number | null; lines: string[] } {
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'dist', 'core', 'cli', 'index.js'), 'parity', ...args], { encoding: 'utf8' });
  return { status, lines: stdout.trim().split('\n') };
}

describe('parity with the reference', () => {
  it('holds for every covered case of the checkpoint in this repository', () => {
    const { status, lines } = parity();
    expect(lines.filter((line) => line.startsWith('failed'))).toEqual([]);
    expect(lines.at(-1)).toMatch(/^(\d+) passed, 0 failed, (\d+) skipped$/);
    const { cases } = JSON.parse(readFileSync(join(root, 'test', 'fixtures', 'huginn-tiny', 'expected', 'manifest.json'), 'utf8')) as { cases: { group: string; id: string }[] };
    for (const { group, id } of cases) {
      const line = lines.find((one) => one.includes(` ${group} ${id} `))!;
      expect(line).toMatch(/^passed/);
    }
    expect(status).toBe(0);
  });

  it('holds for the second tokenizer, which has no weights', () => {
    expect(parity(join(root, 'test', 'fixtures', 'huginn-tokenizer-hesiod'))).toEqual({
      status: 0,
      lines: [expect.stringMatching(/^passed {3}tokenizer .*93 of 93 exact/), expect.stringMatching(/^passed {3}chat-template .*8 of 8 exact/), '2 passed, 0 failed, 0 skipped'],
    });
  });

  it('fails, with an exit code, when one id is another', () => {
    const changed = join(folder.path, 'changed');
    cpSync(join(root, 'test', 'fixtures', 'huginn-tokenizer-hesiod'), changed, { recursive: true });
    const file = join(changed, 'expected', 'tokenizer_cases.json');
    const cases = JSON.parse(readFileSync(file, 'utf8')) as { cases: { ids: number[] }[] };
    cases.cases[4]!.ids[0]! += 1;
    writeFileSync(file, JSON.stringify(cases));
    const { status, lines } = parity(changed);
    expect(status).toBe(1);
    expect(lines[0]).toMatch(/^failed {3}tokenizer .*1 of 93 differ: text 4 \("Hello world"\) at token 0/);
    expect(lines.at(-1)).toBe('1 passed, 1 failed, 0 skipped');
  });

  it('fails when a weight is another', () => {
    const changed = join(folder.path, 'weights');
    cpSync(join(root, 'test', 'fixtures', 'huginn-tiny'), changed, { recursive: true });
    const config = JSON.parse(readFileSync(join(changed, 'config.json'), 'utf8')) as { rope_base: number };
    writeFileSync(join(changed, 'config.json'), JSON.stringify({ ...config, rope_base: 10_000 }));
    const { status, lines } = parity(changed);
    expect(status).toBe(1);
    expect(lines.find((line) => line.includes('fixed-depth p17.r8 '))).toMatch(/^failed/);
    expect(lines.find((line) => line.includes('tokenizer tokenizer '))).toMatch(/^passed/);
  });

  it('says what is missing in a folder that is no reference', () => {
    expect(parity(folder.path)).toEqual({ status: 1, lines: [''] });
  });
});
