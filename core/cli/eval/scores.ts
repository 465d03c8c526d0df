// Sums up outcomes by level, task or group: accuracy with its interval, depth and speed.
import type { Problem, Score } from '../../contract/evaluation.js';
import { wilson } from '../statistics.js';
import type { Outcome } from './examine.js';

/** What is counted of an outcome. */
type Counted = Pick<Outcome, 'problem' | 'steps' | 'right' | 'stats' | 'decodes'>;

interface Sum {
  problems: number;
  right: number;
  chance: number;
  tokens: number;
  steps: number;
  decodes: number;
  decodeMs: number;
}

export interface Tally {
  add(outcome: Counted): void;
  /** Takes back a depth that was not finished. */
  forget(steps: number): void;
  /** Each task at each level, level by level. */
  levels(): Score[];
  /** Each task, all its levels together. */
  tasks(): Score[];
  /** Each group, all its tasks together; `task` is null. */
  groups(): GroupScore[];
}
export type GroupScore = Omit<Score, 'task'> & { task: null };

interface Row {
  group: string;
  task: string;
  level: number;
  steps: number;
}

type Key = Pick<Score, 'group' | 'level' | 'steps'> & { task: string | null };

/** Rows come in the order in which the problems first name their tasks, levels ascending, then by steps. */
export function createTally(problems: readonly Pick<Problem, 'group' | 'task'>[]): Tally {
  const places = new Map([...new Set(problems.flatMap(({ group, task }) => [nameOf({ group, task: null }), nameOf({ group, task })]))].map((name, place) => [name, place]));
  const cells = new Map<string, { row: Row; sum: Sum }>();
  const rows = <T extends Key>(keyOf: (row: Row) => T): (T & Figures)[] => {
    const sums = new Map<string, { key: T; sum: Sum }>();
    for (const { row, sum } of cells.values()) {
      const key = keyOf(row);
      const name = JSON.stringify(key);
      const entry = sums.get(name) ?? { key, sum: emptySum() };
      for (const field of Object.keys(sum) as (keyof Sum)[]) entry.sum[field] += sum[field];
      sums.set(name, entry);
    }
    const place = (key: T): number => places.get(nameOf(key)) ?? 0;
    return [...sums.values()]
      .toSorted(({ key: a }, { key: b }) => place(a) - place(b) || (a.level ?? 0) - (b.level ?? 0) || a.steps - b.steps)
      .map(({ key, sum }) => ({ ...key, ...figures(sum) }));
  };
  return {
    add({ problem: { group, task, level, chance }, steps, right, stats, decodes }) {
      const row = { group, task, level, steps };
      const name = JSON.stringify(row);
      const { sum } = cells.get(name) ?? { sum: emptySum() };
      cells.set(name, { row, sum });
      sum.problems += 1;
      sum.right += right ? 1 : 0;
      sum.chance += chance;
      sum.tokens += stats.tokens;
      sum.steps += stats.tokens * stats.meanSteps;
      sum.decodes += decodes;
      sum.decodeMs += stats.decodeMs;
    },
    forget(steps) {
      for (const [name, { row }] of cells) if (row.steps === steps) cells.delete(name);
    },
    levels: () => rows(({ group, task, level, steps }) => ({ task, group, level, steps })),
    tasks: () => rows(({ group, task, steps }) => ({ task, group, level: null, steps })),
    groups: () => rows(({ group, steps }) => ({ task: null, group, level: null, steps })),
  };
}

function nameOf({ group, task }: Pick<Key, 'group' | 'task'>): string {
  return JSON.stringify([group, task]);
}

function emptySum(): Sum {
  return { problems: 0, right: 0, chance: 0, tokens: 0, steps: 0, decodes: 0, decodeMs: 0 };
}

type Figures = Omit<Score, 'task' | 'group' | 'level' | 'steps'>;

function figures({ problems, right, chance, tokens, steps, decodes, decodeMs }: Sum): Figures {
  return {
    problems,
    right,
    accuracy: right / problems,
    ...wilson(right, problems),
    chance: chance / problems,
    meanSteps: tokens === 0 ? 0 : steps / tokens,
    tokensPerSecond: decodeMs === 0 ? 0 : (1000 * decodes) / decodeMs,
  };
}
