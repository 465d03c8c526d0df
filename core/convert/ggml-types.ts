// Owns the table of ggml's number formats: id in a GGUF file, numbers per block, bytes per block.
import type { FloatFormat } from './number-formats.js';

export interface GgmlType {
  id: number;
  /** ggml's name in lower case, for example "q4_k". */
  name: string;
  /** Numbers per block; a row's length must be a multiple of it. */
  blockLength: number;
  blockBytes: number;
}

/** ggml.h, enum ggml_type, and ggml-common.h for the sizes, at llama.cpp v0.5.0. */
const rows: readonly (readonly [id: number, name: string, blockLength: number, blockBytes: number])[] = [
  [0, 'f32', 1, 4], [1, 'f16', 1, 2], [2, 'q4_0', 32, 18], [3, 'q4_1', 32, 20], [6, 'q5_0', 32, 22], [7, 'q5_1', 32, 24],
  [8, 'q8_0', 32, 34], [9, 'q8_1', 32, 36], [10, 'q2_k', 256, 84], [11, 'q3_k', 256, 110], [12, 'q4_k', 256, 144],
  [13, 'q5_k', 256, 176], [14, 'q6_k', 256, 210], [15, 'q8_k', 256, 292], [16, 'iq2_xxs', 256, 66], [17, 'iq2_xs', 256, 74],
  [18, 'iq3_xxs', 256, 98], [19, 'iq1_s', 256, 50], [20, 'iq4_nl', 32, 18], [21, 'iq3_s', 256, 110], [22, 'iq2_s', 256, 82],
  [23, 'iq4_xs', 256, 136], [24, 'i8', 1, 1], [25, 'i16', 1, 2], [26, 'i32', 1, 4], [27, 'i64', 1, 8], [28, 'f64', 1, 8],
  [29, 'iq1_m', 256, 56], [30, 'bf16', 1, 2], [34, 'tq1_0', 256, 54], [35, 'tq2_0', 256, 66], [39, 'mxfp4', 32, 17],
  [40, 'nvfp4', 64, 36], [41, 'q1_0', 128, 18], [42, 'q2_0', 64, 18],
];

const types = rows.map(([id, name, blockLength, blockBytes]): GgmlType => ({ id, name, blockLength, blockBytes }));
const byId = new Map(types.map((type) => [type.id, type]));
const byName = new Map(types.map((type) => [type.name, type]));

/** undefined: a format newer than this table, or a removed one. */
export function ggmlTypeById(id: number): GgmlType | undefined {
  return byId.get(id);
}

/** `name` is one of the table's; anything else is a bug. */
export function ggmlType(name: string): GgmlType {
  const type = byName.get(name);
  if (type === undefined) throw new Error(`no ggml type ${name}`);
  return type;
}

export function ggmlTypeOf(format: FloatFormat): GgmlType {
  return ggmlType(format.toLowerCase());
}

/** Bytes of `count` numbers in rows of `rowLength`, or undefined when a row does not fill whole blocks. */
export function tensorBytes(type: GgmlType, rowLength: number, count: number): number | undefined {
  return rowLength % type.blockLength === 0 ? (count / type.blockLength) * type.blockBytes : undefined;
}
