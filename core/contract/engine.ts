// Owns the messages between the services and the engine process: one table, same form as api.ts.
import { z } from 'zod';
import { calibrationPointSchema, kvBudgetSchema, kvTypeSchema } from './compute.js';
import { endReasonSchema, roleSchema, runStatsSchema, samplingSchema } from './conversation.js';
import { encodingOperations } from './encoding.js';
import { errorBodySchema, loadEstimateSchema, loadedModelSchema } from './models.js';
import { defineApi } from './rpc.js';
import { refusedSchema } from './privacy.js';
import { recurrenceSettingsSchema, speedSchema, stepsLimit, tokenRecordSchema } from './recurrence.js';

export const engineProtocol = 1;

export const chatMessageSchema = z.object({ role: roleSchema, text: z.string() });
export type ChatMessage = z.infer<typeof chatMessageSchema>;

const none = z.object({});
const count = z.number().int().nonnegative();
const steps = z.number().int().min(stepsLimit.min).max(stepsLimit.max);
const tokenIds = z.array(z.number().int().nonnegative());

/** What a sampler did, read by read. */
export const samplerProbeSchema = z.object({
  ids: tokenIds,
  /** Of every token. */
  steps: z.array(count),
  /** Speculative decoding: one entry per draft and verification. */
  rounds: z.array(z.object({ draftSteps: count, drafts: tokenIds, accepted: count, emitted: tokenIds })),
  /** Wavefront: one entry per pass. */
  passes: z.array(z.object({ window: tokenIds, changes: z.array(z.number()), frozen: count, standing: z.boolean() })),
  /** Behind the prompt. `coreSteps`: how often the core was run, for however many positions; `positionSteps`: the same, counted for each position. */
  reads: z.object({ count, tokens: count, coreSteps: count, positionSteps: count }),
  promptMs: z.number().nonnegative(),
  decodeMs: z.number().nonnegative(),
  /** Processor time of the whole engine while it decoded: steadier than the clock on a busy machine. */
  decodeCpuMs: z.number().nonnegative(),
});

export const engineApi = defineApi({
  operations: {
    /** First call on every new engine. The client refuses an engine with another protocol or fork id. */
    hello: { params: none, result: z.object({ protocol: z.number().int(), forkId: z.string().nullable(), pid: z.number().int(), /** The backend it could use; null: the processor alone. */ gpu: z.string().nullable().default(null) }) },
    /** Loads a model, replacing the one before. Errors: model_missing, model_corrupt, model_unsupported, model_not_for_chat, kv_type_unsupported, out_of_memory. */
    load: {
      params: z.object({
        path: z.string(),
        /** Tokens of context; null takes the model's own, up to 4096. */
        contextSize: z.number().int().min(16).max(1_048_576).nullable().default(null),
        kvBudget: kvBudgetSchema.default(0),
        /** `ring`: step t uses slot t mod budget. `anchor`: the first slots keep their step, all later steps share the last slot. */
        kvLayout: z.enum(['ring', 'anchor']).default('ring'),
        kvType: kvTypeSchema.default('f16'),
        threads: z.number().int().min(0).max(1024).default(0),
        gpu: z.enum(['auto', 'off']).default('off'),
        /** Load although it is not expected to fit, with the smallest useful context. */
        anyway: z.boolean().default(false),
        /** Free memory that is spoken for by models which are loaded later. */
        reservedBytes: z.number().nonnegative().default(0),
        /** Measure the cost of a step after loading (about 100 ms of work on a small model). */
        calibrate: z.boolean().default(true),
      }),
      result: loadedModelSchema,
    },
    unload: { params: none, result: none },
    /** What `load` would take, without loading. Errors: model_missing, model_corrupt. */
    estimate: {
      params: z.object({
        path: z.string(),
        contextSize: z.number().int().min(16).max(1_048_576).nullable().default(null),
        kvBudget: kvBudgetSchema.default(0),
        kvType: kvTypeSchema.default('f16'),
        /** null: the model's default. */
        steps: steps.nullable().default(null),
        reservedBytes: z.number().nonnegative().default(0),
      }),
      result: loadEstimateSchema,
    },
    /** Starts a run; tokens come as events, the result arrives when the run has started. One run at a time: engine_busy. Errors: sampler_unsupported. */
    generate: {
      params: z.object({
        runId: z.number().int().positive(),
        messages: z.array(chatMessageSchema).min(1),
        recurrence: recurrenceSettingsSchema,
        sampling: samplingSchema,
      }),
      result: none,
    },
    /** New depth for a run, from its next token on. */
    setSteps: { params: z.object({ runId: z.number().int().positive(), steps }), result: none },
    /** While on, from the next step on, every token leaves the recurrence at the model's least depth. Ends with the run. */
    answerNow: { params: z.object({ runId: z.number().int().positive(), on: z.boolean() }), result: none },
    /** Honoured between recurrence steps and during prefill. */
    stop: { params: z.object({ runId: z.number().int().positive() }), result: none },
    /** Tokens of a conversation as the model's chat template writes it, with the opening of a reply. */
    countTokens: { params: z.object({ messages: z.array(chatMessageSchema) }), result: z.object({ tokens: z.number().int(), contextSize: z.number().int() }) },
    tokenize: { params: z.object({ text: z.string(), parseSpecial: z.boolean() }), result: z.object({ ids: tokenIds }) },
    renderChat: { params: z.object({ messages: z.array(chatMessageSchema), addGenerationPrompt: z.boolean() }), result: z.object({ text: z.string() }) },
    /** One decode of given tokens from an empty cache, for parity and measurement: logits of the last token and, when tapped, the latent states. */
    probe: {
      params: z.object({
        ids: tokenIds.min(1),
        recurrence: recurrenceSettingsSchema,
        /** Given initial latent state, [n_tokens * n_embd], row by row. */
        initialState: z.array(z.number()).nullable().default(null),
        tap: z.boolean().default(false),
        /** Also the tensors inside the blocks. Slow. */
        tapInside: z.boolean().default(false),
        /** What a warm start carries to the next token: the raw state, or the state after the final norm as one of the reference's loops does. */
        carry: z.enum(['raw', 'normed']).default('raw'),
        /** Tokens to continue greedily after the prompt, each decoded at the same depth. */
        greedy: z.number().int().min(0).max(4096).default(0),
        /** Tokens to feed one at a time after the prompt instead of the model's own choice; logits are kept for each. */
        feed: tokenIds.default([]),
        /** Logits of every prompt token instead of the last one; the prompt must fit in one batch. */
        allLogits: z.boolean().default(false),
        /** False leaves out the logits of the tokens after the prompt, for measuring. */
        keepLogits: z.boolean().default(true),
      }),
      result: z.object({
        logits: z.array(z.array(z.number())),
        /** [n_steps][n_tokens * n_embd]: the raw state after each step. Empty unless tapped. */
        latentStates: z.array(z.array(z.number())),
        ids: tokenIds,
        prefillMs: z.number(),
        decodeMs: z.number(),
        trace: z.array(z.number()),
        /** Of each decode: the prompt, then the tokens after it. */
        steps: z.array(z.number().int()),
        /** The criterion's value at every check of each decode; null: not defined there. */
        exitValues: z.array(z.array(z.number().nullable())),
        /** Of the prompt, when tapped: `name` ends in the layer, `step` is 0 in prelude and coda. */
        inside: z.array(z.object({ name: z.string(), step: z.number().int(), values: z.array(z.number()) })),
      }),
    },
    /** What stopping early would change on these conversations, by threshold of `latent-diff`. Errors: model_without_recurrence, engine_busy. */
    calibrate: {
      params: z.object({ prompts: z.array(z.array(chatMessageSchema).min(1)).min(1).max(64), steps, tokens: z.number().int().min(2).max(256), budgetMs: z.number().positive() }),
      result: z.object({ points: z.array(calibrationPointSchema), tokens: z.number().int(), prompts: z.number().int() }),
    },
    /** Tokens behind given ones by the sampler in `recurrence`, from an empty cache, with all it did: for parity and measurement. Errors: sampler_unsupported. */
    probeSampler: {
      params: z.object({
        ids: tokenIds.min(1),
        recurrence: recurrenceSettingsSchema,
        sampling: samplingSchema,
        /** Behave as the reference implementation, with its peculiarities: end tokens are ignored and a round or pass is never cut short. */
        reference: z.object({ freeze: z.enum(['latent-diff', 'fixed']) }).nullable().default(null),
      }),
      result: samplerProbeSchema,
    },
    ...encodingOperations,
    /** llama.cpp's quantiser, GGUF to GGUF. */
    quantize: {
      params: z.object({ source: z.string(), target: z.string(), type: z.string() }),
      result: z.object({ tensors: z.array(z.object({ name: z.string(), type: z.string() })) }),
    },
  },
  events: {
    /** Every second, whatever else goes on. `progress` changes when a step was done. */
    alive: z.object({ progress: z.number().nonnegative() }),
    /** The network lock of the engine refused something. */
    refused: refusedSchema,
    loadProgress: z.object({ progress: z.number().min(0).max(1) }),
    /** New tokens of a run, at most every 16 ms or 8 tokens. */
    tokens: z.object({ runId: z.number().int().positive(), tokens: z.array(tokenRecordSchema).min(1) }),
    /** A slow token's steps as they happen: the trace so far. Phase `prefill` while the prompt is read. */
    step: z.object({
      runId: z.number().int().positive(),
      phase: z.enum(['prefill', 'token']),
      index: z.number().int().nonnegative(),
      trace: z.array(z.number()).max(stepsLimit.max),
    }),
    ended: z.object({
      runId: z.number().int().positive(),
      reason: endReasonSchema,
      error: errorBodySchema.nullable(),
      stats: runStatsSchema,
      speed: speedSchema.nullable(),
    }),
  },
});
export type EngineApi = typeof engineApi;
