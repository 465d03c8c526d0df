// Builds the GGUF metadata of a converted Huginn checkpoint: the keys agreed with the engine.
import type { GgufEntry } from './gguf-writer.js';
import type { HuginnConfig } from './huginn-config.js';
import { stepsLimit } from '../contract/recurrence.js';
import type { GgufTokenizer } from './tokenizer.js';

export interface MetadataSources {
  config: HuginnConfig;
  tokenizer: GgufTokenizer;
  chatTemplate: string | undefined;
  generationConfig: Record<string, unknown>;
  /** general.file_type; the quantiser replaces it in its own output. */
  fileType: number;
  parameterCount: number;
}

/** Entries in file order, without the counts that the writer adds. */
export function buildMetadata({ config, tokenizer, chatTemplate, generationConfig, fileType, parameterCount }: MetadataSources): GgufEntry[] {
  const entries: GgufEntry[] = [
    ['general.architecture', 'string', 'huginn'],
    ['general.type', 'string', 'model'],
    ['general.name', 'string', config.name],
    ['general.size_label', 'string', sizeLabel(parameterCount)],
    ['general.file_type', 'u32', fileType],
    ['general.quantization_version', 'u32', 2],
    ['huginn.context_length', 'u32', config.contextLength],
    ['huginn.embedding_length', 'u32', config.nEmbd],
    ['huginn.feed_forward_length', 'u32', config.nFeedForward],
    ['huginn.vocab_size', 'u32', tokenizer.tokens.length],
    ['huginn.block_count', 'u32', config.nPrelude + config.nCore + config.nCoda],
    ['huginn.attention.head_count', 'u32', config.nHead],
    ['huginn.attention.head_count_kv', 'u32', config.nHead],
    ['huginn.attention.layer_norm_rms_epsilon', 'f32', config.rmsEpsilon],
    ['huginn.rope.freq_base', 'f32', config.ropeBase],
    ['huginn.rope.dimension_count', 'u32', config.headSize],
    ['huginn.embedding_scale', 'f32', config.embeddingScale],
    ['huginn.recurrence.prelude_block_count', 'u32', config.nPrelude],
    ['huginn.recurrence.core_block_count', 'u32', config.nCore],
    ['huginn.recurrence.coda_block_count', 'u32', config.nCoda],
    ['huginn.recurrence.step_count', 'u32', config.stepsDefault],
    ['huginn.recurrence.step_count_min', 'u32', stepsLimit.min],
    ['huginn.recurrence.step_count_max', 'u32', stepsLimit.max],
    ['huginn.recurrence.step_notches', 'u32s', config.stepNotches],
    ['huginn.recurrence.state_std', 'f32', config.stateStd],
    ...samplingEntries(generationConfig),
    ['tokenizer.ggml.model', 'string', 'gpt2'],
    ['tokenizer.ggml.pre', 'string', tokenizer.preTokenizer],
    ['tokenizer.ggml.tokens', 'strings', tokenizer.tokens],
    ['tokenizer.ggml.token_type', 'i32s', tokenizer.types],
    ['tokenizer.ggml.merges', 'strings', tokenizer.merges],
  ];
  const ids = [['bos', tokenizer.bosId], ['eos', tokenizer.eosId], ['eot', tokenizer.eotId], ['padding', tokenizer.padId]] as const;
  for (const [role, id] of ids) if (id !== undefined) entries.push([`tokenizer.ggml.${role}_token_id`, 'u32', id]);
  // The chat template writes the first token itself; the reference never adds an end token to a prompt.
  entries.push(['tokenizer.ggml.add_bos_token', 'bool', false], ['tokenizer.ggml.add_eos_token', 'bool', false]);
  if (chatTemplate !== undefined) entries.push(['tokenizer.chat_template', 'string', chatTemplate]);
  return entries;
}

/** The checkpoint's recommended sampling, under llama.cpp's keys (llama-arch.cpp, LLM_KV_GENERAL_SAMPLING_*). */
function samplingEntries(generation: Record<string, unknown>): GgufEntry[] {
  if (generation['do_sample'] === false) return [];
  const keys = [['temperature', 'temp', 'f32'], ['top_p', 'top_p', 'f32'], ['min_p', 'min_p', 'f32'], ['top_k', 'top_k', 'i32'], ['repetition_penalty', 'penalty_repeat', 'f32']] as const;
  return keys.flatMap(([from, to, type]): GgufEntry[] => {
    const value = generation[from];
    return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value < 2 ** 31 ? [[`general.sampling.${to}`, type, value]] : [];
  });
}

/** "3.6B", "4.2M", as the field writes sizes. */
export function sizeLabel(parameterCount: number): string {
  const [scale, letter] = parameterCount >= 1e9 ? [1e9, 'B'] : parameterCount >= 1e6 ? [1e6, 'M'] : [1e3, 'K'];
  return `${(parameterCount / (scale as number)).toFixed(1).replace(/\.0$/, '')}${letter}`;
}
