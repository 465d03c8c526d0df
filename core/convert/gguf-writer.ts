// Lays out a GGUF v3 file: header bytes from metadata and tensor list, and the position of every tensor.
import { GGUFValueType, serializeGgufMetadata } from '@huggingface/gguf';
import type { GgmlType } from './ggml-types.js';
import { tensorBytes } from './ggml-types.js';

type ScalarType = 'u32' | 'i32' | 'f32' | 'bool' | 'string';
type ListType = 'u32s' | 'i32s' | 'strings';

/** Key, type, value. */
export type GgufEntry = readonly [key: string, type: ScalarType | ListType, value: string | number | boolean | readonly string[] | readonly number[]];

export interface GgufTensor {
  name: string;
  /** ggml order: row length first. */
  shape: readonly number[];
  type: GgmlType;
}

export interface PlacedTensor {
  /** Absolute position in the file, a multiple of 32. */
  position: number;
  sizeBytes: number;
}

export interface GgufLayout {
  /** Everything before the tensor data, padded. */
  header: Uint8Array;
  /** In the order given. */
  tensors: PlacedTensor[];
  fileBytes: number;
}

const ALIGNMENT = 32;
const valueTypes = {
  u32: [GGUFValueType.UINT32], i32: [GGUFValueType.INT32], f32: [GGUFValueType.FLOAT32], bool: [GGUFValueType.BOOL], string: [GGUFValueType.STRING],
  u32s: [GGUFValueType.ARRAY, GGUFValueType.UINT32], i32s: [GGUFValueType.ARRAY, GGUFValueType.INT32], strings: [GGUFValueType.ARRAY, GGUFValueType.STRING],
} as const;

type TypedMetadata = Parameters<typeof serializeGgufMetadata>[0];

/**
 * Plans a file. Metadata bytes come from @huggingface/gguf; it does not write tensor lists, so they are written here.
 * Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. A tensor that does not fit its type's blocks is a bug.
 */
export function layOutGguf(entries: readonly GgufEntry[], tensors: readonly GgufTensor[]): GgufLayout {
  const metadata: Record<string, unknown> = {
    version: { value: 3, type: GGUFValueType.UINT32 },
    tensor_count: { value: BigInt(tensors.length), type: GGUFValueType.UINT64 },
    kv_count: { value: BigInt(entries.length), type: GGUFValueType.UINT64 },
  };
  for (const [key, kind, value] of entries) {
    const [type, subType] = valueTypes[kind];
    metadata[key] = subType === undefined ? { value, type } : { value, type, subType };
  }
  // Alignment 1: the tensor list follows the metadata without a gap; padding comes after it.
  const keyValues = serializeGgufMetadata(metadata as TypedMetadata, { alignment: 1 });
  const sizes = tensors.map((tensor) => sizeOf(tensor));
  const offsets: number[] = [];
  let dataBytes = 0;
  for (const sizeBytes of sizes) {
    offsets.push(dataBytes);
    dataBytes += padded(sizeBytes);
  }
  const list = Buffer.concat(tensors.map((tensor, i) => tensorRecord(tensor, offsets[i] as number)));
  const header = new Uint8Array(padded(keyValues.length + list.length));
  header.set(keyValues, 0);
  header.set(list, keyValues.length);
  return {
    header,
    tensors: sizes.map((sizeBytes, i) => ({ position: header.length + (offsets[i] as number), sizeBytes })),
    fileBytes: header.length + dataBytes,
  };
}

function tensorRecord({ name, shape, type }: GgufTensor, offset: number): Uint8Array {
  const nameBytes = Buffer.from(name, 'utf8');
  const record = Buffer.alloc(8 + nameBytes.length + 4 + 8 * shape.length + 4 + 8);
  let at = record.writeBigUInt64LE(BigInt(nameBytes.length), 0);
  at += nameBytes.copy(record, at);
  at = record.writeUInt32LE(shape.length, at);
  for (const size of shape) at = record.writeBigUInt64LE(BigInt(size), at);
  at = record.writeUInt32LE(type.id, at);
  record.writeBigUInt64LE(BigInt(offset), at);
  return record;
}

function sizeOf({ name, shape, type }: GgufTensor): number {
  const size = tensorBytes(type, shape[0] ?? 0, shape.reduce((product, dimension) => product * dimension, 1));
  if (size === undefined) throw new Error(`${name} does not fit blocks of ${type.name}`);
  return size;
}

function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
