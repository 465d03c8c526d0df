// Owns reading the scores that ship beside the built-in model. A file that is not there or not right costs the plot, nothing else.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { evaluationSchema, type Evaluation } from '../contract/evaluation.js';
import type { Log } from './log.js';

export async function readEvaluation(path: string, log: Log): Promise<Evaluation | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  const parsed = evaluationSchema.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  log.warn('scores of the built-in model cannot be read', { file: basename(path), where: parsed.error.issues[0]?.path.join('.') ?? '' });
  return null;
}

/** undefined fits no schema: text that is not JSON ends like JSON of another shape. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
