// Measures what one step costs inside a token, without sampling and messages: the same loop as for the stock llama.cpp.
import type { EngineLink } from '../../services/engine-link.js';
import { median, medianTimes, type Times } from './figures.js';
import { processorMs } from './processor-time.js';

export interface StepPlan {
  shallow: number;
  deep: number;
  /** Tokens of one pass over the context, and passes of one measurement. */
  tokens: number;
  passes: number;
  repeat: number;
}

/** One token of the loaded model at this depth. Errors: those of probe. */
export async function measureToken({ client }: EngineLink, steps: number, { tokens, passes }: Pick<StepPlan, 'tokens' | 'passes'>): Promise<Times> {
  const { pid } = await client.call('hello', {});
  const feed = Array.from({ length: tokens - 1 }, (_, i) => (i * 7) % 256);
  const cpuBefore = processorMs(pid);
  let clockMs = 0;
  for (let pass = 0; pass < passes; pass++) {
    const { prefillMs, decodeMs } = await client.call('probe', { ids: [1], recurrence: { steps }, feed, keepLogits: false });
    clockMs += prefillMs + decodeMs;
  }
  const cpuAfter = processorMs(pid);
  const count = tokens * passes;
  return { clockMs: clockMs / count, cpuMs: cpuBefore === null || cpuAfter === null ? null : (cpuAfter - cpuBefore) / count };
}

/** The first deep token takes the memory of all slots. */
export async function takeSlots({ client }: EngineLink, steps: number): Promise<void> {
  await client.call('probe', { ids: [1], recurrence: { steps }, keepLogits: false });
}

/** Of the loaded model: the difference of a deep and a shallow token, over the steps between them. Errors: those of probe. */
export async function measureStep(engine: EngineLink, { shallow, deep, repeat, ...plan }: StepPlan): Promise<Times> {
  await takeSlots(engine, deep);
  const turns: { shallow: Times; deep: Times }[] = [];
  for (let turn = 0; turn < repeat; turn++) turns.push({ shallow: await measureToken(engine, shallow, plan), deep: await measureToken(engine, deep, plan) });
  const between = (value: (times: Times) => number | null): number | null => {
    const pairs = turns.map((turn) => [value(turn.shallow), value(turn.deep)] as const);
    if (pairs.some(([a, b]) => a === null || b === null)) return null;
    return median(pairs.map(([a, b]) => (b! - a!) / (deep - shallow)));
  };
  return { clockMs: between(({ clockMs }) => clockMs)!, cpuMs: between(({ cpuMs }) => cpuMs) };
}

/** What a step of several positions at once costs: the first reads behind an empty cache, so that attention counts for little. */
export async function measureWidths({ client }: EngineLink, widths: readonly number[], { passes, repeat }: Pick<StepPlan, 'passes' | 'repeat'>): Promise<{ positions: number; step: Times }[]> {
  const { pid } = await client.call('hello', {});
  const [shallow, deep] = [4, 64];
  const measure = async (positions: number, steps: number): Promise<Times> => {
    const ids = Array.from({ length: positions }, (_, i) => (i * 7) % 256);
    const cpuBefore = processorMs(pid);
    let clockMs = 0;
    for (let pass = 0; pass < passes; pass++) clockMs += (await client.call('probe', { ids, recurrence: { steps }, keepLogits: false })).prefillMs;
    const cpuAfter = processorMs(pid);
    return { clockMs: clockMs / passes, cpuMs: cpuBefore === null || cpuAfter === null ? null : (cpuAfter - cpuBefore) / passes };
  };
  const found = widths.map((positions) => ({ positions, turns: [] as Times[] }));
  for (let turn = 0; turn <= repeat; turn++) {
    for (const { positions, turns } of found) {
      const [few, many] = [await measure(positions, shallow), await measure(positions, deep)];
      const steps = deep - shallow;
      // The first turn builds the graphs and takes the memory of the slots.
      if (turn > 0) turns.push({ clockMs: (many.clockMs - few.clockMs) / steps, cpuMs: many.cpuMs === null || few.cpuMs === null ? null : (many.cpuMs - few.cpuMs) / steps });
    }
  }
  return found.map(({ positions, turns }) => ({ positions, step: medianTimes(turns) }));
}
