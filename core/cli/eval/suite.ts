// Reads suites of problems, one JSON object a line: from a file, from what comes with Plumb, or fresh from the generator.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../../contract/errors.js';
import { problemSchema, type Problem } from '../../contract/evaluation.js';
import { resources } from '../built-in-model.js';
import { root } from '../engine.js';

/** The seed of the suite that is shipped. */
export const shippedSeed = 4711;

export interface Suite {
  name: string;
  /** null: a file of its own. */
  seed: number | null;
  problems: Problem[];
}

/** @param which `built-in`, or a file. Errors: suite_missing, suite_invalid, suite_empty, file_unreadable. */
export async function openSuite(which: string, seed: number): Promise<Suite> {
  if (which !== 'built-in') return { name: basename(which), seed: null, problems: parseSuite(await readSuite(which), which) };
  const shipped = join(resources(), 'suites', 'built-in.jsonl');
  const text = seed === shippedSeed && existsSync(shipped) ? await readSuite(shipped) : await generateSuite(seed);
  return { name: 'built-in', seed, problems: parseSuite(text, `built-in, seed ${seed}`) };
}

/** Errors: suite_invalid, with the line; suite_empty. */
export function parseSuite(text: string, source: string): Problem[] {
  const problems: Problem[] = [];
  const lines = new Map<string, number>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const problem = parseLine(line, index + 1, source);
    const earlier = lines.get(problem.id);
    if (earlier !== undefined) throw invalid(source, index + 1, `The id ${JSON.stringify(problem.id)} is that of line ${earlier} already.`);
    lines.set(problem.id, index + 1);
    problems.push(problem);
  }
  if (problems.length === 0) throw new AppError('suite_empty', `There is no problem in this suite: ${source}.`);
  return problems;
}

function parseLine(line: string, number: number, source: string): Problem {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw invalid(source, number, `It is not JSON: ${(error as Error).message}`);
  }
  const parsed = problemSchema.safeParse(value);
  if (!parsed.success) throw invalid(source, number, parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the line'}: ${message}`).join('; '));
  const { messages, answers, decides } = parsed.data;
  if (messages.at(-1)!.role !== 'user') throw invalid(source, number, 'messages: the last one must be the user’s.');
  if (decides >= answers[0]!.length) throw invalid(source, number, `decides: the first answer has ${answers[0]!.length} characters.`);
  return parsed.data;
}

function invalid(source: string, line: number, why: string): AppError {
  return new AppError('suite_invalid', `Line ${line} of the suite cannot be read.`, `${source}, line ${line}: ${why}`);
}

/** One problem a line, as parseSuite reads it. */
export function writeSuite(problems: readonly Problem[]): string {
  return problems.map((problem) => `${JSON.stringify(problem)}\n`).join('');
}

async function readSuite(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new AppError('file_unreadable', `The suite cannot be read: ${path}`, (error as Error).message, { cause: error });
  }
}

/** Any other seed than the shipped one is made by the program that made that one. */
async function generateSuite(seed: number): Promise<string> {
  const script = join(root, 'training', 'suite.py');
  if (!existsSync(script)) {
    const other = seed === shippedSeed ? '' : `Use --seed ${shippedSeed}, or `;
    throw new AppError('suite_missing', `The suite for seed ${seed} does not come with this Plumb. ${other === '' ? 'N' : `${other}n`}ame a file with --suite.`, `no ${script}`);
  }
  try {
    const { stdout } = await promisify(execFile)('python3', [script, '--seed', String(seed)], { maxBuffer: 1 << 30, encoding: 'utf8' });
    return stdout;
  } catch (error) {
    throw new AppError('suite_missing', `The suite for seed ${seed} could not be made. It needs Python 3: python3 training/suite.py --seed ${seed}`, (error as Error).message.slice(0, 1000), { cause: error });
  }
}

export interface Selection {
  /** Names with commas between them; a name may hold a comma itself ("cups, new words"). */
  tasks?: string | undefined;
  wording?: Problem['wording'] | undefined;
  /** Problems of each task and level. */
  limit?: number | undefined;
}

/** The chosen problems, in the suite's order. Errors: suite_unknown_task, suite_empty. */
export function selectProblems(problems: readonly Problem[], { tasks, wording, limit }: Selection): Problem[] {
  const wanted = tasks === undefined ? null : splitTasks(tasks, [...new Set(problems.map(({ task }) => task))]);
  const taken = new Map<string, number>();
  const chosen = problems.filter(({ task, level, wording: own }) => {
    if (wording !== undefined && own !== wording) return false;
    if (wanted && !wanted.includes(task)) return false;
    const kind = JSON.stringify([task, level]);
    const count = (taken.get(kind) ?? 0) + 1;
    taken.set(kind, count);
    return limit === undefined || count <= limit;
  });
  if (chosen.length === 0) throw new AppError('suite_empty', 'No problem of the suite was chosen.');
  return chosen;
}

/** The longest known name first, so that "cups, new words" is not read as "cups" and something unknown. */
function splitTasks(text: string, known: readonly string[]): string[] {
  const longestFirst = known.toSorted((a, b) => b.length - a.length);
  const found: string[] = [];
  for (let rest = text.trim(); rest !== ''; ) {
    const name = longestFirst.find((one) => rest === one || (rest.startsWith(one) && rest.slice(one.length).trimStart().startsWith(',')));
    if (name === undefined) throw new AppError('suite_unknown_task', `The suite has no task ${JSON.stringify(rest)}. It has: ${known.join('; ')}.`);
    found.push(name);
    rest = rest.slice(name.length).trimStart().replace(/^,\s*/, '');
  }
  return found;
}
