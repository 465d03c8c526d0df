// Converts a Hugging Face folder of Huginn to one GGUF file: streaming, atomic, stoppable.
import path from 'node:path';
import { AppError } from '../contract/errors.js';
import { openCheckpoint } from './checkpoint.js';
import { withPlainShards } from './compressed-shards.js';
import { readGgufHeader, type GgufHeader } from './gguf-reader.js';
import type { PlannedTensor } from './huginn-tensors.js';
import { planModel } from './model-plan.js';
import type { FloatFormat } from './number-formats.js';
import { estimateBytes, fallbackReason, isOutputType, isPlainType, type OutputType, type PlainType, type QuantizedType } from './output-types.js';
import { discardPartial, freeBytes, noSpace, pathExists, publishPartial, removeStalePartials, reservePartial, targetExists } from './partial-file.js';
import { layOutPlain, losslessType, writePlain } from './plain-gguf.js';
import { allocateBlocks, throwIfAborted } from './tensor-stream.js';
import { shown } from './untrusted-text.js';

/** llama.cpp's quantiser, supplied by whoever has an engine. `signal` may be ignored; then a stop takes effect when it returns. */
export type Quantize = (
  source: string,
  target: string,
  options: { type: QuantizedType; nThreads?: number; onTensor?: (tensor: unknown) => void; signal?: AbortSignal },
) => Promise<{ tensors: readonly { name: string; type: string }[] }>;

export interface ConversionProgress {
  phase: 'reading' | 'writing' | 'quantising' | 'finishing';
  /** GGUF name of the tensor in hand; empty between tensors. */
  tensor: string;
  /** 0 to 1 over the whole conversion, never falling. */
  fraction: number;
}

export interface ConversionOptions {
  sourceDir: string;
  targetPath: string;
  type: OutputType;
  /** Needed for every type but f32, f16 and bf16. */
  quantize?: Quantize;
  nThreads?: number;
  /** Replaces an existing target, in one step at the end. */
  overwrite?: boolean;
  onProgress?: (progress: ConversionProgress) => void;
  signal?: AbortSignal;
  /** For tests: bytes free in a folder. */
  freeBytes?: (dir: string) => Promise<number>;
}

export interface TensorReport {
  name: string;
  /** Name in the checkpoint. */
  source: string;
  sourceFormat: FloatFormat;
  /** ggml order: row length first. */
  shape: readonly number[];
  /** ggml's name in lower case. */
  writtenType: string;
  /** Why it is not the requested type: rows that do not fill its blocks. */
  fallback?: string;
  /** NaN and infinite values in the checkpoint. */
  nonFinite: number;
}

export interface ConversionReport {
  targetPath: string;
  type: OutputType;
  /** The plain type written first when the quantiser was used; the checkpoint's own, so nothing is lost before it. */
  intermediateType?: PlainType;
  sizeBytes: number;
  parameterCount: number;
  tensors: readonly TensorReport[];
  warnings: readonly string[];
  durationMs: number;
}

/** Room for the header's rounding and the file system's own bookkeeping. */
const SPARE_BYTES = 16 * 1024 * 1024;

/**
 * Converts. The target appears complete or not at all; on any error and on abort, nothing is left behind.
 * Errors: convert_* and safetensors_invalid for the checkpoint; convert_target_exists, convert_no_space, file_unwritable for the target; convert_aborted.
 */
export async function convertCheckpoint(options: ConversionOptions): Promise<ConversionReport> {
  return withPlainShards(options.sourceDir, (sourceDir) => convertPlain({ ...options, sourceDir }));
}

async function convertPlain(options: ConversionOptions): Promise<ConversionReport> {
  const started = performance.now();
  const targetPath = path.resolve(options.targetPath);
  const dir = path.dirname(targetPath);
  requireQuantizer(options);
  const available = await (options.freeBytes ?? freeBytes)(dir);
  if (options.overwrite !== true && (await pathExists(targetPath))) throw targetExists(targetPath);
  await removeStalePartials(dir);
  throwIfAborted(options.signal);
  const report = progressReporter(options);
  report('reading', '', 0);

  const checkpoint = await openCheckpoint(options.sourceDir);
  const plainPartial = reservePartial(targetPath);
  const quantizedPartial = reservePartial(targetPath);
  try {
    const buffers = allocateBlocks();
    const plan = await planModel(checkpoint, buffers, options.signal);
    const plainType = isPlainType(options.type) ? options.type : losslessType(plan);
    const layout = layOutPlain(plan, plainType, checkpoint.generationConfig);
    const needed = layout.fileBytes + (isPlainType(options.type) ? 0 : estimateBytes(options.type, plan.tensors)) + SPARE_BYTES;
    if (needed > available) throw noSpace(dir, needed, available);

    const share = isPlainType(options.type) ? 1 : 0.5;
    const nonFinite = await writePlain({ plan, layout, type: plainType, file: plainPartial, buffers, signal: options.signal, onBlock: (tensor, fraction) => report('writing', tensor, fraction * share) });
    let finished = plainPartial;
    let written = await readGgufHeader(plainPartial);
    if (!isPlainType(options.type)) {
      written = await runQuantizer(options, options.type, { source: plainPartial, target: quantizedPartial, tensorCount: plan.tensors.length }, report);
      finished = quantizedPartial;
      await discardPartial(plainPartial);
    }
    throwIfAborted(options.signal);
    report('finishing', '', 1);
    const types = new Map(written.tensors.map((tensor) => [tensor.name, tensor.type.name]));
    const tensors = plan.tensors.map((tensor, i) => reportTensor(tensor, options.type, types.get(tensor.name), nonFinite[i] ?? 0));
    await publishPartial(finished, targetPath, options.overwrite === true);
    return {
      targetPath,
      type: options.type,
      ...(plainType === options.type ? {} : { intermediateType: plainType }),
      sizeBytes: written.fileBytes,
      parameterCount: plan.parameterCount,
      tensors,
      warnings: [...plan.warnings, ...tensors.filter((tensor) => tensor.nonFinite > 0).map((tensor) => `${tensor.source} holds ${tensor.nonFinite} values that are not finite numbers.`)],
      durationMs: performance.now() - started,
    };
  } finally {
    await checkpoint.close();
    await discardPartial(plainPartial);
    await discardPartial(quantizedPartial);
  }
}

type Report = (phase: ConversionProgress['phase'], tensor: string, fraction: number) => void;

function progressReporter({ onProgress }: ConversionOptions): Report {
  let reached = 0;
  return (phase, tensor, fraction) => {
    reached = Math.max(reached, Math.min(1, fraction));
    onProgress?.({ phase, tensor, fraction: reached });
  };
}

/** Types come from the command line too, so the union alone is no guard. */
function requireQuantizer({ type, quantize }: ConversionOptions): void {
  if (!isOutputType(type)) throw new AppError('convert_unknown_type', `The type ${shown(type)} is not known. Use f32, f16, bf16, q8_0, q6_k, q5_k_m, q4_k_m, q4_0 or another of llama.cpp's types.`);
  if (!isPlainType(type) && quantize === undefined) throw new AppError('convert_unknown_type', `The type ${type} needs the engine's quantiser, which is not available here. Build the engine first, or convert to f16 or bf16.`);
}

/** Quantises one finished file into another and reads the result back. Errors: convert_aborted, convert_no_space, convert_quantize_failed, and whatever AppError the quantiser throws. */
async function runQuantizer(options: ConversionOptions, type: QuantizedType, files: { source: string; target: string; tensorCount: number }, report: Report): Promise<GgufHeader> {
  const { quantize, nThreads, signal } = options;
  if (quantize === undefined) throw new Error('checked by requireQuantizer');
  throwIfAborted(signal);
  report('quantising', '', 0.5);
  let done = 0;
  const onTensor = (): void => report('quantising', '', 0.5 + (0.5 * ++done) / files.tensorCount);
  try {
    await quantize(files.source, files.target, { type, onTensor, ...(nThreads === undefined ? {} : { nThreads }), ...(signal === undefined ? {} : { signal }) });
    return await readGgufHeader(files.target);
  } catch (error) {
    throwIfAborted(signal);
    // The engine's own errors say more; only a result that cannot be read back is the quantiser's failure.
    if (error instanceof AppError && !['gguf_invalid', 'gguf_truncated', 'model_missing'].includes(error.code)) throw error;
    const free = await (options.freeBytes ?? freeBytes)(path.dirname(files.target));
    if (free < SPARE_BYTES) throw noSpace(path.dirname(files.target), SPARE_BYTES, free);
    const why = error instanceof Error ? error.message : String(error);
    throw new AppError('convert_quantize_failed', `The weights could not be converted to ${type}: ${why.slice(0, 300)}. Try another type, such as q8_0 or bf16.`, why, { cause: error });
  }
}

function reportTensor({ name, source, sourceFormat, shape, isVector }: PlannedTensor, type: OutputType, writtenType: string | undefined, nonFinite: number): TensorReport {
  if (writtenType === undefined) throw new AppError('convert_quantize_failed', `The tensor ${name} is missing from the finished file. Try another type.`, name);
  const fallback = isVector ? undefined : fallbackReason(type, shape[0] ?? 1, writtenType);
  return { name, source: source.name, sourceFormat, shape, writtenType, ...(fallback === undefined ? {} : { fallback }), nonFinite };
}
