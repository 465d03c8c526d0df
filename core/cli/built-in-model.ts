// Finds what comes with Plumb: the model and, beside it, the suite it is examined with.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../contract/errors.js';
import { root } from './engine.js';

/** Path of the built-in model. Errors: no_model. */
export function builtInModel(): string {
  const folder = resources();
  const file = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.gguf')).toSorted()[0] : undefined;
  if (file === undefined) throw new AppError('no_model', 'There is no built-in model here. Name one: --model FILE');
  return join(folder, file);
}

/** Folder of what comes with Plumb. */
export function resources(): string {
  return process.env['PLUMB_RESOURCES'] ?? join(root, 'resources');
}
