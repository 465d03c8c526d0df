// Owns the smallest GGUF files that describe a model: a header and no tensors.
import { writeFileSync } from 'node:fs';

type Value = string | number | readonly string[] | readonly number[];

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
};
function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
const f32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
};

function entry(key: string, value: Value): Buffer {
  if (typeof value === 'string') return Buffer.concat([text(key), u32(8), text(value)]);
  if (typeof value === 'number') return Buffer.concat([text(key), ...(Number.isInteger(value) ? [u32(4), u32(value)] : [u32(6), f32(value)])]);
  const strings = typeof value[0] === 'string';
  return Buffer.concat([text(key), u32(9), u32(strings ? 8 : 4), u64(value.length), ...value.map((each) => (typeof each === 'string' ? text(each) : u32(each)))]);
}

const vocabulary: Record<string, Value> = { 'tokenizer.ggml.model': 'gpt2', 'tokenizer.ggml.tokens': ['a', 'b'] };
const huginn: Record<string, Value> = {
  'general.architecture': 'huginn', 'general.name': 'Tiny', 'general.file_type': 0, 'huginn.context_length': 256, 'huginn.block_count': 8,
  'huginn.recurrence.prelude_block_count': 2, 'huginn.recurrence.core_block_count': 4, 'huginn.recurrence.coda_block_count': 2,
  'huginn.recurrence.step_count': 8, 'huginn.recurrence.step_count_min': 1, 'huginn.recurrence.step_count_max': 128,
  'huginn.recurrence.step_notches': [1, 4, 8, 16], 'huginn.recurrence.state_std': 0.6325,
};

/** Writes a file that says it is a huginn model; `metadata` adds or replaces, `vocabulary: false` leaves the tokens out. */
export function writeTinyGguf(path: string, options: { metadata?: Record<string, Value>; vocabulary?: boolean } = {}): string {
  const metadata = { ...huginn, ...(options.vocabulary === false ? {} : vocabulary), ...options.metadata };
  const entries = Object.entries(metadata).map(([key, value]) => entry(key, value));
  writeFileSync(path, Buffer.concat([Buffer.from('GGUF'), u32(3), u64(0), u64(entries.length), ...entries]));
  return path;
}
