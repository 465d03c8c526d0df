// Maps Huginn's checkpoint tensors to GGUF tensors, and accounts for every one of them.
import path from 'node:path';
import { AppError } from '../contract/errors.js';
import type { CheckpointTensor } from './checkpoint.js';
import type { HuginnConfig } from './huginn-config.js';
import { isFloatFormat, type FloatFormat } from './number-formats.js';
import { shown } from './untrusted-text.js';

/** One tensor of the GGUF to be, and where its numbers come from. */
export interface PlannedTensor {
  name: string;
  source: CheckpointTensor;
  sourceFormat: FloatFormat;
  /** ggml order: row length first. */
  shape: readonly number[];
  /** Norms and biases stay F32 in every file. */
  isVector: boolean;
  /** Takes only columns `from`..`to` of source rows `of` numbers long. */
  columns?: { from: number; to: number; of: number };
  /** Zeros after the source's numbers. */
  zeroTail?: number;
}

type Tensors = ReadonlyMap<string, CheckpointTensor>;

/**
 * Refuses models of the same class name that hold other blocks: Llama or OLMo layers retrofitted with recurrence.
 * They lack norm_3, norm_4 and qk_bias. Errors: convert_unknown_architecture.
 */
export function refuseRetrofitted(tensors: Tensors): void {
  const names = [...tensors.keys()];
  const has = (part: string): boolean => names.some((name) => name.startsWith('transformer.') && name.endsWith(part));
  if (!has('.norm_1.weight') || ((has('.norm_3.weight') || has('.norm_4.weight') || has('.attn.qk_bias')) && !has('.attn.q_norm.weight'))) return;
  const parent = has('.attn.q_norm.weight') ? 'OLMo' : 'Llama';
  throw new AppError('convert_unknown_architecture', `This model says it is Huginn, but its layers are ${parent} layers that were given recurrence afterwards (no norm_3, norm_4 or qk_bias). Plumb cannot convert retrofitted models yet.`, `retrofitted ${parent}`);
}

/**
 * All GGUF tensors but the output head, in file order: embedding, adapter, blocks (prelude, core, coda), final norm.
 * Errors: convert_missing_tensor, convert_bad_shape, convert_wrong_dtype, convert_unknown_architecture (tensors nobody asked for).
 */
export function planTensors(tensors: Tensors, config: HuginnConfig): PlannedTensor[] {
  const { nEmbd: d, nFeedForward: ff, nHead, headSize } = config;
  const used = new Set(['freqs_cis', 'lm_head.weight']);
  const plan: PlannedTensor[] = [];
  /** `torchShape` as in the checkpoint; `shape` defaults to its reverse. */
  const add = (name: string, sourceName: string, torchShape: readonly number[], change: Partial<PlannedTensor> = {}): void => {
    used.add(sourceName);
    plan.push({ ...plannedTensor(tensors, name, sourceName, torchShape), ...change });
  };
  add('token_embd.weight', 'transformer.wte.weight', [vocabularySize(tensors, config), d]);
  add('adapter_state.weight', 'transformer.adapter.weight', [d, 2 * d], { shape: [d, d], columns: { from: 0, to: d, of: 2 * d } });
  add('adapter_embd.weight', 'transformer.adapter.weight', [d, 2 * d], { shape: [d, d], columns: { from: d, to: 2 * d, of: 2 * d } });
  const stages = [['prelude', config.nPrelude], ['core_block', config.nCore], ['coda', config.nCoda]] as const;
  let block = 0;
  for (const [stage, count] of stages) {
    for (let i = 0; i < count; i++, block++) {
      const from = `transformer.${stage}.${i}`;
      const to = `blk.${block}`;
      add(`${to}.attn_norm.weight`, `${from}.norm_1.weight`, [d]);
      add(`${to}.attn_qkv.weight`, `${from}.attn.Wqkv.weight`, [3 * d, d]);
      // Two rows of biases, q then k; v has none, so its third is zero.
      add(`${to}.attn_qkv.bias`, `${from}.attn.qk_bias`, [2, 1, nHead, headSize], { shape: [3 * d], isVector: true, zeroTail: d });
      add(`${to}.attn_output.weight`, `${from}.attn.proj.weight`, [d, d]);
      add(`${to}.post_attention_norm.weight`, `${from}.norm_2.weight`, [d]);
      add(`${to}.ffn_norm.weight`, `${from}.norm_3.weight`, [d]);
      add(`${to}.ffn_up.weight`, `${from}.mlp.fc.weight`, [2 * ff, d]);
      add(`${to}.ffn_down.weight`, `${from}.mlp.proj.weight`, [d, ff]);
      add(`${to}.post_ffw_norm.weight`, `${from}.norm_4.weight`, [d]);
    }
  }
  add('output_norm.weight', 'transformer.ln_f.weight', [d]);
  const unknown = [...tensors.keys()].filter((name) => !used.has(name));
  if (unknown.length > 0) {
    throw new AppError('convert_unknown_architecture', `This checkpoint holds ${unknown.length} tensors that Huginn does not have, such as ${unknown.slice(0, 3).map(shown).join(', ')}. It is another model, or config.json belongs to another checkpoint.`, unknown.slice(0, 20).map(shown).join(', '));
  }
  return plan;
}

/** The separate output head, or undefined when the checkpoint has none. Errors: convert_missing_tensor, convert_bad_shape, convert_wrong_dtype. */
export function planOutputHead(tensors: Tensors, config: HuginnConfig): PlannedTensor | undefined {
  if (!tensors.has('lm_head.weight') && config.tied) return undefined;
  return plannedTensor(tensors, 'output.weight', 'lm_head.weight', [vocabularySize(tensors, config), config.nEmbd]);
}

/** Rows of the embedding: the padded size or the plain one, whichever the tensor has. */
function vocabularySize(tensors: Tensors, config: HuginnConfig): number {
  const rows = tensors.get('transformer.wte.weight')?.shape[0];
  return config.vocabularySizes.find((size) => size === rows) ?? (config.vocabularySizes[0] as number);
}

function plannedTensor(tensors: Tensors, name: string, sourceName: string, torchShape: readonly number[]): PlannedTensor {
  const source = tensors.get(sourceName);
  if (source === undefined) {
    throw new AppError('convert_missing_tensor', `The tensor ${sourceName} is missing from this checkpoint. Check that all its files are downloaded.`, sourceName);
  }
  const file = path.basename(source.shard.file);
  if (source.shape.join() !== torchShape.join()) {
    throw new AppError('convert_bad_shape', `The tensor ${sourceName} in ${file} has the shape [${source.shape.join(', ')}], but config.json asks for [${torchShape.join(', ')}]. The two files do not belong together.`, sourceName);
  }
  if (!isFloatFormat(source.dtype)) {
    throw new AppError('convert_wrong_dtype', `The tensor ${sourceName} in ${file} has the number format ${source.dtype}. Plumb converts F32, F16 and BF16 checkpoints.`, sourceName);
  }
  return { name, source, sourceFormat: source.dtype, shape: [...torchShape].reverse(), isVector: torchShape.length === 1 };
}
