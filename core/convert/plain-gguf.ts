// Writes a planned model as an f32, f16 or bf16 GGUF file.
import { open, type FileHandle } from 'node:fs/promises';
import { AppError } from '../contract/errors.js';
import { ggmlType } from './ggml-types.js';
import { layOutGguf, type GgufLayout } from './gguf-writer.js';
import type { PlannedTensor } from './huginn-tensors.js';
import { buildMetadata } from './metadata.js';
import type { ModelPlan } from './model-plan.js';
import { plainFileTypes, type PlainType } from './output-types.js';
import { writeError } from './partial-file.js';
import { copyTensor, writeAll, type BlockBuffers } from './tensor-stream.js';

const formats = { f32: 'F32', f16: 'F16', bf16: 'BF16' } as const;

/** The smallest plain type that holds every weight exactly; vectors are F32 anyway. */
export function losslessType(plan: ModelPlan): PlainType {
  const matrices = plan.tensors.filter((tensor) => !tensor.isVector);
  if (matrices.every((tensor) => tensor.sourceFormat === 'BF16')) return 'bf16';
  return matrices.every((tensor) => tensor.sourceFormat === 'F16') ? 'f16' : 'f32';
}

/** Norms and biases stay F32: they are small, and their rounding would be multiplied into everything. */
function typeOf(tensor: PlannedTensor, type: PlainType): PlainType {
  return tensor.isVector ? 'f32' : type;
}

export function layOutPlain(plan: ModelPlan, type: PlainType, generationConfig: Record<string, unknown>): GgufLayout {
  const entries = buildMetadata({ ...plan, generationConfig, fileType: plainFileTypes[type] });
  return layOutGguf(entries, plan.tensors.map((tensor) => ({ name: tensor.name, shape: tensor.shape, type: ggmlType(typeOf(tensor, type)) })));
}

export interface PlainJob {
  plan: ModelPlan;
  layout: GgufLayout;
  type: PlainType;
  /** Must not exist yet. */
  file: string;
  buffers: BlockBuffers;
  signal: AbortSignal | undefined;
  /** After each block: the tensor in hand and the part of the file that is written. */
  onBlock: (tensor: string, fraction: number) => void;
}

/**
 * Writes the file; publishPartial() syncs it. Returns the count of non-finite source values per tensor.
 * Errors: convert_overflow, convert_aborted, convert_truncated, convert_no_space, file_unreadable, file_unwritable. The caller removes the file then.
 */
export async function writePlain(job: PlainJob): Promise<number[]> {
  const { plan, layout, file, buffers, signal } = job;
  const handle = await create(file);
  try {
    await writeAll({ handle, file, position: 0 }, layout.header, 0);
    let writtenBytes = layout.header.length;
    const nonFinite: number[] = [];
    for (const [i, tensor] of plan.tensors.entries()) {
      const format = formats[typeOf(tensor, job.type)];
      const destination = { handle, file, position: layout.tensors[i]?.position ?? 0 };
      const counts = await copyTensor(tensor, format, destination, buffers, signal, (bytes) => {
        writtenBytes += bytes;
        job.onBlock(tensor.name, writtenBytes / layout.fileBytes);
      });
      if (counts.overflowed > 0) throw overflow(tensor, job.type, counts.overflowed);
      nonFinite.push(counts.nonFinite);
    }
    return nonFinite;
  } finally {
    await handle.close();
  }
}

async function create(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx');
  } catch (error) {
    throw writeError(file, error);
  }
}

/** An infinite weight would make every answer nonsense, so the conversion stops. */
function overflow({ source }: PlannedTensor, type: PlainType, count: number): AppError {
  const advice = type === 'f16' ? 'Choose bf16 or f32, which hold such values.' : 'Choose f32.';
  return new AppError('convert_overflow', `The tensor ${source.name} has ${count} values too large for ${type}. ${advice}`, source.name);
}
