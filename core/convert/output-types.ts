// Owns the types a conversion can write, what each gives a tensor, and how large the file becomes.
import { ggmlType, tensorBytes, type GgmlType } from './ggml-types.js';

export const plainTypes = ['f32', 'f16', 'bf16'] as const;
export type PlainType = (typeof plainTypes)[number];

/** Written by llama.cpp's quantiser. Types that need an importance matrix (iq1 to iq3) are left out. */
export const quantizedTypes = [
  'q8_0', 'q6_k', 'q5_k_m', 'q5_k_s', 'q5_1', 'q5_0', 'q4_k_m', 'q4_k_s', 'q4_1', 'q4_0', 'iq4_nl', 'iq4_xs', 'q3_k_l', 'q3_k_m', 'q3_k_s', 'q2_k',
] as const;
export type QuantizedType = (typeof quantizedTypes)[number];

export const outputTypes = [...plainTypes, ...quantizedTypes] as const;
export type OutputType = (typeof outputTypes)[number];

export function isOutputType(name: string): name is OutputType {
  return (outputTypes as readonly string[]).includes(name);
}

export function isPlainType(type: OutputType): type is PlainType {
  return (plainTypes as readonly string[]).includes(type);
}

/** llama.h, enum llama_ftype, the value of general.file_type. Names as llama.cpp prints them, without "mostly". */
const fileTypeNames = new Map<number, string>([
  [0, 'F32'], [1, 'F16'], [2, 'Q4_0'], [3, 'Q4_1'], [7, 'Q8_0'], [8, 'Q5_0'], [9, 'Q5_1'], [10, 'Q2_K'], [11, 'Q3_K_S'], [12, 'Q3_K_M'],
  [13, 'Q3_K_L'], [14, 'Q4_K_S'], [15, 'Q4_K_M'], [16, 'Q5_K_S'], [17, 'Q5_K_M'], [18, 'Q6_K'], [19, 'IQ2_XXS'], [20, 'IQ2_XS'], [21, 'Q2_K_S'],
  [22, 'IQ3_XS'], [23, 'IQ3_XXS'], [24, 'IQ1_S'], [25, 'IQ4_NL'], [26, 'IQ3_S'], [27, 'IQ3_M'], [28, 'IQ2_S'], [29, 'IQ2_M'], [30, 'IQ4_XS'],
  [31, 'IQ1_M'], [32, 'BF16'], [36, 'TQ1_0'], [37, 'TQ2_0'], [38, 'MXFP4_MOE'], [39, 'NVFP4'], [40, 'Q1_0'], [41, 'Q2_0'],
]);

/** general.file_type of a plain file. */
export const plainFileTypes: Readonly<Record<PlainType, number>> = { f32: 0, f16: 1, bf16: 32 };

/** llama.cpp's name of a general.file_type, or "unknown". */
export function fileTypeName(fileType: number): string {
  return fileTypeNames.get(fileType) ?? 'unknown';
}

/** The block format a quantised type is built on: "q4_k_m" is mostly "q4_k". */
function baseType(type: OutputType): GgmlType {
  return ggmlType(type.replace(/_k_[sml]$/, '_k'));
}

/** Narrower formats for rows that do not fill blocks of 256 (llama-quant.cpp, tensor_type_fallback). */
const narrower: Readonly<Record<string, string>> = { q2_k: 'q4_0', q3_k: 'q4_0', q4_k: 'q5_0', q5_k: 'q5_1', q6_k: 'q8_0', iq4_xs: 'iq4_nl' };

/** The format a matrix with rows of `rowLength` gets. llama.cpp's mixes give some tensors a better one. */
export function plannedType(type: OutputType, rowLength: number): GgmlType {
  const wanted = baseType(type);
  if (rowLength % wanted.blockLength === 0) return wanted;
  const fallback = ggmlType(narrower[wanted.name] ?? 'f16');
  return rowLength % fallback.blockLength === 0 ? fallback : ggmlType('f16');
}

/** Why a tensor did not get the requested format, or undefined when its rows fit. */
export function fallbackReason(type: OutputType, rowLength: number, written: string): string | undefined {
  const wanted = baseType(type);
  if (rowLength % wanted.blockLength === 0) return undefined;
  return `rows of ${rowLength} are not a multiple of ${wanted.blockLength}: ${written} instead of ${wanted.name}`;
}

export interface SizedTensor {
  name: string;
  /** ggml order: row length first. */
  shape: readonly number[];
  isVector: boolean;
}

/**
 * Bytes of the tensor data in a file of `type`, each tensor padded to 32. Exact for f32, f16, bf16.
 * An upper bound for quantised types: the embedding (also the output head) gets at least q6_k, and mixes give some layers more bits.
 */
export function estimateBytes(type: OutputType, tensors: readonly SizedTensor[]): number {
  // Measured on the small test checkpoint: the result is 0.1 to 15 % above the real size.
  const mixed = type === 'q3_k_l' ? 1.3 : /_k|^iq/.test(type) ? 1.15 : 1;
  return tensors.reduce((total, { name, shape, isVector }) => {
    if (isVector) return total + paddedBytes(ggmlType('f32'), shape);
    const bytes = paddedBytes(plannedType(type, shape[0] ?? 1), shape);
    if (isPlainType(type)) return total + bytes;
    const isTable = name === 'token_embd.weight' || name === 'output.weight';
    return total + (isTable ? Math.max(bytes, paddedBytes(plannedType('q6_k', shape[0] ?? 1), shape)) : Math.ceil(bytes * mixed));
  }, 0);
}

function paddedBytes(type: GgmlType, shape: readonly number[]): number {
  const count = shape.reduce((product, size) => product * size, 1);
  return Math.ceil((tensorBytes(type, shape[0] ?? 1, count) ?? count * 4) / 32) * 32;
}
