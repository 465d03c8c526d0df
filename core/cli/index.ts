// The `plumb` command: what can be done without a window. One file per command.
import { Command } from 'commander';
import { AppError, toErrorBody } from '../contract/errors.js';
import { addAgree } from './agree.js';
import { addBench } from './bench.js';
import { addChat } from './chat.js';
import { addConvert } from './convert.js';
import { addDepthReport } from './depth-report.js';
import { addDocsEval } from './docs-eval.js';
import { addEval } from './eval.js';
import { addParity } from './parity.js';
import { addServe } from './serve.js';

const program = new Command('plumb')
  .description('A private chat for models that think in depth: convert, check, measure and talk to them from a terminal.')
  .showHelpAfterError('(add --help for the options)')
  .configureHelp({ sortSubcommands: true });

addConvert(program);
addParity(program);
addChat(program);
addServe(program);
addBench(program);
addEval(program);
addAgree(program);
addDepthReport(program);
addDocsEval(program);

try {
  await program.parseAsync();
} catch (thrown) {
  const { code, message, detail } = toErrorBody(thrown);
  process.stderr.write(`${message}\n${detail === undefined ? '' : `  ${detail}\n`}  (${code})\n`);
  // A failure that nobody foresaw is a bug: whoever reports it needs the place.
  if (!(thrown instanceof AppError) && thrown instanceof Error && process.env['PLUMB_LOG'] === 'debug') process.stderr.write(`${thrown.stack}\n`);
  process.exitCode = 1;
}
