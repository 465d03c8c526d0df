// Owns the contract between the window and the services: one table, types are inferred from it.
import { z } from 'zod';
import { cacheSettingsSchema, calibrationPointSchema, effortCalibrationSchema, measuredEffectSchema } from './compute.js';
import {
  conversationSchema, conversationSnapshotSchema, endReasonSchema, idSchema, messageSchema, runSchema, samplingSchema, searchHitSchema,
} from './conversation.js';
import { evaluationSchema } from './evaluation.js';
import { engineStateSchema, errorBodySchema, loadEstimateSchema, modelSchema } from './models.js';
import { recurrenceSettingsSchema, stepsLimit, tokenRecordSchema } from './recurrence.js';
import { defineApi } from './rpc.js';
import { settingsPatchSchema, settingsSchema } from './settings.js';

const none = z.object({});
const byId = z.object({ id: idSchema });
const steps = z.number().int().min(stepsLimit.min).max(stepsLimit.max);
/** Long enough for a pasted chapter; a guard against a runaway paste. */
const messageText = z.string().min(1).max(2_000_000);

/** The two messages and the run that a send or a retry made. */
const startedSchema = z.object({ userMessage: messageSchema, reply: messageSchema, run: runSchema });
export type Started = z.infer<typeof startedSchema>;

export const api = defineApi({
  operations: {
    /** What the window needs before it can draw. */
    'app.hello': {
      params: none,
      result: z.object({
        version: z.string(),
        host: z.enum(['electron', 'browser']),
        abilities: z.object({ pickFile: z.boolean(), revealFile: z.boolean() }),
        engine: engineStateSchema,
        settings: settingsSchema,
        /** Something about the start the user should know, for example a database restored from its backup. */
        notices: z.array(errorBodySchema),
      }),
    },
    'models.list': { params: none, result: z.object({ models: z.array(modelSchema) }) },
    /** Loads a model into the engine and remembers it for the next start. Progress and outcome arrive as `engine.state`. */
    'models.open': { params: z.object({ modelId: z.string() }), result: none },
    'models.close': { params: none, result: none },
    /** Links a GGUF file where it is; nothing is copied. Errors: model_missing, gguf_invalid, gguf_truncated. */
    'models.add': { params: z.object({ path: z.string().min(1).max(4096) }), result: z.object({ model: modelSchema }) },
    /** Forgets a linked file; the file stays. */
    'models.remove': { params: z.object({ modelId: z.string() }), result: none },
    /** What answers of this very file took on this machine so far, by the choices they were made with; the newest first. */
    'models.measured': { params: z.object({ modelId: z.string() }), result: z.object({ effects: z.array(measuredEffectSchema) }) },
    /** The measured scores that ship beside a built-in model; null when there are none, or when their file cannot be read. */
    'models.evaluation': { params: z.object({ modelId: z.string() }), result: z.object({ evaluation: evaluationSchema.nullable() }) },
    /**
     * Remembers what a model's cache keeps, in `computeByModel`; if the model is open it is loaded again with it, outcome as `engine.state`.
     * Errors: engine_busy while an answer is being made.
     */
    'models.setCache': { params: z.object({ modelId: z.string(), ...cacheSettingsSchema.shape }), result: none },
    /** What opening a model would take with a cache like this. `steps` null: the model's default depth. Errors: engine_down. */
    'models.estimate': {
      params: z.object({ modelId: z.string(), ...cacheSettingsSchema.shape, steps: steps.nullable().default(null) }),
      result: loadEstimateSchema,
    },
    /**
     * Measures on this very model which thresholds the efforts may use (about a minute at most, while no answer is made), and remembers them in
     * `computeByModel`. Errors: no_model (it is not open), model_without_recurrence, engine_busy.
     */
    'models.calibrate': { params: z.object({ modelId: z.string() }), result: z.object({ calibration: effortCalibrationSchema, points: z.array(calibrationPointSchema) }) },
    /** The host's file dialog, where it has one (`abilities.pickFile`). */
    'models.pick': { params: none, result: z.object({ path: z.string().nullable() }) },

    'conversations.list': { params: none, result: z.object({ conversations: z.array(conversationSchema) }) },
    'conversations.search': { params: z.object({ query: z.string().min(1).max(500) }), result: z.object({ hits: z.array(searchHitSchema) }) },
    'conversations.create': { params: none, result: z.object({ conversation: conversationSchema }) },
    'conversations.open': { params: byId, result: conversationSnapshotSchema },
    'conversations.rename': { params: z.object({ id: idSchema, title: z.string().trim().min(1).max(200) }), result: none },
    /** Hides a conversation; `conversations.restore` within ten minutes or until the app closes undoes it, then it is erased. */
    'conversations.remove': { params: byId, result: none },
    'conversations.restore': { params: byId, result: none },
    /** Chooses which branch of the tree is shown. */
    'conversations.select': { params: z.object({ id: idSchema, leafId: idSchema }), result: none },

    /**
     * Adds a user message and starts the answer. `parentId` names the reply it follows: absent means the shown leaf, null means none,
     * a new beginning beside the first message. Errors: no_model, engine_busy, context_full.
     */
    'messages.send': {
      params: z.object({ conversationId: idSchema, text: messageText, recurrence: recurrenceSettingsSchema, parentId: idSchema.nullable().optional() }),
      result: startedSchema,
    },
    /** Answers the same user message again, at another depth; the earlier answer stays as a sibling. */
    'messages.retry': { params: z.object({ replyId: idSchema, recurrence: recurrenceSettingsSchema }), result: startedSchema },
    /** How much of the context a message would take, before it is sent. */
    'messages.forecast': {
      params: z.object({ conversationId: idSchema.nullable(), text: z.string().max(2_000_000) }),
      result: z.object({ promptTokens: z.number().int(), contextSize: z.number().int(), fits: z.boolean() }),
    },

    'runs.stop': { params: z.object({ runId: idSchema }), result: none },
    /** Takes effect at the next token. */
    'runs.setSteps': { params: z.object({ runId: idSchema, steps }), result: none },
    /** While on, from the next step on, tokens stop at the model's least depth; the answer goes on. Ends with the run. */
    'runs.answerNow': { params: z.object({ runId: idSchema, on: z.boolean() }), result: none },
    /** Tokens and traces of a finished or running answer, for hovering. */
    'runs.tokens': { params: z.object({ runId: idSchema }), result: z.object({ tokens: z.array(tokenRecordSchema), lastSeq: z.number().int() }) },

    'settings.set': { params: settingsPatchSchema, result: z.object({ settings: settingsSchema }) },
    /** Tries again after the engine went down. */
    'engine.restart': { params: none, result: none },
  },
  events: {
    'engine.state': engineStateSchema,
    /** `seq` counts the batches of a run from 1. */
    'run.tokens': z.object({ conversationId: idSchema, replyId: idSchema, runId: idSchema, seq: z.number().int().positive(), tokens: z.array(tokenRecordSchema) }),
    /** A slow token, while it thinks. Not stored. */
    'run.step': z.object({ runId: idSchema, phase: z.enum(['prefill', 'token']), index: z.number().int(), trace: z.array(z.number()) }),
    'run.ended': z.object({ conversationId: idSchema, replyId: idSchema, run: runSchema, reason: endReasonSchema, error: errorBodySchema.nullable() }),
    'conversation.changed': z.object({ conversation: conversationSchema }),
    'conversation.removed': byId,
    'models.changed': z.object({ models: z.array(modelSchema) }),
    'settings.changed': settingsSchema,
  },
});
export type PlumbApi = typeof api;

/** Sampling is a setting, not an argument of a send: see settings.ts. */
export { samplingSchema };
