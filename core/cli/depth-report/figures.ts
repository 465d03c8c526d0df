// Owns the figures of the depth report and how they follow from single outcomes. Pure.
import type { Score } from '../../contract/evaluation.js';
import { decidingToken, type Outcome } from '../eval/examine.js';
import type { GroupScore } from '../eval/scores.js';
import { mean, spearman, wilson } from '../statistics.js';
import { trajectoryKinds, type Trajectory } from '../trajectory.js';

/** A token has converged at the step from which every change is below this; the reference's threshold for latent-diff. */
export const settledBelow = 0.03;

/** What is kept of an outcome. */
export interface Reply {
  id: string;
  task: string;
  group: string;
  level: number;
  steps: number;
  right: boolean;
  reply: string;
  /** null: the reply has no token that corresponds to the deciding one. */
  deciding: { settledAt: number | null; quietAt: number | null; lastDelta: number } | null;
}

export function toReply({ problem: { id, task, group, level, answers, decides }, steps, right, reply, tokens }: Outcome): Reply {
  const token = decidingToken({ answers, decides }, tokens);
  const deciding = token && token.trace.length > 0 ? { settledAt: settledAt(token.trace), quietAt: quietAt(token.trace), lastDelta: token.trace.at(-1)! } : null;
  return { id, task, group, level, steps, right, reply, deciding };
}

/** The first step, from 1, whose change is below the threshold; null: none of them. A quiet step is not the end: what the token waits for may be under way. */
export function quietAt(trace: readonly number[]): number | null {
  const at = trace.findIndex((delta) => delta < settledBelow);
  return at === -1 ? null : at + 1;
}

/** The first step, from 1, from which every change is below the threshold; null: the last one is not. */
export function settledAt(trace: readonly number[]): number | null {
  const after = trace.findLastIndex((delta) => !(delta < settledBelow)) + 1;
  return after === trace.length ? null : after + 1;
}

export interface SettlingRow {
  level: number;
  /** With a deciding token. */
  problems: number;
  /** Of those, not below the threshold at the end. */
  unsettled: number;
  /** Over those that settled; null if none did. */
  mean: number | null;
  /** Mean first step below the threshold, over those that had one. */
  quiet: number | null;
}
export interface Settling {
  steps: number;
  rows: SettlingRow[];
  /** Over all problems with a deciding token; one that never settled ranks after all that did. */
  rho: number | null;
  /** The same for the first step below the threshold. */
  quietRho: number | null;
  pairs: number;
  undecided: number;
}

function meanOf(list: readonly number[]): number | null {
  return list.length === 0 ? null : mean(list);
}

/** @param replies of one group at one depth */
export function settling(replies: readonly Reply[], steps: number): Settling {
  const decided = replies.flatMap(({ level, deciding }) => (deciding ? [{ level, at: deciding.settledAt, quiet: deciding.quietAt }] : []));
  const levels = [...new Set(decided.map(({ level }) => level))].toSorted((a, b) => a - b);
  const rows = levels.map((level): SettlingRow => {
    const own = decided.filter((one) => one.level === level);
    const settled = own.flatMap(({ at }) => (at === null ? [] : [at]));
    const quiet = own.flatMap((one) => (one.quiet === null ? [] : [one.quiet]));
    return { level, problems: own.length, unsettled: own.length - settled.length, mean: meanOf(settled), quiet: meanOf(quiet) };
  });
  const rank = (ats: (number | null)[]): number | null => spearman(decided.map(({ level }) => level), ats.map((at) => at ?? steps + 1));
  return { steps, rows, rho: rank(decided.map(({ at }) => at)), quietRho: rank(decided.map(({ quiet }) => quiet)), pairs: decided.length, undecided: replies.length - decided.length };
}

export interface Share {
  count: number;
  of: number;
  low: number;
  high: number;
}
export function shareOf(count: number, of: number): Share {
  return { count, of, ...wilson(count, of) };
}

export interface Agreement {
  steps: number;
  seeds: number;
  /** Problems for which every seed gave the same reply. */
  same: Share;
  /** Mean share of the seeds that gave the commonest reply. */
  commonest: number;
}

/** @param replies of every problem, one for each seed */
export function agreement(replies: readonly (readonly string[])[], steps: number): Agreement {
  const commonest = replies.map((own) => Math.max(...own.map((reply) => own.filter((other) => other === reply).length)) / own.length);
  return { steps, seeds: replies[0]?.length ?? 0, same: shareOf(commonest.filter((share) => share === 1).length, replies.length), commonest: replies.length === 0 ? 0 : mean(commonest) };
}

export interface Beyond {
  group: string;
  shallow: { right: Share; delta: number | null };
  deep: { right: Share; delta: number | null };
  same: Share;
}

/** Replies at two depths, group by group. Deltas: mean of the last change at the deciding token. */
export function beyond(replies: readonly Reply[], shallowSteps: number, deepSteps: number): Beyond[] {
  return [...new Set(replies.map(({ group }) => group))].map((group) => {
    const at = (steps: number): Reply[] => replies.filter((one) => one.group === group && one.steps === steps);
    const [shallow, deep] = [at(shallowSteps), at(deepSteps)];
    const before = new Map(shallow.map(({ id, reply }) => [id, reply]));
    const side = (some: Reply[]): Beyond['deep'] => {
      const deltas = some.flatMap(({ deciding }) => (deciding ? [deciding.lastDelta] : []));
      return { right: shareOf(some.filter(({ right }) => right).length, some.length), delta: deltas.length === 0 ? null : mean(deltas) };
    };
    return { group, shallow: side(shallow), deep: side(deep), same: shareOf(deep.filter(({ id, reply }) => before.get(id) === reply).length, deep.length) };
  });
}

/** `count` of the list, evenly spaced. */
export function spread<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list];
  return Array.from({ length: count }, (_, i) => list[Math.floor((i * list.length) / count)]!);
}

/** Some of every kind there is, evenly chosen among its own; places that a rare kind leaves go to the next one. */
export function examples(paths: readonly Path[], count: number): Path[] {
  const kinds = trajectoryKinds.map((kind) => paths.filter(({ trajectory }) => trajectory.kind === kind)).filter((own) => own.length > 0);
  const chosen: Path[] = [];
  for (const [i, own] of kinds.toSorted((a, b) => a.length - b.length).entries()) chosen.push(...spread(own, Math.floor((count - chosen.length) / (kinds.length - i))));
  return chosen;
}

export interface Path {
  task: string;
  level: number;
  trajectory: Trajectory;
}

export interface DepthFigures {
  command: string;
  date: string;
  model: { name: string; file: string; sha256: string; parameters: number; fileType: string; stepsDefault: number; stepsMax: number };
  suite: { name: string; seed: number | null; problems: number; limit: number | null };
  /** Levels above it were not trained; null: not told. */
  trainedLevel: number | null;
  /** The group whose levels count updates. */
  group: string;
  depths: number[];
  levels: Score[];
  tasks: Score[];
  groups: GroupScore[];
  settling: Settling;
  agreement: Agreement;
  beyond: { shallow: number; deep: number; rows: Beyond[] };
  /** Mean over problems, after each step. */
  correlation: number[];
  paths: Path[];
  /** Problems whose prompt was too long to look into. */
  tooLong: number;
}
