// Owns which cache budgets are offered for a model, and what changing one costs: a load, and reading the conversation again.
import type { LoadedModel } from '../core/contract/models.js';
import type { RecurrenceInfo } from '../core/contract/recurrence.js';
import { depthScale } from './depth-scale.js';
import { about, plural } from './figures.js';

/** Most budgets shown, apart from the full cache and the one in use. */
const offered = 5;

/** 0 (all steps) first, then powers of two below the slider's end, largest first; the one in use is always among them. */
export function budgetsOf(info: RecurrenceInfo, inUse: number): number[] {
  const { max } = depthScale(info);
  const powers = Array.from({ length: 8 }, (_, at) => 2 ** (7 - at)).filter((power) => power < max && power <= 16);
  return [0, ...new Set([...(inUse > 0 ? [inUse] : []), ...powers.slice(0, offered)])].toSorted((a, b) => (a === 0 ? -1 : b === 0 ? 1 : b - a));
}

export interface ReloadCost {
  loadMs: number | null;
  /** Tokens to be read again; 0 without a conversation. */
  tokens: number;
  /** null: reading was not measured yet. */
  readMs: number | null;
}

export function reloadCost(loaded: LoadedModel | null, tokens: number): ReloadCost {
  const perSecond = loaded?.speed?.prefillTokensPerSecond ?? null;
  return { loadMs: loaded?.loadMs ?? null, tokens, readMs: perSecond === null || perSecond === 0 ? null : (tokens * 1000) / perSecond };
}

export function reloadWords({ loadMs, tokens, readMs }: ReloadCost): string {
  const load = `The model is loaded again${loadMs === null ? '' : ` (${about(loadMs)})`}`;
  if (tokens === 0) return `${load}.`;
  return `${load}, and with your next message this conversation is read again: ${plural(tokens, 'token')}${readMs === null ? ', how long is not measured yet' : `, ${about(readMs)}`}.`;
}
