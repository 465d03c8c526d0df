// Decides, from an open checkpoint and without writing, everything a conversion will contain.
import path from 'node:path';
import { findChatTemplate, stripGenerationTags } from './chat-template.js';
import type { Checkpoint } from './checkpoint.js';
import { readHuginnConfig, requireHuginn, type HuginnConfig } from './huginn-config.js';
import { planOutputHead, planTensors, refuseRetrofitted, type PlannedTensor } from './huginn-tensors.js';
import { sameValues, type BlockBuffers } from './tensor-stream.js';
import { readTokenizer, type GgufTokenizer } from './tokenizer.js';

export interface ModelPlan {
  config: HuginnConfig;
  tokenizer: GgufTokenizer;
  chatTemplate: string | undefined;
  tensors: readonly PlannedTensor[];
  /** Numbers in the planned tensors that are the model's own: the zero third of the biases does not count. */
  parameterCount: number;
  warnings: readonly string[];
}

/**
 * Plans a checkpoint. A separate output head equal to the embedding is dropped; `headBytes` limits how much of the two is compared.
 * Errors: those of the parts, see huginn-config.ts, huginn-tensors.ts, tokenizer.ts.
 */
export async function planModel(checkpoint: Checkpoint, buffers: BlockBuffers, signal?: AbortSignal, headBytes?: number): Promise<ModelPlan> {
  requireHuginn(checkpoint.config);
  refuseRetrofitted(checkpoint.tensors);
  const config = readHuginnConfig(checkpoint.config, path.basename(path.resolve(checkpoint.dir)));
  const tensors = planTensors(checkpoint.tensors, config);
  const embedding = tensors[0] as PlannedTensor;
  const tokenizer = readTokenizer(checkpoint, embedding.shape[1] as number);
  const head = planOutputHead(checkpoint.tensors, config);
  if (head !== undefined && !(await sameValues(embedding.source, head.source, buffers, signal, headBytes))) tensors.push(head);
  const template = findChatTemplate(checkpoint.chatTemplateFile, checkpoint.tokenizerConfig);
  return {
    config,
    tokenizer,
    chatTemplate: template === undefined ? undefined : stripGenerationTags(template),
    tensors,
    parameterCount: tensors.reduce((sum, { shape, zeroTail }) => sum + shape.reduce((product, size) => product * size, 1) - (zeroTail ?? 0), 0),
    warnings: [...config.warnings, ...tokenizer.warnings, ...(template === undefined ? ['The checkpoint has no chat template.'] : [])],
  };
}
