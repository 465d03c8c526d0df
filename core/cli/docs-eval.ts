// plumb docs-eval: how well questions find their passages in a folder of documents, by method of retrieval.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { readGgufSummary } from '../convert/gguf-summary.js';
import { openScratchIndex, type ScratchIndex } from '../services/documents/scratch-index.js';
import { builtInModel } from './built-in-model.js';
import { answersByDepth, type DepthAnswers } from './docs-eval/answers.js';
import { fit } from './docs-eval/fit.js';
import { measure, type Outcome } from './docs-eval/measure.js';
import { type Question, readQuestions } from './docs-eval/questions.js';
import { readDocuments } from './docs-eval/read-documents.js';
import { reportOf, reportText } from './docs-eval/report.js';
import { withEngine } from './engine.js';
import { wholeNumber, wholeNumbers } from './numbers.js';
import { progressLine } from './terminal.js';

interface DocsEvalOptions {
  index?: string;
  json?: boolean;
  fit?: boolean;
  misses?: boolean;
  model?: string;
  steps: number[];
  limit?: number;
  maxTokens: number;
}

export function addDocsEval(program: Command): void {
  program
    .command('docs-eval')
    .description('Read a folder of documents, put questions to it and count what is found. docs/documents.md describes the folder and the figures.')
    .argument('<dir>', 'folder with documents/ and questions.jsonl')
    .option('--index <folder>', 'keep the index there; documents that it has are not read again')
    .option('--fit', 'print a score model fitted on the tuning half')
    .option('--misses', 'name the questions of the tuning half that went wrong')
    .option('-m, --model <file>', 'also let a model answer the questions of the reporting half that have an answer: a GGUF file, or built-in')
    .option('-s, --steps <list>', 'step counts for --model', wholeNumbers(1, 128), [1, 4, 16, 32])
    .option('--limit <n>', 'at most n questions for --model', wholeNumber(1, 1_000_000))
    .option('--max-tokens <n>', 'length of a reply of --model', wholeNumber(1, 4096), 64)
    .option('--json', 'one JSON object instead of tables')
    .action(async (dir: string, options: DocsEvalOptions) => {
      const questions = await readQuestions(join(dir, 'questions.jsonl'));
      const folder = options.index ?? (await mkdtemp(join(tmpdir(), 'plumb-docs-eval-')));
      const index = openScratchIndex(folder);
      const progress = progressLine();
      try {
        const { failed } = await readDocuments(join(dir, 'documents'), index, (done, of, file) => progress.show(file, done / of));
        progress.clear();
        const outcomes: Outcome[] = [];
        for (const question of questions) outcomes.push(await measure(index, question, {}));
        const tuning = outcomes.filter(({ question }) => question.half === 'tune');
        if (options.fit) {
          process.stdout.write(`${JSON.stringify(fit(tuning), null, 2)}\n`);
          return;
        }
        const report = reportOf(outcomes, { documents: index.names().length, passages: index.ids().length, failed });
        const answers = options.model === undefined ? null : await askModel(options.model, index, questions, options, progress);
        if (answers !== null) report.answers = answers;
        process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : `${reportText(report)}\n`);
        if (options.misses) process.stdout.write(`\n${tuning.filter(wentWrong).map(missLine).join('\n')}\n`);
      } finally {
        progress.clear();
        index.close();
        if (options.index === undefined) await rm(folder, { recursive: true, force: true });
      }
    });
}

async function askModel(model: string, index: ScratchIndex, questions: readonly Question[], { steps, limit, maxTokens }: DocsEvalOptions, progress: ReturnType<typeof progressLine>): Promise<DepthAnswers[]> {
  const path = model === 'built-in' ? builtInModel() : model;
  const { recurrence } = await readGgufSummary(path);
  // A model without recurrence answers the same at every depth.
  const depths = recurrence === null ? [1] : [...new Set(steps)].toSorted((a, b) => a - b);
  const asked = questions.filter(({ half, answer }) => half === 'report' && answer.length > 0).slice(0, limit);
  return withEngine(async (engine) => {
    await engine.client.call('load', { path, calibrate: false });
    return answersByDepth(engine, index, asked, { steps: depths, maxTokens, onProgress: (done, of) => progress.show(`replies: ${done} of ${of}`, done / of) });
  }).finally(() => progress.clear());
}

function wentWrong({ question, places, found, firstQuote }: Outcome): boolean {
  return question.unanswerable ? found : !found || places.reranked !== 1 || firstQuote?.page !== true;
}

function missLine({ question, places, found, foundScore, firstQuote }: Outcome): string {
  const shown = Object.entries(places).map(([method, place]) => `${method} ${place ?? '–'}`).join(', ');
  return `${question.id}  ${found ? 'found' : 'none '} ${foundScore.toFixed(2)}  ${question.unanswerable ? 'unanswerable' : `${shown}; page ${firstQuote?.page === true ? 'right' : 'wrong'}`}  ${question.question}`;
}
