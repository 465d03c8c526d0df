// Damages GGUF and safetensors files in 500 seeded ways each: the answer is always a result or a coded error, in bounded memory.
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../core/contract/errors.js';
import { convertCheckpoint } from '../../core/convert/convert.js';
import { readGgufHeader } from '../../core/convert/gguf-reader.js';
import { readGgufSummary } from '../../core/convert/gguf-summary.js';
import { openSafetensors } from '../../core/convert/safetensors.js';
import { makeCheckpoint, uniforms } from '../fixtures/make-checkpoint.js';

const SEEDS = 500;
/** Above what Node itself takes and what 500 files of 0.2 MB leave uncollected; an attack that worked would ask for gigabytes. */
const MAX_GROWTH_BYTES = 300 * 1024 * 1024;

const conversionCodes = ['safetensors_invalid', 'convert_truncated', 'convert_wrong_dtype', 'convert_bad_json', 'convert_bad_tokenizer', 'convert_bad_shape', 'convert_missing_tensor', 'convert_missing_shard', 'convert_missing_file', 'convert_unknown_architecture', 'convert_unknown_pretokenizer'];
const dir = mkdtempSync(path.join(tmpdir(), 'plumb-fuzz-'));
const checkpoint = path.join(dir, 'hf');
let gguf: Buffer;
let safetensors: Buffer;

beforeAll(async () => {
  await makeCheckpoint(checkpoint, { prelude: 1, core: 1, coda: 1 });
  await convertCheckpoint({ sourceDir: checkpoint, targetPath: path.join(dir, 'good.gguf'), type: 'f16' });
  gguf = readFileSync(path.join(dir, 'good.gguf'));
  safetensors = readFileSync(path.join(checkpoint, 'model.safetensors'));
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const absurd = [0n, 1n, 0x7fff_ffffn, 0xffff_ffffn, 1n << 40n, (1n << 53n) + 1n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n];

/** One to four kinds of damage, most of it in the header, where it matters. */
function damage(good: Buffer, headerBytes: number, seed: number): Buffer {
  const random = uniforms(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  let bytes = Buffer.from(good);
  for (let round = 0; round <= below(4); round++) {
    const limit = Math.max(9, Math.min(random() < 0.85 ? headerBytes : bytes.length, bytes.length));
    const at = below(limit - 8);
    switch (below(7)) {
      case 0:
        bytes = bytes.subarray(0, below(limit));
        break;
      case 1:
        for (let i = 0; i <= below(20); i++) bytes[below(limit)] = below(256);
        break;
      case 2:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
        break;
      case 3:
        if (at + 8 <= bytes.length) bytes.writeBigUInt64LE(absurd[below(absurd.length)] ?? 0n, at);
        break;
      case 4: // a piece of the file again, somewhere else
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(below(limit), below(bytes.length + 1)), bytes.subarray(at)]);
        break;
      case 5: // a piece cut out
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + below(64))]);
        break;
      default: // digits and structure of JSON and of counts
        bytes.write('0123456789{}[]",:-e'[below(19)] ?? '0', at);
    }
  }
  return bytes;
}

/** As JSON text, so that each use is a fresh value. "@deep" stands for 20,000 nested lists, which JSON.stringify could not write. */
const strange = ['null', 'true', '-1', '0', '0.5', '1e308', '9007199254740992', '""', '"x"', '"\\u0000"', '"../x"', '[]', '{}', '[[]]', '[1, 2, 3]', '{"toString": 1, "valueOf": 2}', '{"__proto__": 5}', `"${'y'.repeat(5000)}"`, '"@deep"'];

/** Replaces one to three values anywhere in a JSON document by strange ones, removes them, or doubles them. */
function disturb(good: string, seed: number): string {
  const random = uniforms(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const document = JSON.parse(good) as Record<string, unknown>;
  for (let round = 0; round <= below(3); round++) {
    let at = document;
    let key = '';
    for (let depth = 0; depth <= below(5); depth++) {
      const next = depth === 0 ? at : at[key];
      if (typeof next !== 'object' || next === null || Object.keys(next).length === 0) break;
      at = next as Record<string, unknown>;
      const keys = Object.keys(at);
      key = keys[below(keys.length)] as string;
    }
    if (key === '') continue;
    const kind = below(6);
    if (kind === 0) delete at[key];
    else if (kind === 1) at[`${key}2`] = structuredClone(at[key]);
    else at[key] = JSON.parse(strange[below(strange.length)] ?? '');
  }
  return JSON.stringify(document).replaceAll('"@deep"', '['.repeat(20_000) + ']'.repeat(20_000));
}

interface Tally {
  outcomes: Record<string, number>;
  /** Seeds whose error had no code, with the error. */
  wrong: string[];
  growthBytes: number;
  slowestMs: number;
}

async function fuzz(seeds: number, attempt: (seed: number) => Promise<string | void>): Promise<Tally> {
  const tally: Tally = { outcomes: {}, wrong: [], growthBytes: 0, slowestMs: 0 };
  const before = process.memoryUsage().rss;
  for (let seed = 1; seed <= seeds; seed++) {
    let outcome = 'ok';
    const started = performance.now();
    try {
      outcome = (await attempt(seed)) ?? 'ok';
    } catch (error) {
      outcome = error instanceof AppError ? error.code : 'no code';
      if (!(error instanceof AppError)) tally.wrong.push(`seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
    tally.outcomes[outcome] = (tally.outcomes[outcome] ?? 0) + 1;
    tally.slowestMs = Math.max(tally.slowestMs, performance.now() - started);
    tally.growthBytes = Math.max(tally.growthBytes, process.memoryUsage().rss - before);
  }
  console.log(JSON.stringify(tally.outcomes), `memory grew by at most ${Math.round(tally.growthBytes / 1e6)} MB, slowest ${Math.round(tally.slowestMs)} ms`);
  return tally;
}

/** The damage must do something, and not always the same, or the fuzz proves nothing. */
function expectGood(tally: Tally, codes: readonly string[]): void {
  expect(tally.wrong).toEqual([]);
  expect(Object.keys(tally.outcomes).filter((outcome) => outcome !== 'ok' && !codes.includes(outcome))).toEqual([]);
  expect(Object.values(tally.outcomes).filter((count) => count > 10).length).toBeGreaterThanOrEqual(2);
  expect(tally.growthBytes).toBeLessThan(MAX_GROWTH_BYTES);
}

describe('damaged files', () => {
  it('of GGUF give a summary or a coded error', async () => {
    const { tensors } = await readGgufHeader(path.join(dir, 'good.gguf'));
    const file = path.join(dir, 'bad.gguf');
    const tally = await fuzz(SEEDS, async (seed) => {
      writeFileSync(file, damage(gguf, tensors[0]?.position ?? 0, seed));
      await readGgufSummary(file);
    });
    expectGood(tally, ['gguf_invalid', 'gguf_truncated']);
  });

  it('of safetensors give a table or a coded error', async () => {
    const file = path.join(dir, 'bad.safetensors');
    const tally = await fuzz(SEEDS, async (seed) => {
      writeFileSync(file, damage(safetensors, 8 + Number(safetensors.readBigUInt64LE(0)), seed));
      const { handle } = await openSafetensors(file);
      await handle.close();
    });
    expectGood(tally, ['safetensors_invalid', 'convert_truncated', 'convert_wrong_dtype']);
  });

  it('of a whole checkpoint convert or end with a coded error, and leave nothing behind', async () => {
    const bad = path.join(dir, 'bad');
    const targetPath = path.join(dir, 'bad-out.gguf');
    await makeCheckpoint(bad, { prelude: 1, core: 1, coda: 1, shards: 2, head: 'same' });
    const names = readdirSync(bad).filter((name) => name !== 'bad-out.gguf');
    const good = new Map(names.map((name) => [name, readFileSync(path.join(bad, name))]));
    const tally = await fuzz(SEEDS, async (seed) => {
      const name = names[seed % names.length] as string;
      const original = good.get(name) as Buffer;
      const headerBytes = name.endsWith('.safetensors') ? 8 + Number(original.readBigUInt64LE(0)) : original.length;
      writeFileSync(path.join(bad, name), damage(original, headerBytes, 10_000 + seed));
      try {
        await convertCheckpoint({ sourceDir: bad, targetPath, type: 'bf16', overwrite: true });
        await readGgufSummary(targetPath);
      } finally {
        rmSync(targetPath, { force: true });
        writeFileSync(path.join(bad, name), original);
      }
    });
    expect(readdirSync(dir).filter((name) => name.startsWith('.plumb'))).toEqual([]);
    expectGood(tally, conversionCodes);
  });

  it('with strange values in valid JSON convert or end with a coded error', async () => {
    const bad = path.join(dir, 'strange');
    const targetPath = path.join(dir, 'strange-out.gguf');
    await makeCheckpoint(bad, { prelude: 1, core: 1, coda: 1, shards: 2 });
    const names = [...readdirSync(bad).filter((name) => name.endsWith('.json')), 'model-00001-of-00002.safetensors'];
    const tally = await fuzz(SEEDS / 2, async (seed) => {
      const file = path.join(bad, names[seed % names.length] as string);
      const original = readFileSync(file);
      if (file.endsWith('.json')) writeFileSync(file, disturb(original.toString('utf8'), seed));
      else {
        const dataStart = 8 + Number(original.readBigUInt64LE(0));
        const header = Buffer.from(disturb(original.toString('utf8', 8, dataStart), seed));
        const length = Buffer.alloc(8);
        length.writeBigUInt64LE(BigInt(header.length));
        writeFileSync(file, Buffer.concat([length, header, original.subarray(dataStart)]));
      }
      try {
        await convertCheckpoint({ sourceDir: bad, targetPath, type: 'f16', overwrite: true });
        await readGgufSummary(targetPath);
      } finally {
        rmSync(targetPath, { force: true });
        writeFileSync(file, original);
      }
    });
    expect(readdirSync(dir).filter((name) => name.startsWith('.plumb'))).toEqual([]);
    expectGood(tally, conversionCodes);
  });

  it('made of nothing but noise are refused', async () => {
    const file = path.join(dir, 'noise');
    const tally = await fuzz(100, async (seed) => {
      const random = uniforms(seed);
      const noise = Buffer.from(Array.from({ length: Math.floor(random() * 4096) }, () => Math.floor(random() * 256)));
      if (seed % 2 === 0) noise.write('GGUF\u0003\u0000\u0000\u0000', 0, 'latin1');
      writeFileSync(file, noise);
      if (seed % 3 === 0) await openSafetensors(file);
      else await readGgufSummary(file);
    });
    expect([tally.wrong, tally.outcomes['ok'] ?? 0]).toEqual([[], 0]);
  });

  it('are still the files they were made from (the fuzz starts from good ones)', async () => {
    copyFileSync(path.join(dir, 'good.gguf'), path.join(dir, 'again.gguf'));
    expect((await readGgufSummary(path.join(dir, 'again.gguf'))).recurrence?.coreBlocks).toBe(1);
  });
});
