// Opens a Hugging Face folder: its configuration files (sizes capped) and the headers of all its shards.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.js';
import { isFile, isFolder, isRecord, readJsonObject, readText, systemCode } from './bounded-file.js';
import { openSafetensors, type SafetensorsEntry, type SafetensorsFile } from './safetensors.js';
import { shown } from './untrusted-text.js';

const MiB = 1024 * 1024;
/** Room for the largest vocabularies in use (256k tokens: about 35 MB of tokenizer.json). */
const MAX_TOKENIZER_BYTES = 40 * MiB;
const MAX_JSON_BYTES = 8 * MiB;
const MAX_SHARDS = 1024;

export interface CheckpointTensor extends SafetensorsEntry {
  shard: SafetensorsFile;
}

export interface Checkpoint {
  dir: string;
  config: Record<string, unknown>;
  tokenizer: Record<string, unknown>;
  tokenizerConfig: Record<string, unknown>;
  /** Empty when the folder has none. */
  generationConfig: Record<string, unknown>;
  specialTokens: Record<string, unknown>;
  /** chat_template.jinja, which newer exporters write instead of a key in tokenizer_config.json. */
  chatTemplateFile: string | undefined;
  shards: readonly SafetensorsFile[];
  tensors: ReadonlyMap<string, CheckpointTensor>;
  close(): Promise<void>;
}

/**
 * Opens a checkpoint folder; close() gives its file handles back.
 * Errors: convert_missing_file, convert_missing_shard, convert_missing_tensor, convert_truncated, convert_bad_json, safetensors_invalid, file_unreadable.
 */
export async function openCheckpoint(dir: string): Promise<Checkpoint> {
  if (!(await isFolder(dir))) throw new AppError('convert_missing_file', `There is no folder ${dir}. Choose the folder of a downloaded model.`, dir);
  const config = await readJsonObject(path.join(dir, 'config.json'), MAX_JSON_BYTES);
  const tokenizer = await readJsonObject(path.join(dir, 'tokenizer.json'), MAX_TOKENIZER_BYTES);
  const optional = async (name: string): Promise<Record<string, unknown>> =>
    (await isFile(path.join(dir, name))) ? readJsonObject(path.join(dir, name), MAX_JSON_BYTES) : {};
  const tokenizerConfig = await optional('tokenizer_config.json');
  const generationConfig = await optional('generation_config.json');
  const specialTokens = await optional('special_tokens_map.json');
  const templateFile = path.join(dir, 'chat_template.jinja');
  const chatTemplateFile = (await isFile(templateFile)) ? await readText(templateFile, MAX_JSON_BYTES) : undefined;

  const { files, weightMap } = await findShards(dir);
  const shards: SafetensorsFile[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(shards.map((shard) => shard.handle.close()));
  };
  try {
    for (const file of files) shards.push(await openSafetensors(path.join(dir, file)));
    const tensors = collectTensors(shards, weightMap);
    return { dir, config, tokenizer, tokenizerConfig, generationConfig, specialTokens, chatTemplateFile, shards, tensors, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface ShardList {
  files: string[];
  /** Tensor name to file name; empty for a single file. */
  weightMap: ReadonlyMap<string, string>;
}

/** As transformers does: one model.safetensors wins over an index. */
async function findShards(dir: string): Promise<ShardList> {
  if (await isFile(path.join(dir, 'model.safetensors'))) return { files: ['model.safetensors'], weightMap: new Map() };
  if (await isFile(path.join(dir, 'model.safetensors.index.json'))) {
    const weightMap = readWeightMap(await readJsonObject(path.join(dir, 'model.safetensors.index.json'), MAX_JSON_BYTES));
    const files = [...new Set(weightMap.values())].sort();
    if (files.length > MAX_SHARDS) throw badIndex(`it names ${files.length} files`);
    return { files, weightMap };
  }
  throw new AppError('convert_missing_file', await missingWeightsMessage(dir), dir);
}

function readWeightMap(index: Record<string, unknown>): Map<string, string> {
  if (!isRecord(index['weight_map'])) throw badIndex('it has no "weight_map"');
  const map = new Map<string, string>();
  for (const [tensor, file] of Object.entries(index['weight_map'])) {
    // A bare file name only: anything with a separator could point outside the folder.
    if (typeof file !== 'string' || !/^[A-Za-z0-9_][A-Za-z0-9._-]{0,200}\.safetensors$/.test(file)) {
      throw badIndex(`${shown(file)} is not a plain safetensors file name`);
    }
    map.set(tensor, file);
  }
  if (map.size === 0) throw badIndex('it names no tensors');
  return map;
}

function collectTensors(shards: readonly SafetensorsFile[], weightMap: ReadonlyMap<string, string>): Map<string, CheckpointTensor> {
  const tensors = new Map<string, CheckpointTensor>();
  for (const shard of shards) {
    for (const entry of shard.entries.values()) {
      const other = tensors.get(entry.name);
      if (other !== undefined) {
        throw new AppError('safetensors_invalid', `The tensor ${shown(entry.name)} is in two files, ${path.basename(other.shard.file)} and ${path.basename(shard.file)}. Remove the one that does not belong to this checkpoint.`, shard.file);
      }
      tensors.set(entry.name, { ...entry, shard });
    }
  }
  for (const [name, file] of weightMap) {
    const found = tensors.get(name);
    if (found === undefined || path.basename(found.shard.file) !== file) {
      throw new AppError('convert_missing_tensor', `The index promises the tensor ${shown(name)} in ${file}, but it is not there. Download that file again.`, file);
    }
  }
  return tensors;
}

async function missingWeightsMessage(dir: string): Promise<string> {
  let names: string[] = [];
  try {
    names = await readdir(dir);
  } catch (error) {
    // Only the wording of the message depends on the listing.
    if (systemCode(error) === '') throw error;
  }
  if (names.some((name) => /\.(bin|pt|pth|ckpt)$/.test(name))) {
    return 'This folder has its weights as Python pickles. Plumb reads safetensors only: download the safetensors files of this model.';
  }
  if (names.some((name) => name.endsWith('.safetensors'))) {
    return 'The file model.safetensors.index.json is missing. Download it into the folder with the shards and try again.';
  }
  return 'This folder has no model.safetensors and no model.safetensors.index.json. Choose the folder of a downloaded model.';
}

function badIndex(why: string): AppError {
  return new AppError('convert_bad_json', `The file model.safetensors.index.json cannot be used: ${why}. Download it again.`, why);
}
