// Runs `plumb eval` and `plumb agree` as a person would, on the built-in model.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluationSchema, type Problem } from '../../core/contract/evaluation.js';
import type { EngineLink } from '../../core/services/engine-link.js';
import { makeCupsQuestion } from '../harness/cups.js';
import { createRandom } from '../harness/kill.js';
import { answerTo, makeTinyModel, root, startEngine, temporaryFolder } from './engine-harness.js';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const command = join(root, 'dist', 'core', 'cli', 'index.js');
const suite = join(folder.path, 'cups.jsonl');
const problems: Problem[] = [];

beforeAll(() => {
  const random = createRandom(11);
  for (const level of [1, 1, 1, 6, 6, 6]) {
    const { text, cup } = makeCupsQuestion(random, level);
    problems.push({ id: `cups/${problems.length}`, task: 'cups', group: 'tracking', level, chance: 0.2, wording: 'known', messages: [{ role: 'user', text }], answers: [`The ball is under cup ${cup}.`], decides: 22 });
  }
  writeFileSync(suite, problems.map((problem) => JSON.stringify(problem)).join('\n'));
});

function plumb(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], { encoding: 'utf8', cwd: folder.path });
  return { status, stdout, stderr };
}

describe('plumb eval', () => {
  it('counts what the engine answers to each problem, in the shape of the contract', async () => {
    const { status, stdout } = plumb('eval', '--suite', suite, '--steps', '16,2', '--json');
    expect(status).toBe(0);
    const evaluation = evaluationSchema.parse(JSON.parse(stdout));
    expect(evaluation).toMatchObject({ suite: 'cups.jsonl', seed: null, steps: [2, 16] });
    let engine: EngineLink | undefined;
    try {
      engine = await startEngine();
      await engine.client.call('load', { path: join(root, 'resources', 'plumb-mini.gguf'), calibrate: false });
      for (const steps of [2, 16]) {
        let right = 0;
        for (const { messages, answers } of problems) if ((await answerTo(engine.client, messages, { steps })).text === answers[0]) right += 1;
        expect(evaluation.scores.find((score) => score.level === null && score.steps === steps)).toMatchObject({ problems: 6, right, accuracy: right / 6, meanSteps: steps });
      }
    } finally {
      engine?.kill();
    }
    expect(evaluation.scores.map(({ level, steps }) => [level, steps])).toEqual([[1, 2], [1, 16], [6, 2], [6, 16], [null, 2], [null, 16]]);
  });

  it('takes the built-in suite unless told otherwise, and puts it to several engines with one result', () => {
    const scores = (engines: string): unknown => {
      const { suite, seed, scores } = evaluationSchema.parse(JSON.parse(plumb('eval', '--tasks', 'cups, new words', '--limit', '6', '--steps', '8', '--engines', engines, '--json').stdout));
      return { suite, seed, scores: scores.map(({ level, problems, right }) => [level, problems, right]) };
    };
    const two = scores('2');
    expect(two).toMatchObject({ suite: 'built-in', seed: 4711, scores: [[4, 6, expect.any(Number)], [8, 6, expect.any(Number)], [16, 6, expect.any(Number)], [null, 18, expect.any(Number)]] });
    expect(two).toEqual(scores('1'));
  });

  it('gives the same answers with a cache of 16 slots for 16 steps as with the full one', () => {
    const right = (...more: string[]): unknown => (JSON.parse(plumb('eval', '--suite', suite, '--steps', '16', '--json', ...more).stdout) as { scores: { right: number }[] }).scores.map((score) => score.right);
    expect(right('--kv-budget', '16')).toEqual(right());
  });

  it('is a table for people', () => {
    const { stdout } = plumb('eval', '--suite', suite, '--steps', '4', '--limit', '2', '--levels');
    expect(stdout).toMatch(/^group +task +level +steps +right +accuracy +95 % interval +chance +mean steps +tokens\/s$/m);
    expect(stdout).toMatch(/^tracking +cups +all +4 +\d\/4 /m);
    expect(stdout).toMatch(/^tracking +cups +6 +4 +\d\/2 /m);
  });

  it('writes the chosen problems instead, and never over a file', () => {
    expect(plumb('eval', '--suite', suite, '--limit', '1', '--export', 'some.jsonl').status).toBe(0);
    expect(readFileSync(join(folder.path, 'some.jsonl'), 'utf8').trim().split('\n').map((line) => (JSON.parse(line) as Problem).id)).toEqual(['cups/0', 'cups/3']);
    const again = plumb('eval', '--suite', suite, '--export', 'some.jsonl');
    expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('(file_unwritable)')]);
  });

  it.each([
    [['--suite', 'nowhere.jsonl'], 'file_unreadable'],
    [['--suite', 'bad.jsonl'], 'suite_invalid'],
    [['--suite', 'empty.jsonl'], 'suite_empty'],
    [['--suite', 'cups.jsonl', '--tasks', 'dice'], 'suite_unknown_task'],
    [['--suite', 'cups.jsonl', '--model', 'nowhere.gguf'], 'model_missing'],
  ])('refuses %j with a code', (args, code) => {
    writeFileSync(join(folder.path, 'bad.jsonl'), '{}\n');
    writeFileSync(join(folder.path, 'empty.jsonl'), '\n');
    const { status, stderr } = plumb('eval', ...args);
    expect(status).toBe(1);
    expect(stderr).toContain(`(${code})`);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('says which problem does not fit into the model', async () => {
    await makeTinyModel(folder.path);
    const long = { ...problems[0]!, id: 'cups/long', messages: [{ role: 'user', text: 'Where is the ball? '.repeat(30_000) }] };
    writeFileSync(join(folder.path, 'long.jsonl'), JSON.stringify(long));
    const { status, stderr } = plumb('eval', '--suite', 'long.jsonl', '--model', 'huginn-tiny.gguf', '--steps', '1');
    expect([status, stderr]).toEqual([1, expect.stringMatching(/problem cups\/long[^]*\(context_full\)/)]);
  });

  it('stopped by Ctrl+C it shows the depths it has measured whole, and leaves no engine behind', async () => {
    const many = Array.from({ length: 400 }, (_, i) => JSON.stringify({ ...problems[3]!, id: `many/${i}` }));
    writeFileSync(join(folder.path, 'many.jsonl'), [...many, ''].join('\n'));
    const child = spawn(process.execPath, [command, 'eval', '--suite', 'many.jsonl', '--steps', '1,64', '--json'], { cwd: folder.path });
    let [stdout, stderr, sent] = ['', '', false];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    const ended = new Promise<number | null>((done) => child.once('exit', done));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (!sent && stderr.includes('64 steps:')) sent = child.kill('SIGINT');
    });
    expect(await ended).toBe(130);
    expect(stderr).toContain('Not measured: 64 steps');
    expect(evaluationSchema.parse(JSON.parse(stdout))).toMatchObject({ steps: [1], scores: [{ steps: 1, problems: 400 }, { steps: 1, problems: 400 }] });
  });
});

describe('plumb depth-report', () => {
  it('writes a page and its picture from what the engine does', () => {
    const { status, stderr } = plumb('depth-report', '--quick', '--suite', suite, '--limit', '1', '--trained-level', '5', '--out', 'page/depth.md');
    expect([status, stderr]).toEqual([0, expect.stringContaining('page/depth.md written')]);
    const page = readFileSync(join(folder.path, 'page', 'depth.md'), 'utf8');
    expect(page).toContain('cups.jsonl: 2 problems (at most 1 of each task and level)');
    expect(page).toMatch(/^\| 6\* \| 1 \| \d/m);
    expect(page).toMatch(/^\| tracking, levels above 5 \| 1 \|/m);
    expect(page).toContain('each from 8 random initial states at 32 steps');
    expect(page).toMatch(/Of \d problems of the group tracking: \*\*\d fixed point, \d orbit, \d drift\*\*/);
    expect(page).not.toMatch(/undefined|NaN/);
    // The model's states differ from place to place, and their likeness is a cosine.
    for (const [, value] of page.matchAll(/^\| \d+ \| (-?\d\.\d{3}) \|$/gm)) expect(Math.abs(Number(value))).toBeLessThan(1);
    expect(page.match(/^\| \d+ \| -?\d\.\d{3} \|$/gm)).toHaveLength(7);
    expect(readFileSync(join(folder.path, 'page', 'images', 'depth-paths.svg'), 'utf8')).toContain('<polyline');
  });

  it('refuses a suite without the group whose levels it needs', () => {
    const { status, stderr } = plumb('depth-report', '--quick', '--suite', suite, '--group', 'reading', '--out', 'none.md');
    expect([status, stderr]).toEqual([1, expect.stringMatching(/It has: tracking[^]*\(suite_empty\)/)]);
    expect(existsSync(join(folder.path, 'none.md'))).toBe(false);
  });
});

describe('plumb agree', () => {
  const golden = join(root, 'training', 'built-in', 'agree.json');

  it('finds every token of the Python model in the engine', () => {
    expect(existsSync(golden), 'make it with: python3 training/agree.py').toBe(true);
    const { status, stdout, stderr } = plumb('agree');
    expect(stdout.split('\n').filter((line) => line.startsWith('failed')), stderr).toEqual([]);
    expect(stdout).toMatch(/^\d{2,} passed, 0 failed, 0 skipped$/m);
    expect(status).toBe(0);
  });

  it('fails when one token is another, and refuses numbers of other weights', () => {
    const changed = join(folder.path, 'changed');
    cpSync(join(root, 'training', 'built-in'), changed, { recursive: true });
    const file = join(changed, 'agree.json');
    const agreement = JSON.parse(readFileSync(golden, 'utf8')) as { weightsSha256: string; cases: { replies: { ids: number[] }[] }[] };
    agreement.cases = agreement.cases.slice(0, 1);
    agreement.cases[0]!.replies[1]!.ids[2]! += 1;
    writeFileSync(file, JSON.stringify(agreement));
    const { status, stdout } = plumb('agree', file);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^failed +greedy .*token 2 is/m);
    expect(stdout).toMatch(/, 1 failed, 0 skipped$/m);
    writeFileSync(file, JSON.stringify({ ...agreement, weightsSha256: '0'.repeat(64) }));
    const refused = plumb('agree', file);
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('Make it again: python3 training/agree.py')]);
  });
});
