// A conversion appears complete or not at all: aborts, full disks, failures, races, crashes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../core/contract/errors.js';
import { convertCheckpoint, type ConversionProgress, type Quantize } from '../../../core/convert/convert.js';
import { readGgufHeader } from '../../../core/convert/gguf-reader.js';
import { removeStalePartials } from '../../../core/convert/partial-file.js';
import { makeCheckpoint, type SyntheticOptions } from '../../fixtures/make-checkpoint.js';
import { codeOf, listing, messageOf, scratchDir } from './scratch.js';

async function checkpoint(options: SyntheticOptions = {}): Promise<{ dir: string; sourceDir: string; targetPath: string }> {
  const dir = scratchDir();
  await makeCheckpoint(path.join(dir, 'hf'), options);
  return { dir, sourceDir: path.join(dir, 'hf'), targetPath: path.join(dir, 'out.gguf') };
}

/** Stands for llama.cpp's quantiser: the same file again, so its format stays valid. */
const copying: Quantize = async (source, target, { onTensor }) => {
  const { tensors } = await readGgufHeader(source);
  for (const tensor of tensors) onTensor?.(tensor);
  await copyFile(source, target);
  return { tensors: [] };
};

describe('stopping', () => {
  it('before the start, while writing and while finishing leaves nothing behind', async () => {
    const { dir, sourceDir, targetPath } = await checkpoint();
    expect(await codeOf(convertCheckpoint({ sourceDir, targetPath, type: 'f32', signal: AbortSignal.abort() }))).toBe('convert_aborted');
    for (const when of [0, 0.3, 0.99]) {
      const stop = new AbortController();
      const onProgress = ({ fraction }: ConversionProgress): void => {
        if (fraction >= when) stop.abort();
      };
      expect([when, await codeOf(convertCheckpoint({ sourceDir, targetPath, type: 'f32', signal: stop.signal, onProgress }))]).toEqual([when, 'convert_aborted']);
      expect(listing(dir)).toEqual(['hf']);
    }
  });

  it('while quantising waits for the quantiser and then removes both files', async () => {
    const { dir, sourceDir, targetPath } = await checkpoint();
    const stop = new AbortController();
    const quantize: Quantize = async (source, target, options) => {
      const result = await copying(source, target, options);
      stop.abort();
      return result;
    };
    expect(await codeOf(convertCheckpoint({ sourceDir, targetPath, type: 'q8_0', quantize, signal: stop.signal }))).toBe('convert_aborted');
    expect(listing(dir)).toEqual(['hf']);
  });
});

describe('space', () => {
  it('is checked before anything is written', async () => {
    const { dir, sourceDir, targetPath } = await checkpoint();
    const phases: string[] = [];
    const options = { sourceDir, targetPath, type: 'f32', freeBytes: () => Promise.resolve(1_000_000), onProgress: ({ phase }: ConversionProgress) => void phases.push(phase) } as const;
    expect(await messageOf(convertCheckpoint(options))).toMatch(/has 1 MB free.*needs 17 MB/);
    expect(await codeOf(convertCheckpoint(options))).toBe('convert_no_space');
    expect([new Set(phases), listing(dir)]).toEqual([new Set(['reading']), ['hf']]);
  });

  it('is asked for twice when a quantised type needs a plain file first', async () => {
    // 8 million numbers: 32 MB as f32, about 10 MB more as q8_0; 16 MiB are kept in reserve.
    const { sourceDir, targetPath } = await checkpoint({ sparse: true, nEmbd: 384, nFeedForward: 1152 });
    const freeBytes = (): Promise<number> => Promise.resolve(52_000_000);
    expect(await codeOf(convertCheckpoint({ sourceDir, targetPath, type: 'q8_0', quantize: copying, freeBytes }))).toBe('convert_no_space');
    expect(await codeOf(convertCheckpoint({ sourceDir, targetPath, type: 'f32', freeBytes }))).toBe('no error');
  });

  it('that runs out in the quantiser is reported as such', async () => {
    const { dir, sourceDir, targetPath } = await checkpoint();
    let free = 1e9;
    const quantize: Quantize = () => {
      free = 1000;
      return Promise.reject(new Error('write failed'));
    };
    expect(await codeOf(convertCheckpoint({ sourceDir, targetPath, type: 'q4_0', quantize, freeBytes: () => Promise.resolve(free) }))).toBe('convert_no_space');
    expect(listing(dir)).toEqual(['hf']);
  });
});

describe('the target', () => {
  it('is not replaced unless asked, and then in one step', async () => {
    const { dir, sourceDir, targetPath } = await checkpoint();
    writeFileSync(targetPath, 'mine');
    expect(await codeOf(convertCheckpoint({ sourceDir, targetPath, type: 'f32' }))).toBe('convert_target_exists');
    expect(readFileSync(targetPath, 'utf8')).toBe('mine');
    const seen = new Set<string>();
    await convertCheckpoint({ sourceDir, targetPath, type: 'f32', overwrite: true, onProgress: () => void seen.add(readFileSync(targetPath, 'utf8').slice(0, 4)) });
    expect([seen, readFileSync(targetPath).subarray(0, 4).toString(), listing(dir)]).toEqual([new Set(['mine']), 'GGUF', ['hf', 'out.gguf']]);
  });

  it('that appears during the conversion is kept', async () => {
    const { dir, sourceDir, targetPath } = await checkpoint();
    const onProgress = ({ phase }: ConversionProgress): void => {
      if (phase === 'finishing') writeFileSync(targetPath, 'mine');
    };
    expect(await codeOf(convertCheckpoint({ sourceDir, targetPath, type: 'f32', onProgress }))).toBe('convert_target_exists');
    expect([readFileSync(targetPath, 'utf8'), listing(dir)]).toEqual(['mine', ['hf', 'out.gguf']]);
  });

  it('stays away when a shard becomes shorter while it is read', async () => {
    const { dir, sourceDir, targetPath } = await checkpoint();
    let cut = false;
    const onProgress = ({ phase }: ConversionProgress): void => {
      if (phase === 'writing' && !cut) truncateSync(path.join(sourceDir, 'model.safetensors'), 20_000);
      cut ||= phase === 'writing';
    };
    expect(await codeOf(convertCheckpoint({ sourceDir, targetPath, type: 'f32', onProgress }))).toBe('convert_truncated');
    expect(listing(dir)).toEqual(['hf']);
  });
});

describe('what a killed conversion left', () => {
  it('is one hidden file, which the next conversion removes', async () => {
    const { dir, sourceDir, targetPath } = await checkpoint({ sparse: true, nEmbd: 1024, nHead: 8, nFeedForward: 3072 });
    const child = spawn(process.execPath, [path.resolve(import.meta.dirname, '../../fixtures/convert-child.mjs'), sourceDir, targetPath, 'f32'], { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.on('data', (text: Buffer) => {
      if (/writing 0\.[2-9]/.test(text.toString())) child.kill('SIGKILL');
    });
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect([signal, listing(dir)]).toEqual(['SIGKILL', [expect.stringMatching(/^\.plumb-convert-\d+-[0-9a-f]{16}\.partial$/), 'hf']]);
    await makeCheckpoint(path.join(dir, 'small'));
    await convertCheckpoint({ sourceDir: path.join(dir, 'small'), targetPath, type: 'f32' });
    expect(listing(dir)).toEqual(['hf', 'out.gguf', 'small']);
  });

  const dead = '.plumb-convert-999999999-00112233445566aa.partial';

  it('is removed by the next one in the same folder', async () => {
    const { dir, sourceDir, targetPath } = await checkpoint();
    for (const name of [dead, 'notes.partial', '.plumb-convert-x.partial']) writeFileSync(path.join(dir, name), 'x');
    await convertCheckpoint({ sourceDir, targetPath, type: 'f32' });
    expect(listing(dir)).toEqual(['.plumb-convert-x.partial', 'hf', 'notes.partial', 'out.gguf']);
  });

  it('is left alone while another process may still be writing it', async () => {
    const dir = scratchDir();
    const living = path.join(dir, `.plumb-convert-${process.ppid}-00112233445566aa.partial`);
    writeFileSync(living, 'x');
    expect(await removeStalePartials(dir)).toEqual([]);
    const twoDaysAgo = Date.now() / 1000 - 2 * 24 * 3600;
    utimesSync(living, twoDaysAgo, twoDaysAgo);
    expect(await removeStalePartials(dir)).toEqual([path.basename(living)]);
  });

  it('is not confused with a conversion that runs beside in this process', async () => {
    const { dir, sourceDir, targetPath } = await checkpoint();
    const beside: Promise<unknown>[] = [];
    const onProgress = ({ phase }: ConversionProgress): void => {
      if (phase === 'writing' && beside.length === 0) beside.push(convertCheckpoint({ sourceDir, targetPath: path.join(dir, 'second.gguf'), type: 'bf16' }));
    };
    await convertCheckpoint({ sourceDir, targetPath, type: 'f32', onProgress });
    await Promise.all(beside);
    expect(listing(dir)).toEqual(['hf', 'out.gguf', 'second.gguf']);
  });
});

describe('the quantiser', () => {
  it('gets a lossless plain file, and its result is read back for the report', async () => {
    const seen: Record<string, unknown> = {};
    for (const format of ['F32', 'F16', 'BF16'] as const) {
      const { dir, sourceDir, targetPath } = await checkpoint({ format });
      const quantize: Quantize = async (source, target, options) => {
        seen[format] = (await readGgufHeader(source)).tensors[0]?.type.name;
        expect([options.type, existsSync(target)]).toEqual(['q4_k_m', false]);
        return copying(source, target, options);
      };
      const fractions: number[] = [];
      const report = await convertCheckpoint({ sourceDir, targetPath, type: 'q4_k_m', quantize, onProgress: ({ fraction }) => void fractions.push(fraction) });
      expect(report).toMatchObject({ type: 'q4_k_m', intermediateType: format.toLowerCase() });
      expect(report.tensors[0]).toMatchObject({ name: 'token_embd.weight', writtenType: format.toLowerCase(), fallback: `rows of 32 are not a multiple of 256: ${format.toLowerCase()} instead of q4_k` });
      expect(report.tensors.find((tensor) => tensor.name === 'output_norm.weight')).not.toHaveProperty('fallback');
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
      expect([fractions.at(-1), listing(dir)]).toEqual([1, ['hf', 'out.gguf']]);
    }
    expect(seen).toEqual({ F32: 'f32', F16: 'f16', BF16: 'bf16' });
  });

  it('that cannot start at all says so in its own words', async () => {
    const { dir, sourceDir, targetPath } = await checkpoint();
    const quantize: Quantize = () => Promise.reject(new AppError('engine_not_built', 'The engine is not built yet.'));
    expect(await messageOf(convertCheckpoint({ sourceDir, targetPath, type: 'q8_0', quantize }))).toBe('The engine is not built yet.');
    expect(listing(dir)).toEqual(['hf']);
  });

  it('that fails, writes rubbish or writes nothing leaves nothing behind', async () => {
    const { dir, sourceDir, targetPath } = await checkpoint();
    const failures: Quantize[] = [
      () => Promise.reject(new Error('unsupported')),
      async (_source, target) => {
        writeFileSync(target, 'GGUF, but not really');
        return Promise.resolve({ tensors: [] });
      },
      () => Promise.resolve({ tensors: [] }),
    ];
    for (const quantize of failures) {
      expect(await codeOf(convertCheckpoint({ sourceDir, targetPath, type: 'q8_0', quantize }))).toBe('convert_quantize_failed');
      expect(listing(dir)).toEqual(['hf']);
    }
  });
});
