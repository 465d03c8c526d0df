// Measures what one step costs inside a token, without sampling and messages: the same loop as for the stock llama.cpp.
import type { EngineLink } from '../../services/engine-link.js';
import { median, type Times } from './figures.js';
import { processorMs } from './processor-time.js';

export interface StepPlan {
  shallow: number;
  deep: number;
  /** Tokens of one pass over the context, and passes of one measurement. */
  tokens: number;
  passes: number;
  repeat: number;
}

/** Of the loaded model: the difference of a deep and a shallow token, over the steps between them. Errors: those of probe. */
export async function measureStep({ client }: EngineLink, { shallow, deep, tokens, passes, repeat }: StepPlan): Promise<Times> {
  const { pid } = await client.call('hello', {});
  const feed = Array.from({ length: tokens - 1 }, (_, i) => (i * 7) % 256);
  const measure = async (steps: number): Promise<Times> => {
    const cpuBefore = processorMs(pid);
    let clockMs = 0;
    for (let pass = 0; pass < passes; pass++) {
      const { prefillMs, decodeMs } = await client.call('probe', { ids: [1], recurrence: { steps }, feed, keepLogits: false });
      clockMs += prefillMs + decodeMs;
    }
    const cpuAfter = processorMs(pid);
    const count = tokens * passes;
    return { clockMs: clockMs / count, cpuMs: cpuBefore === null || cpuAfter === null ? null : (cpuAfter - cpuBefore) / count };
  };
  // The first deep token takes the memory of all slots.
  await client.call('probe', { ids: [1], recurrence: { steps: deep }, keepLogits: false });
  const turns: { shallow: Times; deep: Times }[] = [];
  for (let turn = 0; turn < repeat; turn++) turns.push({ shallow: await measure(shallow), deep: await measure(deep) });
  const between = (value: (times: Times) => number | null): number | null => {
    const pairs = turns.map((turn) => [value(turn.shallow), value(turn.deep)] as const);
    if (pairs.some(([a, b]) => a === null || b === null)) return null;
    return median(pairs.map(([a, b]) => (b! - a!) / (deep - shallow)));
  };
  return { clockMs: between(({ clockMs }) => clockMs)!, cpuMs: between(({ cpuMs }) => cpuMs) };
}
