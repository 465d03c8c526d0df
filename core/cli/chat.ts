// plumb chat: a conversation in the terminal.
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import type { ChatMessage } from '../contract/engine.js';
import { AppError } from '../contract/errors.js';
import { samplingSchema, type Sampling } from '../contract/conversation.js';
import type { LoadedModel } from '../contract/models.js';
import type { TokenRecord } from '../contract/recurrence.js';
import type { EngineLink } from '../services/engine-link.js';
import { makeAnswer, textOf, type Ended } from './answer.js';
import { builtInModel } from './built-in-model.js';
import { withEngine } from './engine.js';
import { wholeNumber } from './numbers.js';
import { printable, progressLine, short, sparkline } from './terminal.js';

interface ChatOptions {
  model?: string;
  steps?: number;
  seed?: number;
  temperature?: string;
  maxTokens?: number;
  system?: string;
}

const help = '/steps N  think N steps from now on (also while an answer is being made)\n/new      start a new conversation\n/exit     leave (also Ctrl+D)\nCtrl+C    stop the answer; twice, leave\n';

export function addChat(program: Command): void {
  program
    .command('chat')
    .description('Talk to a model in the terminal. Reads one message per line.')
    .option('-m, --model <file>', 'GGUF file (default: the built-in model)')
    .option('-s, --steps <n>', 'recurrence steps per token (default: as the model was trained)', wholeNumber(1, 128))
    .option('--seed <n>', 'seed of the sampler; the same seed gives the same answer', wholeNumber(0, 0xffff_ffff))
    .option('--temperature <t>', '0 always takes the likeliest token')
    .option('--max-tokens <n>', 'longest answer', wholeNumber(1, 100_000))
    .option('--system <text>', 'instruction before the conversation')
    .action((options: ChatOptions) => {
      const model = options.model ?? builtInModel();
      const sampling = readSampling(options);
      return withEngine((engine) => chat(engine, { ...options, model, sampling }));
    });
}

async function chat(engine: EngineLink, options: ChatOptions & { model: string; sampling: Sampling }): Promise<void> {
  const { client } = engine;
  const progress = progressLine();
  client.on('loadProgress', (body) => progress.show('loading', body.progress));
  const model = await client.call('load', { path: options.model });
  progress.clear();
  const { sampling } = options;
  const first: ChatMessage[] = options.system === undefined ? [] : [{ role: 'system', text: options.system }];
  let messages = [...first];
  let steps = options.steps ?? model.recurrence?.stepsDefault ?? 1;
  process.stderr.write(`${introduction(model, steps)}\n`);

  let runId = 0;
  let running = false;
  let leaving = false;
  const lines = createInterface({ input: process.stdin, output: process.stdout, terminal: process.stdin.isTTY === true && process.stdout.isTTY === true, prompt: process.stdin.isTTY ? '› ' : '' });
  lines.on('SIGINT', () => (running ? void client.call('stop', { runId }).catch(() => undefined) : lines.close()));

  async function command(line: string): Promise<void> {
    const [name, value] = line.slice(1).split(/\s+/);
    if (name === 'exit') {
      leaving = true;
      if (running) await client.call('stop', { runId });
      return lines.close();
    }
    if (name === 'new') messages = [...first];
    else if (name === 'steps' && value !== undefined && Number(value) >= 1 && Number(value) <= 128 && Number.isInteger(Number(value))) {
      steps = Number(value);
      if (running) await client.call('setSteps', { runId, steps });
      process.stderr.write(`${steps} steps\n`);
    } else process.stderr.write(help);
  }

  async function answer(text: string): Promise<void> {
    if (leaving) return;
    messages.push({ role: 'user', text });
    runId += 1;
    running = true;
    try {
      const { tokens: reply, ended } = await makeAnswer(engine, { runId, messages, recurrence: { steps }, sampling }, (tokens) => process.stdout.write(printable(textOf(tokens))));
      process.stdout.write('\n');
      process.stderr.write(`${summary(ended, reply)}\n`);
      if (ended.error) process.stderr.write(`${printable(ended.error.message)}\n`);
      messages.push({ role: 'assistant', text: textOf(reply) });
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'disconnected') throw error;
      messages.pop();
      process.stderr.write(`${printable(error.message)}\n`);
    } finally {
      running = false;
    }
  }

  /** Messages wait for the answer before them. Typed commands do not; those of a script keep their place. */
  let queue: Promise<void> = Promise.resolve();
  let open = true;
  const prompt = (): void => void (open && lines.prompt());
  lines.once('close', () => (open = false));
  const failure = new Promise<never>((_, fail) => {
    void engine.lost.then(fail);
    lines.on('line', (line) => {
      const isCommand = line.startsWith('/');
      if (isCommand && lines.terminal) return void command(line).then(prompt, fail);
      if (line.trim() === '') return prompt();
      queue = queue.then(() => (isCommand ? command(line) : answer(line))).then(prompt);
      queue.catch(fail);
    });
  });
  const closed = new Promise<void>((done) => lines.once('close', done));
  prompt();
  await Promise.race([closed, failure]);
  await Promise.race([queue, failure]);
}

function readSampling({ seed, temperature, maxTokens }: ChatOptions): Sampling {
  const parsed = samplingSchema.safeParse({ seed, maxTokens, ...(temperature === undefined ? {} : { temperature: Number(temperature) }) });
  if (parsed.success) return parsed.data;
  throw new AppError('bad_request', 'The sampling settings are out of range.', parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

function introduction({ name, recurrence, contextSize, loadMs }: LoadedModel, steps: number): string {
  const depth = recurrence ? `${steps} steps per token (${recurrence.stepsMin} to ${recurrence.stepsMax})` : 'an ordinary model: its depth is fixed';
  return `${printable(name).slice(0, 100)}: ${depth}, ${contextSize} tokens of context, loaded in ${short(loadMs / 1000)} s. /help lists the commands.`;
}

function summary({ reason, stats }: Ended, reply: readonly TokenRecord[]): string {
  const last = reply.at(-1);
  const parts = [
    `${stats.tokens} tokens`,
    ...(stats.tokens > 1 ? [`${short((1000 * (stats.tokens - 1)) / Math.max(stats.decodeMs, 0.001))} tokens/s`] : []),
    `first after ${short(stats.firstTokenMs / 1000)} s`,
    `${stats.reusedTokens} of ${stats.promptTokens} prompt tokens reused`,
    ...(last && last.steps > 0 ? [`${short(stats.meanSteps)} steps`, `${sparkline(last.trace)} ${short(last.trace.at(-1) ?? 0)}`] : []),
    ...(reason === 'end' ? [] : [reason]),
  ];
  return `  ${parts.join(' · ')}`;
}
