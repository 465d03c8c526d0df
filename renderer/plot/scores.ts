// Owns the arithmetic of the score plot: an evaluation becomes one line a group, accuracy over steps, with its chance level.
import type { Evaluation, Score } from '../../core/contract/evaluation.js';

export interface ScorePoint {
  steps: number;
  problems: number;
  /** Shares from 0 to 1; `low` and `high` bound the 95 % Wilson interval. */
  accuracy: number;
  low: number;
  high: number;
}

export interface ScoreLine {
  group: string;
  /** Share of right answers by guessing, over the group's problems. */
  chance: number;
  /** Ascending in steps. */
  points: readonly ScorePoint[];
}

/** Standard score of a 95 % interval. */
const z = 1.96;

export function wilson(right: number, problems: number): { low: number; high: number } {
  if (problems === 0) return { low: 0, high: 1 };
  const share = right / problems;
  const denominator = 1 + (z * z) / problems;
  const centre = (share + (z * z) / (2 * problems)) / denominator;
  const half = (z * Math.sqrt((share * (1 - share)) / problems + (z * z) / (4 * problems * problems))) / denominator;
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** A task's summary over all levels where there is one; else its levels, which add up to the same. */
function withoutDoubles(scores: readonly Score[]): Score[] {
  const summed = new Set(scores.filter(({ level }) => level === null).map(({ task, steps }) => `${task} ${steps}`));
  return scores.filter(({ task, steps, level }) => level === null || !summed.has(`${task} ${steps}`));
}

const total = (scores: readonly Score[], of: (score: Score) => number): number => scores.reduce((sum, score) => sum + of(score), 0);

/** Groups in the order of the file. Tasks of a group are pooled, so that a task counts by its problems. */
export function scoreLines({ scores }: Pick<Evaluation, 'scores'>): ScoreLine[] {
  const groups = Map.groupBy(withoutDoubles(scores).filter(({ problems }) => problems > 0), ({ group }) => group);
  return [...groups].map(([group, own]) => ({
    group,
    chance: total(own, ({ chance, problems }) => chance * problems) / total(own, ({ problems }) => problems),
    points: [...Map.groupBy(own, ({ steps }) => steps)].toSorted(([a], [b]) => a - b).map(([steps, at]) => {
      const problems = total(at, (score) => score.problems);
      const right = total(at, (score) => score.right);
      return { steps, problems, accuracy: right / problems, ...wilson(right, problems) };
    }),
  }));
}

/** 0..1 along a log2 axis of steps. */
export function stepsPosition(steps: number, all: readonly number[]): number {
  const first = Math.log2(Math.min(...all));
  const last = Math.log2(Math.max(...all));
  return last === first ? 0.5 : (Math.log2(steps) - first) / (last - first);
}

/** "97 %": whole percent, as many figures as a few hundred problems carry. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** One sentence a line, for those who do not see the plot. */
export function scoreWords(lines: readonly ScoreLine[], nameOf: (group: string) => string): string {
  return lines.map(({ group, chance, points }) => {
    const first = points[0]!;
    const last = points.at(-1)!;
    return `${nameOf(group)}: ${percent(first.accuracy)} right at ${first.steps} ${first.steps === 1 ? 'step' : 'steps'}, ${percent(last.accuracy)} at ${last.steps}; chance ${percent(chance)}.`;
  }).join(' ');
}
