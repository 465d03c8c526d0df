// plumb depth-report: the page that says what depth does to a model, docs/depth.md.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { AppError } from '../contract/errors.js';
import { readGgufSummary } from '../convert/gguf-summary.js';
import { builtInModel } from './built-in-model.js';
import { drawPaths } from './depth-report/drawing.js';
import { beyond, examples, settling, toReply, type DepthFigures, type Reply } from './depth-report/figures.js';
import { chooseFor, measureAgreement, measureInsides } from './depth-report/measure.js';
import { writePage } from './depth-report/page.js';
import { root, withEngine } from './engine.js';
import { recurrenceFor } from './eval/depth-settings.js';
import { createExaminer } from './eval/examine.js';
import { runPool } from './eval/pool.js';
import { createTally } from './eval/scores.js';
import { openSuite, selectProblems, shippedSeed } from './eval/suite.js';
import { wholeNumber } from './numbers.js';
import { progressLine } from './terminal.js';

interface ReportOptions {
  model?: string;
  suite: string;
  seed: number;
  limit?: number;
  group: string;
  trainedLevel?: number;
  engines: number;
  quick?: boolean;
  out: string;
}

/** `shallow` and `deep` are compared; both are among the depths. */
const thorough = { depths: [1, 2, 4, 8, 16, 32, 64], limit: 20, agreement: 96, insides: 48, shallow: 32, deep: 64 };
const quick = { depths: [1, 8, 32, 64], limit: 1, agreement: 6, insides: 6, shallow: 32, deep: 64 };
const seeds = 8;
const drawn = 12;

export function addDepthReport(program: Command): void {
  program
    .command('depth-report')
    .description('Measure what depth does to a model (accuracy, convergence, path independence, latent states) and write a page about it.')
    .option('-m, --model <file>', 'GGUF file (default: the built-in model)')
    .option('--suite <suite>', 'built-in, or a file with one problem a line', 'built-in')
    .option('--seed <n>', 'seed of the built-in suite', wholeNumber(0, 0xffff_ffff), shippedSeed)
    .option('--limit <n>', 'problems of each task and level (default: 20; quick: 1)', wholeNumber(1, 1_000_000))
    .option('--group <name>', 'the group whose levels count updates', 'tracking')
    .option('--trained-level <n>', 'highest level that training used, to mark those above', wholeNumber(0, 1_000_000))
    .option('--engines <n>', 'engine processes side by side', wholeNumber(1, 64), 1)
    .option('--quick', 'few problems: to see that it works, not to quote')
    .option('--out <file>', 'the page; its picture goes into images/ beside it', join('docs', 'depth.md'))
    .action(async (options: ReportOptions) => {
      const figures = await measure(options);
      await write(figures, resolve(options.out));
      process.stderr.write(`${options.out} written\n`);
    });
}

async function measure(options: ReportOptions): Promise<DepthFigures> {
  const plan = options.quick ? quick : thorough;
  const path = options.model ?? builtInModel();
  const summary = await readGgufSummary(path);
  if (summary.recurrence === null) throw new AppError('model_without_recurrence', 'This model does not think in steps, so there is no depth to report on.', path);
  const limit = options.limit ?? plan.limit;
  const suite = await openSuite(options.suite, options.seed);
  const problems = selectProblems(suite.problems, { limit });
  const { group } = options;
  if (!problems.some((problem) => problem.group === group)) throw new AppError('suite_empty', `The suite has no group ${JSON.stringify(group)}. It has: ${[...new Set(problems.map((problem) => problem.group))].join(', ')}. Name one with --group.`);
  const progress = progressLine();
  const show = (what: string, done: number, of: number): void => progress.show(`${what}: ${done} of ${of}`, done / of);
  const tally = createTally(problems);
  const replies: Reply[] = [];
  try {
    await runPool({
      load: { path },
      problems,
      settings: plan.depths.map((steps) => recurrenceFor(steps, {})),
      engines: options.engines,
      signal: new AbortController().signal,
      onOutcome(outcome, done, of) {
        tally.add(outcome);
        replies.push(toReply(outcome));
        show(`accuracy at ${outcome.steps} steps`, done, of);
      },
    });
    // Engines answer in an order of their own; the page has the suite's.
    const places = new Map(problems.map(({ id }, place) => [id, place]));
    replies.sort((a, b) => places.get(a.id)! - places.get(b.id)!);
    return await withEngine(async (engine) => {
      await engine.client.call('load', { path, calibrate: false });
      const examiner = createExaminer(engine);
      const agreement = await measureAgreement(examiner, chooseFor(problems, group, plan.agreement), { steps: plan.shallow, seeds }, show);
      const insides = await measureInsides(engine, examiner, chooseFor(problems, group, plan.insides), plan.deep, show);
      return {
        command: `npm run plumb -- ${process.argv.slice(2).map(quoted).join(' ')}`,
        date: new Date().toISOString().slice(0, 10),
        model: { name: summary.name, file: basename(path), sha256: await sha256(path), parameters: summary.parameterCount, fileType: summary.fileType, ...summary.recurrence! },
        suite: { name: suite.name, seed: suite.seed, problems: problems.length, limit },
        trainedLevel: options.trainedLevel ?? null,
        group,
        depths: plan.depths,
        levels: tally.levels(),
        tasks: tally.tasks(),
        groups: tally.groups(),
        settling: settling(replies.filter((reply) => reply.group === group && reply.steps === plan.deep), plan.deep),
        agreement,
        beyond: { shallow: plan.shallow, deep: plan.deep, rows: [...beyond(replies, plan.shallow, plan.deep), ...beyond(aboveTraining(replies, options.trainedLevel), plan.shallow, plan.deep)] },
        ...insides,
      };
    });
  } finally {
    progress.clear();
  }
}

/** Replies at levels that were not trained, as groups of their own. */
function aboveTraining(replies: readonly Reply[], trainedLevel = Infinity): Reply[] {
  return replies.filter(({ level }) => level > trainedLevel).map((reply) => ({ ...reply, group: `${reply.group}, levels above ${trainedLevel}` }));
}

async function write(figures: DepthFigures, page: string): Promise<void> {
  const picture = join(dirname(page), 'images', `${basename(page, '.md')}-paths.svg`);
  const hasPaths = figures.paths.length > 0;
  try {
    await mkdir(dirname(picture), { recursive: true });
    if (hasPaths) await writeFile(picture, drawPaths(examples(figures.paths, drawn)));
    await writeFile(page, writePage(figures, hasPaths ? relative(dirname(page), picture).replaceAll('\\', '/') : null));
  } catch (error) {
    throw new AppError('file_unwritable', `The report cannot be written to ${page}.`, (error as Error).message, { cause: error });
  }
}

/** A path of this machine has no place on a page. */
function quoted(argument: string): string {
  const shown = argument.startsWith(root) ? relative(root, argument) : argument;
  return /^[\w./,:=-]+$/.test(shown) ? shown : `'${shown}'`;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
