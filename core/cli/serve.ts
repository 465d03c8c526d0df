// plumb serve: the browser host, as `npm start` runs it.
import type { Command } from 'commander';

export function addServe(program: Command): void {
  program
    .command('serve')
    .description("Serve Plumb's window to a browser on this machine (--help for its options).")
    // The host reads its own arguments, so that there is one list of them.
    .helpOption(false)
    .allowUnknownOption()
    .argument('[options...]')
    .action(async () => {
      process.argv.splice(2, 1);
      // Whoever types a command has a terminal to answer on.
      if (process.stdin.isTTY && !process.argv.includes('--help')) process.argv.push('--unlock');
      await import('../../server/main.js');
    });
}
