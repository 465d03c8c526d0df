// plumb bench --compare: the options of a comparison, and where its result goes.
import { readFile, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { AppError } from '../contract/errors.js';
import { compare } from './bench/comparison.js';
import { comparisonPage, withSection } from './bench/page.js';
import { root } from './engine.js';

const modelKinds = ['built-in', 'synthetic'] as const;

export function modelNames(text: string): ('built-in' | 'synthetic')[] {
  const names = text.split(',');
  if (!names.every((name) => modelKinds.some((kind) => kind === name))) throw new InvalidArgumentError(`Choose from: ${modelKinds.join(', ')}.`);
  return modelKinds.filter((kind) => names.includes(kind));
}

export interface CompareOptions {
  models: ('built-in' | 'synthetic')[];
  type: 'q4_0' | 'q8_0';
  layers: number;
  steps?: number[];
  threads: number;
  repeat: number;
  quick?: boolean;
  folder?: string;
  json?: boolean;
  out?: string;
}

/** Returns what goes to the terminal. Errors: file_unreadable, file_unwritable, disk_full, and the engine's. */
export async function benchCompare({ models, type, layers, steps, threads, repeat, quick, folder, json, out }: CompareOptions): Promise<string> {
  const depths = [...new Set(steps ?? (quick ? [4, 8] : [4, 8, 16, 32]))].toSorted((a, b) => a - b);
  if (depths.length < 2) throw new AppError('bad_request', 'A comparison needs at least two depths: --steps 4,8');
  const comparison = await compare({ models, type, layers, depths, threads, repeat, quick: quick === true, folder: folder ?? null });
  const page = comparisonPage(comparison, `npm run plumb -- ${process.argv.slice(2).map(shown).join(' ')}`);
  if (out !== undefined) await writeSection(out, page, comparison.plan.models);
  return json ? JSON.stringify(comparison, null, 2) : page;
}

async function writeSection(file: string, section: string, models: readonly string[]): Promise<void> {
  try {
    const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    await writeFile(file, withSection(before, section, models));
  } catch (error) {
    throw new AppError('file_unwritable', `The section cannot be written into ${file}.`, (error as Error).message, { cause: error });
  }
}

/** A path of this machine has no place on a page. */
function shown(argument: string): string {
  return argument.startsWith('/') ? (argument.startsWith(root) ? relative(root, argument) : 'PATH') : argument;
}
