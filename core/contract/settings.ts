// Owns the user's settings: names, defaults, limits.
import { z } from 'zod';
import { computeChoiceSchema } from './compute.js';
import { samplingSchema } from './conversation.js';
import { stepsLimit } from './recurrence.js';
import { autoLockSchema } from './vault.js';

export const settingsSchema = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  /** Model opened at start; null is the built-in one. */
  modelId: z.string().nullable().default(null),
  /** Slider position per model id; absent means the model's default. */
  stepsByModel: z.record(z.string(), z.number().int().min(stepsLimit.min).max(stepsLimit.max)).default({}),
  /** How each model spends its steps and what its cache keeps; absent means the defaults. The cache part takes effect with `models.setCache`. */
  computeByModel: z.record(z.string(), computeChoiceSchema).default({}),
  sampling: samplingSchema.prefault({}),
  /** Paint each token by the steps it took. */
  showTokenTint: z.boolean().default(true),
  instrumentOpen: z.boolean().default(true),
  sidebarOpen: z.boolean().default(true),
  /** `off` after a graphics card failed, until it is wanted again. */
  gpu: z.enum(['auto', 'off']).default('auto'),
  /** Daily copies of the database that are kept. */
  backupsKept: z.number().int().min(1).max(30).default(2),
  /** Empty the clipboard a minute after something was copied here, if it is still that. */
  clearClipboard: z.boolean().default(false),
  /** Changed with `vault.setAutoLock` alone. In here, and so encrypted: it is needed only while open, and whoever holds the files cannot turn it off. */
  autoLockMinutes: autoLockSchema.default(null),
  /** The models that read documents, by model id; changed with `models.useForDocuments` alone. null: passages are found by their words. */
  embedderId: z.string().nullable().default(null),
  rerankerId: z.string().nullable().default(null),
});
export type Settings = z.infer<typeof settingsSchema>;
export const defaultSettings: Settings = settingsSchema.parse({});

/** A partial change; fields left out stay. No defaults here: a patch must not reset what it does not name. */
export const settingsPatchSchema = z
  .object({
    theme: settingsSchema.shape.theme.unwrap(),
    modelId: z.string().nullable(),
    stepsByModel: settingsSchema.shape.stepsByModel.unwrap(),
    computeByModel: settingsSchema.shape.computeByModel.unwrap(),
    sampling: samplingSchema,
    showTokenTint: z.boolean(),
    instrumentOpen: z.boolean(),
    sidebarOpen: z.boolean(),
    gpu: settingsSchema.shape.gpu.unwrap(),
    backupsKept: settingsSchema.shape.backupsKept.unwrap(),
    clearClipboard: z.boolean(),
  })
  .partial();
export type SettingsPatch = z.infer<typeof settingsPatchSchema>;
