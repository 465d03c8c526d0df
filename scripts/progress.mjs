// Owns how the set-up scripts speak: one line per step, a sign of life for long ones, and what a child printed if it failed.
import { spawn } from 'node:child_process';

const isTerminal = process.stdout.isTTY === true;

/** Prints a line of progress. */
export function say(text) {
  process.stdout.write(`${text}\n`);
}

/** Prints why set-up cannot go on and what to do, then ends the process. */
export function fail(sentence, nextStep) {
  process.stderr.write(`\n✗ ${sentence}\n`);
  if (nextStep) process.stderr.write(`  ${nextStep}\n`);
  process.exit(1);
}

/**
 * Runs a command with its output hidden behind a ticking line (or a line every 30 s where there is no terminal).
 * With `show`, output passes through. Resolves to the exit code; on failure the last 60 lines are printed.
 */
export function run(title, command, args, { cwd, env, show = false } = {}) {
  const startedMs = Date.now();
  const lines = [];
  const seconds = () => `${Math.round((Date.now() - startedMs) / 1000)} s`;
  say(`▸ ${title}`);
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: env ?? process.env,
      stdio: show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32' && command.endsWith('.cmd'),
    });
    const tick = setInterval(
      () => (isTerminal ? process.stdout.write(`\r  … ${seconds()} `) : say(`  … ${seconds()}`)),
      isTerminal ? 1000 : 30_000,
    );
    const keep = (data) => {
      lines.push(...String(data).split('\n').filter((line) => line.trim() !== ''));
      lines.splice(0, Math.max(0, lines.length - 60));
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const end = (code, problem) => {
      clearInterval(tick);
      if (isTerminal && !show) process.stdout.write('\r              \r');
      if (code === 0) say(`  done in ${seconds()}`);
      else if (!show) process.stderr.write(`${[...lines, problem ?? ''].join('\n')}\n`);
      resolve(code ?? 1);
    };
    child.on('error', (error) => end(1, error.message));
    child.on('close', (code) => end(code));
  });
}
