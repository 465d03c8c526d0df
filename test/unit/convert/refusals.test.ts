// Every bad checkpoint is refused with its own code, before anything is written, in words a person can act on.
import { mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { convertCheckpoint } from '../../../core/convert/convert.js';
import { inspectCheckpoint } from '../../../core/convert/inspect.js';
import { makeCheckpoint, writeSafetensors, type SyntheticOptions, type SyntheticTensor } from '../../fixtures/make-checkpoint.js';
import { codeOf, listing, messageOf, scratchDir } from './scratch.js';

interface Outcome {
  code: string;
  message: string;
}

/** Makes a checkpoint, damages it, and converts and inspects it. */
async function outcome(options: SyntheticOptions, damage: (dir: string) => void | Promise<void> = () => undefined): Promise<Outcome> {
  const dir = scratchDir();
  const hf = path.join(dir, 'hf');
  await makeCheckpoint(hf, options);
  await damage(hf);
  const convert = (): Promise<unknown> => convertCheckpoint({ sourceDir: hf, targetPath: path.join(dir, 'out.gguf'), type: 'f32' });
  const code = await codeOf(convert());
  expect(await codeOf(inspectCheckpoint(hf))).toBe(code);
  expect(listing(dir)).toEqual(['hf']);
  return { code, message: await messageOf(convert()) };
}

const editIndex = (change: (weightMap: Record<string, unknown>) => void) => (dir: string): void => {
  const file = path.join(dir, 'model.safetensors.index.json');
  const index = JSON.parse(readFileSync(file, 'utf8')) as { weight_map: Record<string, unknown> };
  change(index.weight_map);
  writeFileSync(file, JSON.stringify(index));
};
const withConfig = (config: Record<string, unknown>): SyntheticOptions => ({ config });
const editTensors = (edit: (tensors: Map<string, SyntheticTensor>) => void): SyntheticOptions => ({ edit });
const tensor = (dtype: string, ...shape: number[]): SyntheticTensor => ({ dtype, shape, values: undefined });

describe('files', () => {
  it('names the file that is missing', async () => {
    for (const name of ['config.json', 'tokenizer.json', 'model.safetensors']) {
      const { code, message } = await outcome({}, (dir) => rmSync(path.join(dir, name)));
      expect([name, code, message.includes(name)]).toEqual([name, 'convert_missing_file', true]);
    }
  });

  it('says when the folder itself is not there, or is a file', async () => {
    const file = path.join(scratchDir(), 'weights.safetensors');
    writeFileSync(file, '');
    for (const dir of [file, `${file}-nowhere`]) expect(await messageOf(inspectCheckpoint(dir))).toBe(`There is no folder ${dir}. Choose the folder of a downloaded model.`);
  });

  it('says that pickled weights are not read', async () => {
    const { message } = await outcome({}, (dir) => renameSync(path.join(dir, 'model.safetensors'), path.join(dir, 'pytorch_model.bin')));
    expect(message).toMatch(/pickles.*safetensors/);
  });

  it('names the shard that is missing', async () => {
    const { code, message } = await outcome({ shards: 3 }, (dir) => rmSync(path.join(dir, 'model-00002-of-00003.safetensors')));
    expect([code, message]).toEqual(['convert_missing_shard', expect.stringContaining('model-00002-of-00003.safetensors')]);
  });

  it('asks for the index when only shards are there', async () => {
    const { code, message } = await outcome({ shards: 2 }, (dir) => rmSync(path.join(dir, 'model.safetensors.index.json')));
    expect([code, message]).toEqual(['convert_missing_file', expect.stringContaining('index.json')]);
  });

  it('recognises a truncated shard, wherever it is cut', async () => {
    for (const keep of [4, 100, -1]) {
      const { code } = await outcome({}, (dir) => {
        const file = path.join(dir, 'model.safetensors');
        truncateSync(file, keep > 0 ? keep : readFileSync(file).length + keep);
      });
      expect([keep, code]).toEqual([keep, 'convert_truncated']);
    }
  });

  it('refuses JSON that is broken, not an object or far too large', async () => {
    for (const content of ['{"model_type": ', '[1, 2]', `{"x": "${'a'.repeat(9 * 1024 * 1024)}"}`]) {
      expect((await outcome({}, (dir) => writeFileSync(path.join(dir, 'config.json'), content))).code).toBe('convert_bad_json');
    }
  });

  it('refuses a folder or a pipe in the place of a file', async () => {
    const { code } = await outcome({}, (dir) => {
      rmSync(path.join(dir, 'config.json'));
      mkdirSync(path.join(dir, 'config.json'));
    });
    expect(code).toBe('file_unreadable');
  });
});

describe('compressed shards', () => {
  it('that are damaged or cut short are refused', async () => {
    for (const damage of [(bytes: Buffer) => bytes.fill(255, 50, 90), (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)]) {
      const { code, message } = await outcome({}, (dir) => {
        const file = path.join(dir, 'model.safetensors');
        writeFileSync(`${file}.br`, damage(brotliCompressSync(readFileSync(file), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })));
        rmSync(file);
      });
      expect([code, message]).toEqual(['safetensors_invalid', expect.stringContaining('model.safetensors.br')]);
    }
  });
});

describe('the shard index', () => {
  it.each(['../secret.safetensors', '/etc/passwd', 'sub/model.safetensors', '..\\x.safetensors', 'model.bin', '.safetensors', 'a\u0000.safetensors', 7])('does not follow %j out of the folder', async (file) => {
    const { code } = await outcome({ shards: 2 }, editIndex((weightMap) => void (weightMap['transformer.ln_f.weight'] = file)));
    expect(code).toBe('convert_bad_json');
  });

  it('is compared with the shards', async () => {
    const moved = await outcome({ shards: 2 }, editIndex((weightMap) => void (weightMap['transformer.ln_f.weight'] = 'model-00001-of-00002.safetensors')));
    const promised = await outcome({ shards: 2 }, editIndex((weightMap) => void (weightMap['more.weight'] = 'model-00001-of-00002.safetensors')));
    expect([moved.code, promised.code]).toEqual(['convert_missing_tensor', 'convert_missing_tensor']);
  });

  it('may not name two files that hold the same tensor', async () => {
    const { code } = await outcome({ shards: 2 }, (dir) => writeSafetensors(path.join(dir, 'model-00002-of-00002.safetensors'), new Map([['transformer.wte.weight', tensor('F32', 320, 32)]])));
    expect(code).toBe('safetensors_invalid');
  });
});

describe('tensors', () => {
  it('must all be there', async () => {
    for (const name of ['transformer.wte.weight', 'transformer.core_block.1.norm_3.weight', 'transformer.coda.0.attn.qk_bias', 'transformer.ln_f.weight']) {
      const { code, message } = await outcome(editTensors((tensors) => void tensors.delete(name)));
      expect([code, message]).toEqual(['convert_missing_tensor', expect.stringContaining(name)]);
    }
  });

  it('must have the shape that config.json asks for', async () => {
    const { code, message } = await outcome(editTensors((tensors) => void tensors.set('transformer.coda.0.mlp.fc.weight', tensor('F32', 48, 32))));
    expect([code, message]).toEqual(['convert_bad_shape', expect.stringMatching(/\[48, 32\].*\[96, 32\]/)]);
    expect((await outcome(withConfig({ intermediate_size: 64 }))).code).toBe('convert_bad_shape');
    expect((await outcome(withConfig({ vocab_size: 400, padded_vocab_size: 400 }))).code).toBe('convert_bad_shape');
  });

  it('must be F32, F16 or BF16', async () => {
    for (const dtype of ['F64', 'I8']) {
      const { code, message } = await outcome(editTensors((tensors) => void tensors.set('transformer.ln_f.weight', tensor(dtype, 32))));
      expect([code, message]).toEqual(['convert_wrong_dtype', expect.stringContaining(dtype)]);
    }
    expect((await outcome(editTensors((tensors) => void tensors.set('transformer.ln_f.weight', tensor('F4_NEW', 32))))).code).toBe('convert_wrong_dtype');
  });

  it('may not include any that Huginn does not have', async () => {
    const { code, message } = await outcome(editTensors((tensors) => void tensors.set('transformer.prelude.0.attn.lora.weight', tensor('F32', 4))));
    expect([code, message]).toEqual(['convert_unknown_architecture', expect.stringContaining('lora')]);
    expect((await outcome(withConfig({ n_layers_in_recurrent_block: 1 }))).code).toBe('convert_unknown_architecture');
  });
});

describe('architectures', () => {
  it('other than Huginn are named', async () => {
    const { code, message } = await outcome(withConfig({ model_type: 'ouro', architectures: ['OuroForCausalLM'] }));
    expect([code, message]).toEqual(['convert_unknown_architecture', expect.stringContaining('"ouro"')]);
  });

  it('retrofitted with recurrence are recognised although they use the same names', async () => {
    const llama = await outcome({ ...editTensors((tensors) => void [...tensors.keys()].filter((name) => /norm_[34]|qk_bias/.test(name)).forEach((name) => tensors.delete(name))), config: { qk_bias: false } });
    const olmo = await outcome(editTensors((tensors) => {
      [...tensors.keys()].filter((name) => /norm_[34]|qk_bias/.test(name)).forEach((name) => tensors.delete(name));
      tensors.set('transformer.core_block.0.attn.q_norm.weight', tensor('F32', 32));
    }));
    expect([llama.code, llama.message, olmo.code, olmo.message]).toEqual(['convert_unknown_architecture', expect.stringMatching(/Llama layers.*retrofitted/), 'convert_unknown_architecture', expect.stringContaining('OLMo')]);
  });

  it('with settings that change the mathematics are refused', async () => {
    const settings = [{ bias: true }, { qk_bias: false }, { injection_type: 'add' }, { norm_class_name: 'LayerNorm' }, { rope_scaling: { factor: 2 } }, { num_key_value_heads: 1 }, { n_heads: 3 }, { n_embd: 32.5 }, { mean_recurrence: 200 }, { mean_recurrence: '32' }, { norm_eps: -1 }, { head_dim: 8 }, { plumb_step_notches: [4, 2] }, { block_size: 0 }, { vocab_size: 1e12 }];
    for (const config of settings) {
      const { code } = await outcome(withConfig(config));
      expect([config, code]).toEqual([config, 'convert_unknown_architecture']);
    }
  });
});

describe('safetensors headers that attack', () => {
  /** A file with this header text and `dataBytes` of data; `claimed` replaces the true header length. */
  const fileWith = (header: string, dataBytes: number, claimed?: bigint) => (dir: string): void => {
    const json = Buffer.from(header);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(claimed ?? BigInt(json.length));
    writeFileSync(path.join(dir, 'model.safetensors'), Buffer.concat([length, json, Buffer.alloc(dataBytes)]));
  };
  const entry = (shape: unknown, offsets: unknown, dtype = 'F32'): string => JSON.stringify({ dtype, shape, data_offsets: offsets });

  it.each([
    ['a length of 2^64 - 1', '{}', 0, 0xffff_ffff_ffff_ffffn],
    ['a length of 9 MiB', '{}', 0, 9n * 1024n * 1024n],
    ['a length of 0', '{}', 0, 0n],
    ['text that is not JSON', '{"a": ', 0, undefined],
    ['a list', '[]', 0, undefined],
    ['an entry that is not an object', '{"a": 5}', 0, undefined],
    ['offsets that are negative', `{"a": ${entry([1], [-4, 0])}}`, 4, undefined],
    ['offsets that are fractions', `{"a": ${entry([1], [0.5, 4.5])}}`, 4, undefined],
    ['offsets beyond 2^53', `{"a": ${entry([2 ** 51], [0, 2 ** 53])}}`, 4, undefined],
    ['a range that does not match the shape', `{"a": ${entry([2], [0, 4])}}`, 4, undefined],
    ['a shape whose product overflows', `{"a": ${entry([2 ** 40, 2 ** 40], [0, 8])}}`, 8, undefined],
    ['nine dimensions', `{"a": ${entry([1, 1, 1, 1, 1, 1, 1, 1, 1], [0, 4])}}`, 4, undefined],
    ['tensors that overlap', `{"a": ${entry([2], [0, 8])}, "b": ${entry([1], [4, 8])}}`, 8, undefined],
    ['a gap between tensors', `{"a": ${entry([1], [0, 4])}, "b": ${entry([1], [8, 12])}}`, 12, undefined],
    ['a name used twice', `{"a": ${entry([1], [0, 4])}, "a": ${entry([1], [4, 8])}}`, 8, undefined],
    ['bytes after the last tensor', `{"a": ${entry([1], [0, 4])}}`, 8, undefined],
  ])('are refused: %s', async (_what, header, dataBytes, claimed) => {
    expect((await outcome({}, fileWith(header, dataBytes, claimed))).code).toBe('safetensors_invalid');
  });

  it('are refused for a tensor called __proto__ like for any other unknown one', async () => {
    expect((await outcome({}, fileWith(`{"__proto__": ${entry([1], [0, 4])}}`, 4))).code).toBe('convert_missing_tensor');
  });
});

describe('the output', () => {
  it('must have a known type, and a quantiser when the type needs one', async () => {
    const dir = scratchDir();
    await makeCheckpoint(path.join(dir, 'hf'));
    const options = { sourceDir: path.join(dir, 'hf'), targetPath: path.join(dir, 'out.gguf') };
    expect(await codeOf(convertCheckpoint({ ...options, type: 'q9_9' as 'f32' }))).toBe('convert_unknown_type');
    expect(await messageOf(convertCheckpoint({ ...options, type: 'q4_k_m' }))).toMatch(/needs the engine's quantiser/);
  });

  it('must go to a folder that exists', async () => {
    const dir = scratchDir();
    await makeCheckpoint(path.join(dir, 'hf'));
    expect(await codeOf(convertCheckpoint({ sourceDir: path.join(dir, 'hf'), targetPath: path.join(dir, 'nowhere/out.gguf'), type: 'f32' }))).toBe('file_unwritable');
  });
});
