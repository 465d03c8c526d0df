// Reads what a reference folder expects: the manifest, lists in JSON files, tensors in safetensors files.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../contract/errors.js';
import { openSafetensors, type SafetensorsFile } from '../../convert/safetensors.js';

const caseSchema = z.looseObject({
  group: z.string(),
  id: z.string(),
  file: z.string(),
  tensor: z.string().optional(),
  state_tensor: z.string().optional(),
  logits_file: z.string().optional(),
  /** "file.json:path.to.list". */
  input_ids: z.string().optional(),
  num_steps: z.number().int().positive().optional(),
  initial_state: z.string().optional(),
  shape: z.array(z.number()).optional(),
  tolerance: z.unknown(),
});
export type ExpectedCase = z.infer<typeof caseSchema>;

const tolerancesSchema = z.looseObject({ f32_weights_f32_kv: z.looseObject({ logits_atol: z.number().default(5e-3), latents_atol: z.number().default(1e-3) }) });

export interface Expected {
  cases: ExpectedCase[];
  /** Limits for cases that name none themselves. */
  limits: { logits: number; latents: number };
  json(file: string): Promise<unknown>;
  /** A list by its reference, "file.json:path.to.list". */
  list(reference: string): Promise<number[]>;
  /** Row by row. */
  tensor(file: string, name: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Cases of a folder without a manifest: those whose files are there. */
const unlisted = [
  { group: 'tokenizer', id: 'tokenizer', file: 'tokenizer_cases.json', tolerance: 'exact ids' },
  { group: 'chat-template', id: 'chat', file: 'chat_cases.json', tolerance: 'exact text and ids' },
] as const;

/** Errors: convert_missing_file, convert_bad_json; the readers' own later. */
export async function openExpected(dir: string): Promise<Expected> {
  const folder = join(dir, 'expected');
  const open = new Map<string, Promise<SafetensorsFile>>();
  const json = async (file: string): Promise<unknown> => {
    try {
      return JSON.parse(await readFile(join(folder, file), 'utf8'));
    } catch (error) {
      if (error instanceof SyntaxError) throw new AppError('convert_bad_json', `The file expected/${file} is not valid JSON.`, error.message);
      throw new AppError('convert_missing_file', `There is no file expected/${file} in this folder.`, dir);
    }
  };
  const exists = (file: string): Promise<boolean> => stat(join(folder, file)).then(() => true, () => false);

  let cases: ExpectedCase[] = [];
  let limits = { logits: 5e-3, latents: 1e-3 };
  if (await exists('manifest.json')) {
    const manifest = z.object({ cases: z.array(caseSchema), tolerances: tolerancesSchema.optional() }).safeParse(await json('manifest.json'));
    if (!manifest.success) throw new AppError('convert_bad_json', 'The manifest is not in the expected form.', z.prettifyError(manifest.error));
    cases = manifest.data.cases;
    const given = manifest.data.tolerances?.f32_weights_f32_kv;
    if (given) limits = { logits: given.logits_atol, latents: given.latents_atol };
  } else {
    for (const one of unlisted) if (await exists(one.file)) cases.push({ ...one });
    if (cases.length === 0) throw new AppError('convert_missing_file', 'This folder holds no expected results: expected/manifest.json is missing.', dir);
  }
  return {
    cases,
    limits,
    json,
    async list(reference) {
      const [file = '', path = ''] = reference.split(':');
      let value = await json(file);
      for (const part of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
      const list = z.array(z.number()).safeParse(value);
      if (!list.success) throw new AppError('convert_bad_json', `There is no list at ${reference}.`);
      return list.data;
    },
    async tensor(file, name) {
      if (!open.has(file)) open.set(file, openSafetensors(join(folder, file)));
      const { entries, handle } = await open.get(file)!;
      const entry = entries.get(name);
      if (entry?.dtype !== 'F32') throw new AppError('convert_missing_tensor', `There is no F32 tensor ${name} in expected/${file}.`);
      const data = new Uint8Array(entry.sizeBytes);
      await handle.read(data, 0, data.length, entry.position);
      return new Float32Array(data.buffer);
    },
    async close() {
      for (const file of open.values()) await file.then(({ handle }) => handle.close(), () => undefined);
    },
  };
}

/** The number in a case's tolerance, under any of these names. */
export function limitOf(tolerance: unknown, fallback: number): number {
  const parsed = z.looseObject({ atol: z.number().optional(), logits_atol: z.number().optional() }).safeParse(tolerance);
  return (parsed.success ? (parsed.data.atol ?? parsed.data.logits_atol) : undefined) ?? fallback;
}
