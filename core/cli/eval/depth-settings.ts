// Reads from the command line how a run spends its steps, and builds the run's recurrence settings from it.
import { InvalidArgumentError } from 'commander';
import { exitCriterionSchema, exitKinds, exitThresholds, samplerSettingsSchema, type ExitCriterion, type SamplerSettings } from '../../contract/compute.js';
import { AppError } from '../../contract/errors.js';
import { recurrenceSettingsSchema, type RecurrenceSettings } from '../../contract/recurrence.js';

export interface DepthSettings {
  exit?: ExitCriterion | undefined;
  sampler?: SamplerSettings | undefined;
  stateSeed?: number | undefined;
  /** 0 starts from the zero state; as trained unless given. */
  stateScale?: number | undefined;
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

/** THE PLACE where exit criterion and sampler go into a run. Errors: bad_request when this version's engine does not take one of them. */
export function recurrenceFor(steps: number, { exit, sampler, stateSeed, stateScale }: DepthSettings): RecurrenceSettings {
  const given = {
    steps,
    ...(stateSeed === undefined ? {} : { stateSeed }),
    ...(stateScale === undefined ? {} : { stateScale }),
    ...(exit === undefined ? {} : { exit }),
    ...(sampler === undefined || sampler.kind === 'plain' ? {} : { sampler }),
  };
  const settings = recurrenceSettingsSchema.parse(given);
  // The schema drops what it does not know; a figure must not be printed for a setting that had no effect.
  for (const name of Object.keys(given)) {
    if (!(name in settings)) throw new AppError('bad_request', `The engine of this version does not take the setting ${name}. Leave --${name} out.`);
  }
  return settings;
}
