// Turns a reference folder into a GGUF file in a temporary folder: F32 weights, or the vocabulary alone when there are none.
import { open, readFile, rm, stat, writeFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../contract/errors.js';
import { findChatTemplate, stripGenerationTags } from '../../convert/chat-template.js';
import { expandShards, hasCompressedShards } from '../../convert/compressed-shards.js';
import { convertCheckpoint } from '../../convert/convert.js';
import { readGgufHeader } from '../../convert/gguf-reader.js';
import { layOutGguf, type GgufEntry } from '../../convert/gguf-writer.js';
import { readTokenizer } from '../../convert/tokenizer.js';

export interface ReferenceModel {
  path: string;
  hasWeights: boolean;
  /** A row-major F32 tensor of the file, flat. */
  tensor(name: string): Promise<Float32Array>;
  remove(): Promise<void>;
}

/** Errors: those of the converter. The caller removes the model. */
export async function makeReferenceModel(dir: string, onProgress: (fraction: number) => void): Promise<ReferenceModel> {
  const temporary = await mkdtemp(join(tmpdir(), 'plumb-parity-'));
  const path = join(temporary, 'model.gguf');
  const remove = (): Promise<void> => rm(temporary, { recursive: true, force: true });
  try {
    const hasWeights = await exists(join(dir, 'config.json'));
    if (hasWeights) {
      const compressed = await hasCompressedShards(dir);
      const sourceDir = compressed ? join(temporary, 'checkpoint') : dir;
      if (compressed) await expandShards(dir, sourceDir);
      await convertCheckpoint({ sourceDir, targetPath: path, type: 'f32', onProgress: ({ fraction }) => onProgress(fraction) });
    } else {
      await writeVocabulary(dir, path);
    }
    return { path, hasWeights, tensor: (name) => readTensor(path, name), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A GGUF of a tokenizer alone: enough for the engine to read and write text. */
async function writeVocabulary(dir: string, path: string): Promise<void> {
  const required = await readJson(join(dir, 'tokenizer.json'));
  if (required === null) throw new AppError('convert_missing_file', 'There is neither config.json nor tokenizer.json in this folder.', dir);
  const optional = async (name: string): Promise<Record<string, unknown>> => (await readJson(join(dir, name))) ?? {};
  const tokenizerConfig = await optional('tokenizer_config.json');
  const files = { tokenizer: required, tokenizerConfig, generationConfig: await optional('generation_config.json'), specialTokens: await optional('special_tokens_map.json') };
  const tokenizer = readTokenizer(files, countTokens(required));
  const template = findChatTemplate(undefined, tokenizerConfig);
  const ids = [['bos', tokenizer.bosId], ['eos', tokenizer.eosId], ['eot', tokenizer.eotId], ['padding', tokenizer.padId]] as const;
  const entries: GgufEntry[] = [
    ['general.architecture', 'string', 'huginn'],
    ['general.name', 'string', 'vocabulary'],
    ['tokenizer.ggml.model', 'string', 'gpt2'],
    ['tokenizer.ggml.pre', 'string', tokenizer.preTokenizer],
    ['tokenizer.ggml.tokens', 'strings', tokenizer.tokens],
    ['tokenizer.ggml.token_type', 'i32s', tokenizer.types],
    ['tokenizer.ggml.merges', 'strings', tokenizer.merges],
    ...ids.flatMap(([role, id]): GgufEntry[] => (id === undefined ? [] : [[`tokenizer.ggml.${role}_token_id`, 'u32', id]])),
    ['tokenizer.ggml.add_bos_token', 'bool', false],
    ...(template === undefined ? [] : [['tokenizer.chat_template', 'string', stripGenerationTags(template)] satisfies GgufEntry]),
  ];
  await writeFile(path, layOutGguf(entries, []).header);
}

/** One more than the highest id in use. */
function countTokens(tokenizer: Record<string, unknown>): number {
  const model = tokenizer['model'] as { vocab?: Record<string, number> } | undefined;
  const added = (tokenizer['added_tokens'] as { id: number }[] | undefined) ?? [];
  return 1 + [...Object.values(model?.vocab ?? {}), ...added.map(({ id }) => id)].reduce((highest, id) => Math.max(highest, id), -1);
}

async function readTensor(path: string, name: string): Promise<Float32Array> {
  const tensor = (await readGgufHeader(path)).tensors.find((one) => one.name === name);
  if (tensor?.type.name.toLowerCase() !== 'f32') throw new AppError('convert_missing_tensor', `There is no F32 tensor ${name} in the converted file.`);
  const file = await open(path);
  try {
    const data = new Uint8Array(tensor.sizeBytes);
    await file.read(data, 0, data.length, tensor.position);
    return new Float32Array(data.buffer);
  } finally {
    await file.close();
  }
}

async function readJson(path: string): Promise<Record<string, unknown> | null> {
  return (await exists(path)) ? (JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>) : null;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}
