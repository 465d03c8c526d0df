// plumb docs-eval: how well questions find their passages in a folder of documents, by method of retrieval.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { openScratchIndex } from '../services/documents/scratch-index.js';
import { fit } from './docs-eval/fit.js';
import { measure, type Outcome } from './docs-eval/measure.js';
import { readQuestions } from './docs-eval/questions.js';
import { readDocuments } from './docs-eval/read-documents.js';
import { reportOf, reportText } from './docs-eval/report.js';
import { progressLine } from './terminal.js';

interface DocsEvalOptions {
  index?: string;
  json?: boolean;
  fit?: boolean;
  misses?: boolean;
}

export function addDocsEval(program: Command): void {
  program
    .command('docs-eval')
    .description('Read a folder of documents, put questions to it and count what is found. docs/documents.md describes the folder and the figures.')
    .argument('<dir>', 'folder with documents/ and questions.jsonl')
    .option('--index <folder>', 'keep the index there; documents that it has are not read again')
    .option('--fit', 'print a score model fitted on the tuning half')
    .option('--misses', 'name the questions of the tuning half that went wrong')
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
        process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : `${reportText(report)}\n`);
        if (options.misses) process.stdout.write(`\n${tuning.filter(wentWrong).map(missLine).join('\n')}\n`);
      } finally {
        progress.clear();
        index.close();
        if (options.index === undefined) await rm(folder, { recursive: true, force: true });
      }
    });
}

function wentWrong({ question, places, found, firstQuote }: Outcome): boolean {
  return question.unanswerable ? found : !found || places.reranked !== 1 || firstQuote?.page !== true;
}

function missLine({ question, places, found, foundScore, firstQuote }: Outcome): string {
  const shown = Object.entries(places).map(([method, place]) => `${method} ${place ?? '–'}`).join(', ');
  return `${question.id}  ${found ? 'found' : 'none '} ${foundScore.toFixed(2)}  ${question.unanswerable ? 'unanswerable' : `${shown}; page ${firstQuote?.page === true ? 'right' : 'wrong'}`}  ${question.question}`;
}
