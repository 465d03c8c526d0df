// Gives each test a folder of its own, and reads files back without the code under test.
/// <reference lib="esnext.float16" />
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gguf, type GGUFParseOutput } from '@huggingface/gguf';
import { afterEach } from 'vitest';
import { AppError } from '../../../core/contract/errors.js';

const made: string[] = [];

export function scratchDir(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'plumb-convert-'));
  made.push(dir);
  return dir;
}

afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** The code of the AppError a promise ends with; "no error" or the thrown thing otherwise. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'no error';
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
}

export async function messageOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'no error';
  } catch (error) {
    return error instanceof AppError ? error.message : String(error);
  }
}

export function listing(dir: string): string[] {
  return readdirSync(dir).sort();
}

export interface IndependentGguf {
  metadata: Record<string, unknown>;
  /** "f32 [192, 512]" by tensor name. */
  described: Record<string, string>;
  values(name: string): Float32Array;
}

const formatNames: Record<number, string> = { 0: 'f32', 1: 'f16', 30: 'bf16' };

/** Reads a plain GGUF with Hugging Face's own parser; values by DataView, one at a time. */
export async function readIndependently(file: string): Promise<IndependentGguf> {
  const parsed = (await gguf(file, { allowLocalFile: true })) as GGUFParseOutput<{ strict: false }>;
  const bytes = readFileSync(file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tensors = new Map(parsed.tensorInfos.map((info) => [info.name, info]));
  return {
    metadata: parsed.metadata as unknown as Record<string, unknown>,
    described: Object.fromEntries(parsed.tensorInfos.map((info) => [info.name, `${formatNames[info.dtype]} [${info.shape.join(', ')}]`])),
    values(name) {
      const info = tensors.get(name);
      if (info === undefined) throw new Error(`no tensor ${name}`);
      const at = Number(parsed.tensorDataOffset + info.offset);
      const count = Number(info.shape.reduce((a, b) => a * b, 1n));
      const format = formatNames[info.dtype];
      return Float32Array.from({ length: count }, (_, i) => {
        if (format === 'f32') return view.getFloat32(at + 4 * i, true);
        return format === 'f16' ? view.getFloat16(at + 2 * i, true) : widened(view.getUint16(at + 2 * i, true));
      });
    },
  };
}

const word = new DataView(new ArrayBuffer(4));

function widened(bf16: number): number {
  word.setUint32(0, bf16 << 16);
  return word.getFloat32(0);
}

/** The nearest BF16 by trying both neighbours; ties go to the even one. */
export function nearestBf16(value: number): number {
  word.setFloat32(0, value);
  const below = word.getUint32(0) >>> 16;
  const [low, high] = [widened(below), widened(below + 1)];
  const [toLow, toHigh] = [Math.abs(value - low), Math.abs(value - high)];
  return toLow < toHigh || (toLow === toHigh && below % 2 === 0) ? low : high;
}

/** Values of one F32 tensor of a safetensors file. */
export function readF32(file: string, name: string): Float32Array {
  const bytes = readFileSync(file);
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  const entry = (JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes)) as Record<string, { data_offsets: [number, number] }>)[name];
  if (entry === undefined) throw new Error(`no tensor ${name}`);
  return new Float32Array(Uint8Array.from(bytes.subarray(8 + headerBytes + entry.data_offsets[0], 8 + headerBytes + entry.data_offsets[1])).buffer);
}
