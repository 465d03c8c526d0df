// Reads from the command line how a run spends its steps, and builds the run's recurrence settings from it.
import { InvalidArgumentError } from 'commander';
import { exitCriterionSchema, exitKinds, exitThresholds, samplerSettingsSchema, type ExitCriterion, type SamplerSettings } from '../../contract/compute.js';
import { recurrenceSettingsSchema, type RecurrenceSettings } from '../../contract/recurrence.js';

export interface DepthSettings {
  exit?: ExitCriterion | undefined;
  sampler?: SamplerSettings | undefined;
  warmStart?: boolean | undefined;
  stateSeed?: number | undefined;
}

/** "kl", "kl:0.001"; "none" is every step. */
export function readExit(text: string): ExitCriterion | undefined {
  const [kind = '', threshold] = text.split(':');
  const known = exitKinds.find((one) => one === kind);
  if (known === undefined) throw new InvalidArgumentError(`Choose one of: ${exitKinds.join(', ')}; with a threshold, for example kl:0.001.`);
  if (known === 'none') return undefined;
  const parsed = exitCriterionSchema.safeParse({ kind: known, threshold: threshold === undefined ? exitThresholds[known] : Number(threshold) });
  if (parsed.success && threshold !== '') return parsed.data;
  throw new InvalidArgumentError('The threshold must be a positive number.');
}

/** "plain", "speculative", "wavefront", each with its defaults. */
export function readSampler(text: string): SamplerSettings {
  const parsed = samplerSettingsSchema.safeParse({ kind: text });
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError('Choose one of: plain, speculative, wavefront.');
}

/** The settings of a run at one depth; what is not given is as in the contract. */
export function recurrenceFor(steps: number, { exit, sampler, warmStart, stateSeed }: DepthSettings): RecurrenceSettings {
  return recurrenceSettingsSchema.parse({ steps, exit, sampler, warmStart, stateSeed });
}
