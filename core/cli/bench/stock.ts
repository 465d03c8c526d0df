// Runs the stock llama.cpp of node-llama-cpp in a child process and reads its figures.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { engineEnv } from '../../services/host/engine-start.js';
import { root } from '../engine.js';

const timesSchema = z.object({ clockMs: z.number().positive(), cpuMs: z.number().nonnegative() });
const reportSchema = z.object({
  release: z.string(),
  models: z.array(z.object({ token: z.array(timesSchema), batch: z.array(timesSchema) })),
});
export type StockReport = z.infer<typeof reportSchema>;

export interface StockJob {
  models: string[];
  threads: number;
  tokens: number;
  repeat: number;
  batch: number;
}

/** A sentence instead of a report where the stock binary is not there or does not run. */
export async function runStock(job: StockJob): Promise<StockReport | string> {
  const child = spawn(process.execPath, [join(root, 'dist', 'core', 'engine', 'stock.js'), JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'pipe'], env: engineEnv(process.env) });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-2000)));
  const ended = await new Promise<string | null>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? null : (signal ?? `exit code ${code}`)));
  });
  process.off('exit', kill);
  if (ended !== null) return `The stock binary did not run: ${ended}. ${stderr.split('\n').find((each) => each.includes('Error')) ?? ''}`.trim();
  return reportSchema.parse(JSON.parse(stdout));
}
