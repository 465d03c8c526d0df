// Reads Huginn's config.json into checked numbers, and refuses configurations whose mathematics differ.
import { AppError } from '../contract/errors.js';
import { stepsLimit } from '../contract/recurrence.js';
import { isRecord } from './bounded-file.js';
import { shown } from './untrusted-text.js';

export interface HuginnConfig {
  name: string;
  /** Largest number of positions. */
  contextLength: number;
  nEmbd: number;
  nHead: number;
  /** nEmbd / nHead; rotary embedding covers all of it, adjacent pairs. */
  headSize: number;
  nFeedForward: number;
  /** Rows of the embedding, padding included. */
  vocabularySizes: readonly number[];
  nPrelude: number;
  nCore: number;
  nCoda: number;
  stepsDefault: number;
  stepNotches: readonly number[];
  rmsEpsilon: number;
  ropeBase: number;
  /** Multiplies the token embedding and the initial latent state. */
  embeddingScale: number;
  /** Standard deviation of one element of the initial latent state after scaling, before truncation at 3 sigma. */
  stateStd: number;
  tied: boolean;
  warnings: string[];
}

const defaultNotches = [1, 2, 4, 8, 16, 32, 64] as const;

/** Settings with only one supported value. Missing means that value. */
const fixedSettings: Readonly<Record<string, unknown>> = {
  bias: false, qk_bias: true, block_class_name: 'SandwichBlock', norm_class_name: 'RMSNorm_llama', mlp_class_name: 'GatedMLP',
  nonlin_name: 'SiLU', injection_type: 'linear', state_init: 'like-init', rope_scaling: null,
};

/** Refuses anything that is not a Huginn checkpoint by its config. Errors: convert_unknown_architecture. */
export function requireHuginn(config: Record<string, unknown>): void {
  const modelType = config['model_type'];
  const classes = Array.isArray(config['architectures']) ? (config['architectures'] as unknown[]) : [];
  if (modelType === 'huginn_raven' || (modelType === undefined && classes.includes('RavenForCausalLM'))) return;
  const found = shown(modelType ?? classes[0]);
  throw new AppError('convert_unknown_architecture', `This folder holds a model of the architecture ${found}. Plumb converts Huginn (huginn_raven); for other models look for a ready GGUF file.`, found);
}

/**
 * `folderName` names the model when config.json does not. Call after {@link requireHuginn} and after ruling out a retrofitted model.
 * Source of keys: raven_config_minimal.py. Errors: convert_unknown_architecture.
 */
export function readHuginnConfig(config: Record<string, unknown>, folderName: string): HuginnConfig {
  for (const [key, only] of Object.entries(fixedSettings)) {
    const value = config[key] ?? null;
    if (value !== null && value !== only) throw unsupported(`"${key}" is ${shown(value)}; only ${shown(only)} is supported`);
  }
  const nEmbd = integer(config, ['n_embd'], 1, 1 << 16);
  const nHead = integer(config, ['n_heads', 'num_attention_heads'], 1, 1 << 12);
  const headSize = nEmbd / nHead;
  if (!Number.isInteger(headSize) || headSize % 2 !== 0) throw unsupported(`"n_embd" ${nEmbd} cannot be divided into ${nHead} heads of an even size`);
  if (integer(config, ['num_key_value_heads'], 1, 1 << 12, nHead) !== nHead) throw unsupported('it groups key and value heads');
  if (integer(config, ['head_dim'], 1, 1 << 16, headSize) !== headSize) throw unsupported('"head_dim" is not n_embd / n_heads');
  const vocabulary = integer(config, ['vocab_size', 'padded_vocab_size'], 1, 1 << 20);
  const warnings = config['test_time_noise'] ? ['The reference adds noise to the latent state at test time ("test_time_noise"); Plumb does not.'] : [];
  return {
    name: modelName(config, folderName),
    contextLength: integer(config, ['block_size', 'max_position_embeddings'], 1, 1 << 24),
    nEmbd,
    nHead,
    headSize,
    nFeedForward: integer(config, ['intermediate_size'], 1, 1 << 20),
    vocabularySizes: [integer(config, ['padded_vocab_size'], 1, 1 << 20, vocabulary), vocabulary],
    nPrelude: integer(config, ['n_layers_in_prelude'], 1, 128),
    nCore: integer(config, ['n_layers_in_recurrent_block'], 1, 128),
    nCoda: integer(config, ['n_layers_in_coda'], 1, 128),
    stepsDefault: integer(config, ['mean_recurrence'], stepsLimit.min, stepsLimit.max),
    stepNotches: readNotches(config['plumb_step_notches']),
    rmsEpsilon: number(config, ['norm_eps'], 1e-12, 1),
    ropeBase: number(config, ['rope_base'], 1, 1e12),
    ...readScales(config['init_values'], nEmbd),
    tied: (config['tie_word_embeddings'] ?? config['tie_embeddings'] ?? true) !== false,
    warnings,
  };
}

/** init_values is what the reference was trained with; without it the reference computes the same from the width. */
function readScales(initValues: unknown, nEmbd: number): Pick<HuginnConfig, 'embeddingScale' | 'stateStd'> {
  const values = isRecord(initValues) ? initValues : {};
  const embeddingScale = number(values, ['embed_scale'], 0, 1e6, Math.sqrt(nEmbd));
  return { embeddingScale, stateStd: number(values, ['std'], 0, 1e6, Math.sqrt(2 / (5 * nEmbd))) * embeddingScale };
}

function readNotches(value: unknown): readonly number[] {
  if (value === undefined || value === null) return defaultNotches;
  const rising = (step: unknown, index: number, all: unknown[]): boolean =>
    Number.isInteger(step) && (step as number) >= stepsLimit.min && (step as number) <= stepsLimit.max && (index === 0 || (step as number) > (all[index - 1] as number));
  if (!Array.isArray(value) || value.length < 1 || value.length > 16 || !value.every(rising)) {
    throw unsupported(`"plumb_step_notches" must be 1 to 16 rising numbers from ${stepsLimit.min} to ${stepsLimit.max}`);
  }
  return value as number[];
}

function modelName(config: Record<string, unknown>, folderName: string): string {
  const given = [config['name'], config['_name_or_path']].find((value) => typeof value === 'string' && value !== '');
  const last = String(given ?? folderName).split(/[\\/]/).filter(Boolean).at(-1) ?? folderName;
  return last.slice(0, 120);
}

/** The first key present, as a number in range; `fallback` when none is. Several spellings exist of some keys. */
function number(config: Record<string, unknown>, keys: readonly string[], min: number, max: number, fallback?: number): number {
  const key = presentKey(config, keys);
  const value = key === undefined ? fallback : config[key];
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw unsupported(value === undefined ? `"${keys[0]}" is missing` : `"${key}" is ${shown(value)}, outside ${min} to ${max}`);
  }
  return value;
}

function presentKey(config: Record<string, unknown>, keys: readonly string[]): string | undefined {
  return keys.find((key) => (config[key] ?? null) !== null);
}

function integer(config: Record<string, unknown>, keys: readonly string[], min: number, max: number, fallback?: number): number {
  const value = number(config, keys, min, max, fallback);
  if (!Number.isInteger(value)) throw unsupported(`"${presentKey(config, keys)}" is ${value}, not a whole number`);
  return value;
}

function unsupported(why: string): AppError {
  return new AppError('convert_unknown_architecture', `This variant of Huginn cannot be converted: in config.json ${why}.`, why);
}
