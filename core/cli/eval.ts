// plumb eval: how many problems of a suite a model solves, at each depth.
import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { kvTypes, type ExitCriterion, type KvType, type SamplerSettings } from '../contract/compute.js';
import { AppError } from '../contract/errors.js';
import type { Evaluation, Problem } from '../contract/evaluation.js';
import { readGgufSummary } from '../convert/gguf-summary.js';
import { builtInModel } from './built-in-model.js';
import { readExit, readSampler, recurrenceFor } from './eval/depth-settings.js';
import { runPool } from './eval/pool.js';
import { createTally, type Tally } from './eval/scores.js';
import { openSuite, selectProblems, shippedSeed, writeSuite } from './eval/suite.js';
import { scoreTable } from './eval/table.js';
import { wholeNumber, wholeNumbers } from './numbers.js';
import { progressLine } from './terminal.js';

interface EvalOptions {
  model?: string;
  suite: string;
  seed: number;
  steps: number[];
  tasks?: string;
  wording?: Problem['wording'];
  limit?: number;
  exit?: ExitCriterion;
  sampler?: SamplerSettings;
  warmStart?: boolean;
  stateSeed: number;
  kvBudget: number;
  kvType: KvType;
  engines: number;
  levels?: boolean;
  json?: boolean;
  export?: string;
}

export function addEval(program: Command): void {
  program
    .command('eval')
    .description('Put a suite of problems to a model at several depths and count the right answers. docs/evaluation.md describes suites.')
    .option('-m, --model <file>', 'GGUF file (default: the built-in model)')
    .option('--suite <suite>', 'built-in, or a file with one problem a line', 'built-in')
    .option('--seed <n>', 'seed of the built-in suite', wholeNumber(0, 0xffff_ffff), shippedSeed)
    .option('-s, --steps <list>', 'step counts', wholeNumbers(1, 128), [1, 2, 4, 8, 16, 32])
    .option('--tasks <list>', 'only these tasks')
    .addOption(new Option('--wording <kind>', 'only problems in words that training used, or never used').choices(['known', 'unseen']))
    .option('--limit <n>', 'at most n problems of each task and level', wholeNumber(1, 1_000_000))
    .option('--exit <kind[:threshold]>', 'leave the recurrence early', readExit)
    .option('--sampler <kind>', 'plain, speculative or wavefront', readSampler)
    .option('--warm-start', 'a token starts from the last state of the token before it')
    .option('--state-seed <n>', 'seed of the initial latent state', wholeNumber(0, 0xffff_ffff), 0)
    .option('--kv-budget <n>', 'cache slots per core layer; 0: one for every step', wholeNumber(0, 128), 0)
    .addOption(new Option('--kv-type <type>', 'type of the cache').choices(kvTypes).default('f16'))
    .option('--engines <n>', 'engine processes side by side; they share the machine, and tokens/s with it', wholeNumber(1, 64), 1)
    .option('--levels', 'a row for every level')
    .option('--json', 'one JSON object instead of a table')
    .option('--export <file>', 'write the chosen problems into a new file instead of putting them to a model')
    .action(async (options: EvalOptions) => {
      const suite = await openSuite(options.suite, options.seed);
      const problems = selectProblems(suite.problems, options);
      if (options.export !== undefined) return exportSuite(problems, options.export);
      const path = options.model ?? builtInModel();
      const summary = await readGgufSummary(path);
      const hasRecurrence = summary.recurrence !== null;
      const depths = hasRecurrence ? [...new Set(options.steps)].toSorted((a, b) => a - b) : [1];
      const tally = createTally(problems);
      const missing = await evaluate({ path, problems, depths, tally, options });
      const evaluation: Evaluation = {
        suite: suite.name,
        seed: suite.seed,
        model: { name: summary.name, sizeBytes: summary.fileBytes, parameters: summary.parameterCount, fileType: summary.fileType },
        date: new Date().toISOString(),
        steps: depths.filter((steps) => !missing.includes(steps)),
        scores: [...tally.levels(), ...tally.tasks()],
      };
      process.stdout.write(options.json ? `${JSON.stringify(evaluation, null, 2)}\n` : `${scoreTable(tally, { levels: options.levels ?? false, hasRecurrence })}\n`);
      if (missing.length > 0) {
        process.stderr.write(`Stopped. Not measured: ${missing.join(', ')} steps.\n`);
        process.exitCode = 130;
      }
    });
}

interface Work {
  path: string;
  problems: readonly Problem[];
  depths: readonly number[];
  tally: Tally;
  options: EvalOptions;
}

/** Fills the tally; Ctrl+C ends it. Returns the depths that were not measured whole then. */
async function evaluate({ path, problems, depths, tally, options }: Work): Promise<number[]> {
  const abort = new AbortController();
  const interrupt = (): void => abort.abort();
  process.once('SIGINT', interrupt);
  const progress = progressLine();
  try {
    const whole = await runPool({
      load: { path, kvBudget: options.kvBudget, kvType: options.kvType },
      problems,
      settings: depths.map((steps) => recurrenceFor(steps, options)),
      engines: options.engines,
      signal: abort.signal,
      onOutcome(outcome, done, of) {
        tally.add(outcome);
        progress.show(`${outcome.steps} steps: ${done} of ${of} problems`, (depths.indexOf(outcome.steps) + done / of) / depths.length);
      },
    });
    const missing = depths.filter((steps) => !whole.includes(steps));
    for (const steps of missing) tally.forget(steps);
    return missing;
  } finally {
    progress.clear();
    process.off('SIGINT', interrupt);
  }
}

async function exportSuite(problems: readonly Problem[], path: string): Promise<void> {
  try {
    await writeFile(path, writeSuite(problems), { flag: 'wx' });
  } catch (error) {
    throw new AppError('file_unwritable', `The suite cannot be written to ${path}. An existing file is never replaced.`, (error as Error).message, { cause: error });
  }
  process.stderr.write(`${problems.length} problems written to ${path}\n`);
}
