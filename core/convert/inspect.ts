// Looks at a checkpoint folder without writing anything: what it is, and how large each type would become.
import type { RecurrenceInfo } from '../contract/recurrence.js';
import { stepsLimit } from '../contract/recurrence.js';
import { openCheckpoint } from './checkpoint.js';
import { withPlainShards } from './compressed-shards.js';
import { planModel, type ModelPlan } from './model-plan.js';
import { estimateBytes, outputTypes, type OutputType } from './output-types.js';
import type { PreTokenizer } from './pre-tokenizer.js';
import { allocateBlocks } from './tensor-stream.js';

export interface CheckpointSummary {
  architecture: 'huginn';
  name: string;
  parameterCount: number;
  vocabularySize: number;
  contextLength: number;
  recurrence: RecurrenceInfo & { stateStd: number };
  preTokenizer: PreTokenizer;
  hasChatTemplate: boolean;
  /** Sum of all shards. */
  sourceBytes: number;
  shardCount: number;
  /** Number formats of the weights with their tensor counts, for example {F32: 84}. */
  sourceFormats: Readonly<Record<string, number>>;
  /** Estimated file size of each type; within 1 % for f32, f16 and bf16, an upper bound for the others. */
  outputBytes: Readonly<Record<OutputType, number>>;
  warnings: readonly string[];
}

/** Only this much of a separate output head is compared with the embedding: enough to tell two matrices apart, instant on any disk. */
const HEAD_BYTES = 8 * 1024 * 1024;

/** Reads headers and configuration only. Errors: the same as convertCheckpoint before it starts to write. */
export async function inspectCheckpoint(dir: string): Promise<CheckpointSummary> {
  return withPlainShards(dir, inspectPlain);
}

async function inspectPlain(dir: string): Promise<CheckpointSummary> {
  const checkpoint = await openCheckpoint(dir);
  try {
    const plan = await planModel(checkpoint, allocateBlocks(), undefined, HEAD_BYTES);
    const { config, tokenizer } = plan;
    const sourceFormats: Record<string, number> = {};
    for (const { sourceFormat } of plan.tensors) sourceFormats[sourceFormat] = (sourceFormats[sourceFormat] ?? 0) + 1;
    return {
      architecture: 'huginn',
      name: config.name,
      parameterCount: plan.parameterCount,
      vocabularySize: tokenizer.tokens.length,
      contextLength: config.contextLength,
      recurrence: {
        preludeBlocks: config.nPrelude,
        coreBlocks: config.nCore,
        codaBlocks: config.nCoda,
        stepsDefault: config.stepsDefault,
        stepsMin: stepsLimit.min,
        stepsMax: stepsLimit.max,
        notches: [...config.stepNotches],
        stateStd: config.stateStd,
      },
      preTokenizer: tokenizer.preTokenizer,
      hasChatTemplate: plan.chatTemplate !== undefined,
      sourceBytes: checkpoint.shards.reduce((sum, shard) => sum + shard.sizeBytes, 0),
      shardCount: checkpoint.shards.length,
      sourceFormats,
      outputBytes: estimateAll(plan),
      warnings: plan.warnings,
    };
  } finally {
    await checkpoint.close();
  }
}

function estimateAll(plan: ModelPlan): Record<OutputType, number> {
  // Keys, tensor list, tokens and merges with their lengths: a few per cent of a tiny model and nothing of a large one.
  const texts = [...plan.tokenizer.tokens, ...plan.tokenizer.merges, plan.chatTemplate ?? ''];
  const headerBytes = 3072 + 80 * plan.tensors.length + texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 12, 0);
  return Object.fromEntries(outputTypes.map((type) => [type, headerBytes + estimateBytes(type, plan.tensors)])) as Record<OutputType, number>;
}
