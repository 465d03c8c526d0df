// Makes the figures of the depth report with the real engine: every reply by `generate`, every latent state by `probe`.
import type { Problem } from '../../contract/evaluation.js';
import type { EngineLink } from '../../services/engine-link.js';
import { recurrenceFor } from '../eval/depth-settings.js';
import { decidingToken, type Examiner } from '../eval/examine.js';
import { mean, tokenCorrelation } from '../statistics.js';
import { describeTrajectory } from '../trajectory.js';
import { agreement, spread, type Agreement, type Path } from './figures.js';

export type Progress = (what: string, done: number, of: number) => void;

/** Tokens that the engine can look into at once. */
const probeLimit = 512;

/** The same problems from several initial states. */
export async function measureAgreement(examiner: Examiner, problems: readonly Problem[], { steps, seeds }: { steps: number; seeds: number }, progress: Progress): Promise<Agreement> {
  const replies: string[][] = [];
  for (const [index, problem] of problems.entries()) {
    const own: string[] = [];
    for (let stateSeed = 0; stateSeed < seeds; stateSeed++) own.push((await examiner.ask(problem, recurrenceFor(steps, { stateSeed }))).reply.trim());
    replies.push(own);
    progress('path independence', index + 1, problems.length);
  }
  return agreement(replies, steps);
}

export interface Insides {
  correlation: number[];
  paths: Path[];
  tooLong: number;
}

/** Latent states of the prompt and of the reply up to the deciding token, whose position is the last one. */
export async function measureInsides({ client }: Pick<EngineLink, 'client'>, examiner: Examiner, problems: readonly Problem[], steps: number, progress: Progress): Promise<Insides> {
  const curves: number[][] = [];
  const paths: Path[] = [];
  let tooLong = 0;
  for (const [index, problem] of problems.entries()) {
    progress('latent states', index, problems.length);
    const recurrence = recurrenceFor(steps, {});
    const { tokens } = await examiner.ask(problem, recurrence);
    const deciding = decidingToken(problem, tokens);
    const { text } = await client.call('renderChat', { messages: problem.messages, addGenerationPrompt: true });
    const prompt = (await client.call('tokenize', { text, parseSpecial: true })).ids;
    const ids = [...prompt, ...tokens.slice(0, deciding?.index ?? 0).map(({ id }) => id)];
    if (ids.length > probeLimit) {
      tooLong += 1;
      continue;
    }
    const { latentStates } = await client.call('probe', { ids, recurrence, tap: true });
    curves.push(latentStates.map((states) => tokenCorrelation(states, ids.length) ?? 0));
    if (!deciding) continue;
    const size = latentStates[0]!.length / ids.length;
    paths.push({ task: problem.task, level: problem.level, trajectory: describeTrajectory(latentStates.map((states) => states.slice(-size))) });
  }
  const correlation = (curves[0] ?? []).map((_, step) => mean(curves.map((curve) => curve[step]!)));
  return { correlation, paths, tooLong };
}

/** An even choice over levels and tasks, for what costs much per problem. */
export function chooseFor(problems: readonly Problem[], group: string, count: number): Problem[] {
  const own = problems.filter((problem) => problem.group === group);
  const byLevel = own.toSorted((a, b) => a.level - b.level || (a.task < b.task ? -1 : a.task > b.task ? 1 : 0));
  return spread(byLevel, count);
}

