// Owns the contract between the window and the services: one table, types are inferred from it.
import { z } from 'zod';
import { cacheSettingsSchema, calibrationPointSchema, effortCalibrationSchema, measuredEffectSchema } from './compute.js';
import {
  conversationSchema, conversationSnapshotSchema, endReasonSchema, idSchema, messageSchema, runSchema, samplingSchema, searchHitSchema,
} from './conversation.js';
import { askSchema, collectionSchema, documentSchema, foundPassageSchema, groundingSchema, markSchema, pieceBytes, quoteSchema, viewPageSchema } from './documents.js';
import { encoderOperations, encoderStateSchema } from './encoding.js';
import { evaluationSchema } from './evaluation.js';
import { engineStateSchema, errorBodySchema, loadEstimateSchema, modelSchema } from './models.js';
import { privacyReportSchema, refusedSchema } from './privacy.js';
import { recurrenceSettingsSchema, stepsLimit, tokenRecordSchema } from './recurrence.js';
import { defineApi } from './rpc.js';
import { settingsPatchSchema, settingsSchema } from './settings.js';
import { exportKindSchema, importSummarySchema } from './transfer.js';
import { autoLockSchema, newPassphraseSchema, passphraseSchema, recoveryCodeSchema, vaultStateSchema } from './vault.js';

const none = z.object({});
const byId = z.object({ id: idSchema });
const steps = z.number().int().min(stepsLimit.min).max(stepsLimit.max);
/** Long enough for a pasted chapter; a guard against a runaway paste. */
const messageText = z.string().min(1).max(2_000_000);

const documentName = z.string().trim().min(1).max(255);
const filePath = z.string().min(1).max(4096);

/** A transfer that can be read, with the name its file should have. */
const outgoingSchema = z.object({ transferId: idSchema, name: z.string(), mediaType: z.string() });

/** The two messages and the run that a send or a retry made. `run` null: nothing fitting was found in the documents (`reply.grounding`), nothing is generated. */
const startedSchema = z.object({ userMessage: messageSchema, reply: messageSchema, run: runSchema.nullable() });
export type Started = z.infer<typeof startedSchema>;

export const api = defineApi({
  operations: {
    /** What the window needs before it can draw. While `vault.locked`, settings are the defaults and every operation but this and `vault.*` fails with `locked`. */
    'app.hello': {
      params: none,
      result: z.object({
        version: z.string(),
        host: z.enum(['electron', 'browser']),
        abilities: z.object({ pickFile: z.boolean(), revealFile: z.boolean(), saveFile: z.boolean() }),
        engine: engineStateSchema,
        settings: settingsSchema,
        vault: vaultStateSchema,
        /** Something about the start the user should know, for example a database restored from its backup. */
        notices: z.array(errorBodySchema),
      }),
    },
    /** Also while locked. Removes keys, conversations, copies and the token, and begins anew as at the first launch. All windows get `app.reset`. */
    'app.eraseEverything': { params: z.object({ confirm: z.literal('erase everything') }), result: none },
    'vault.state': { params: none, result: vaultStateSchema },
    /** Errors: wrong_passphrase, for whatever is wrong; too_many_attempts, before anything is tried; those of opening the store. */
    'vault.unlock': { params: z.object({ passphrase: passphraseSchema }), result: none },
    /** Is never made to wait: 160 random bits cannot be guessed. Errors: wrong_passphrase. */
    'vault.unlockWithRecovery': { params: z.object({ code: recoveryCodeSchema }), result: none },
    /** Tries the key store or the key file again. Errors: key_store_unavailable, vault_damaged. */
    'vault.retry': { params: none, result: none },
    /** Ends the answer being made with what it has, the engine, and the store; drops the key. Errors: vault_unprotected without a passphrase. */
    'vault.lock': { params: none, result: none },
    /** `current` is null where there is none yet, or after the recovery code. Errors: wrong_passphrase, too_many_attempts. */
    'vault.setPassphrase': { params: z.object({ current: passphraseSchema.nullable(), next: newPassphraseSchema }), result: none },
    /** Back to the key store, or to the key file where there is none. Errors: wrong_passphrase, too_many_attempts. */
    'vault.removePassphrase': { params: z.object({ current: passphraseSchema }), result: none },
    /** Makes a new recovery code; the one before stops working. It is shown this once. */
    'vault.newRecoveryCode': { params: none, result: z.object({ code: z.string() }) },
    'vault.setAutoLock': { params: z.object({ minutes: autoLockSchema }), result: none },
    /** Somebody is at the keyboard. */
    'vault.touch': { params: none, result: none },

    'models.list': { params: none, result: z.object({ models: z.array(modelSchema) }) },
    /** Loads a model into the engine and remembers it for the next start. Progress and outcome arrive as `engine.state`. Errors: model_not_for_chat. */
    'models.open': { params: z.object({ modelId: z.string(), /** Also when it is not expected to fit into the memory. */ anyway: z.boolean().default(false) }), result: none },
    'models.close': { params: none, result: none },
    /** Links a GGUF file where it is; nothing is copied. Errors: model_missing, gguf_invalid, gguf_truncated. */
    'models.add': { params: z.object({ path: z.string().min(1).max(4096) }), result: z.object({ model: modelSchema }) },
    /** Forgets a linked file; the file stays. */
    'models.remove': { params: z.object({ modelId: z.string() }), result: none },
    ...encoderOperations,
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
    /** `temporary`: kept in memory alone, without a title, until it is removed, no window is left, or Plumb is locked or closed. */
    'conversations.create': { params: z.object({ temporary: z.boolean().default(false) }), result: z.object({ conversation: conversationSchema }) },
    'conversations.open': { params: byId, result: conversationSnapshotSchema },
    'conversations.rename': { params: z.object({ id: idSchema, title: z.string().trim().min(1).max(200) }), result: none },
    /** Moves a temporary chat into the history, under a new id. Errors: engine_busy while an answer is being made in it. */
    'conversations.keep': { params: byId, result: z.object({ conversation: conversationSchema }) },
    /** Hides a conversation; `conversations.restore` within ten minutes or until the app closes undoes it, then it is erased. A temporary one is erased at once. */
    'conversations.remove': { params: byId, result: none },
    'conversations.restore': { params: byId, result: none },
    /** Chooses which branch of the tree is shown. */
    'conversations.select': { params: z.object({ id: idSchema, leafId: idSchema }), result: none },

    /**
     * Adds a user message and starts the answer. `parentId` names the reply it follows: absent means the shown leaf, null means none,
     * a new beginning beside the first message. Errors: no_model, engine_busy, context_full, collection_too_big (`ask.mode` is `whole`).
     */
    'messages.send': {
      params: z.object({
        conversationId: idSchema,
        text: messageText,
        recurrence: recurrenceSettingsSchema,
        parentId: idSchema.nullable().optional(),
        /** Answer from these documents; absent or null: from what the model knows. */
        ask: askSchema.nullish(),
      }),
      result: startedSchema,
    },
    /**
     * Answers the same user message again, at another depth; the earlier answer stays as a sibling. From the same passages if it was answered from
     * the same documents. `ask` absent: from what the earlier answer used; null: from what the model knows.
     */
    'messages.retry': { params: z.object({ replyId: idSchema, recurrence: recurrenceSettingsSchema, ask: askSchema.nullish() }), result: startedSchema },
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

    'collections.list': { params: none, result: z.object({ collections: z.array(collectionSchema) }) },
    'collections.create': { params: z.object({ name: documentName }), result: z.object({ collection: collectionSchema }) },
    'collections.rename': { params: z.object({ id: idSchema, name: documentName }), result: none },
    /** Erases the collection with everything read from its documents; files on disk stay. */
    'collections.remove': { params: byId, result: none },
    /** Reading stops after the page at hand, also after a restart; the file at hand is begun anew by `resume`. */
    'collections.pause': { params: byId, result: none },
    'collections.resume': { params: byId, result: none },

    'documents.list': { params: z.object({ collectionId: idSchema }), result: z.object({ documents: z.array(documentSchema) }) },
    /** Files and folders by path; a folder is looked through for files of known formats, and again when it changes if `watch`. Errors: document_missing. */
    'documents.add': { params: z.object({ collectionId: idSchema, paths: z.array(filePath).min(1).max(1000), watch: z.boolean().default(true) }), result: z.object({ added: z.number().int() }) },
    /** For files that a browser hands over without a path: begin, pieces in order, then `documents.upload` with `last`. Kept in the database. Errors: document_too_big. */
    'documents.beginUpload': { params: z.object({ collectionId: idSchema, name: documentName, sizeBytes: z.number().int().nonnegative() }), result: z.object({ uploadId: idSchema }) },
    'documents.upload': { params: z.object({ uploadId: idSchema, offset: z.number().int().nonnegative(), base64: z.base64().max(Math.ceil(pieceBytes / 3) * 4), last: z.boolean() }), result: none },
    /** The host's dialog, where it has one (`abilities.pickFile`). */
    'documents.pick': { params: z.object({ kind: z.enum(['files', 'folder']) }), result: z.object({ paths: z.array(z.string()) }) },
    'documents.remove': { params: byId, result: none },
    'documents.unwatch': { params: z.object({ folderId: idSchema }), result: none },
    /** Reads a document again, if asked with OCR for its pages without text. */
    'documents.reread': { params: z.object({ id: idSchema, ocr: z.boolean().default(false) }), result: none },
    /** Looks up without answering: passages best first, and sentences that answer by themselves. */
    'documents.search': {
      params: z.object({ collectionId: idSchema, query: z.string().min(1).max(2000) }),
      result: z.object({ passages: z.array(foundPassageSchema), quotes: z.array(quoteSchema), found: z.boolean(), retrievalMs: z.number() }),
    },
    /** A document for the viewer: its facts and its pages without their text. */
    'documents.open': { params: byId, result: z.object({ document: documentSchema, pages: z.array(viewPageSchema.omit({ text: true })) }) },
    'documents.page': { params: z.object({ id: idSchema, page: z.number().int().positive() }), result: z.object({ page: viewPageSchema }) },
    /** Where a passage, or a stretch of it, is to be marked. */
    'documents.marks': { params: z.object({ passageId: idSchema, start: z.number().int().nonnegative().optional(), end: z.number().int().nonnegative().optional() }), result: z.object({ documentId: idSchema, marks: z.array(markSchema) }) },
    /** A piece of the file itself, for PDFs. Errors: document_missing (moved or deleted), document_changed. */
    'documents.bytes': { params: z.object({ id: idSchema, offset: z.number().int().nonnegative() }), result: z.object({ base64: z.string(), sizeBytes: z.number().int() }) },
    /** How long the whole-document mode would take with the open model, and how many runs of it; above `runsLimit` it is refused. Errors: no_model. */
    'documents.forecast': { params: z.object({ collectionId: idSchema, recurrence: recurrenceSettingsSchema }), result: z.object({ passages: z.number().int(), runs: z.number().int(), seconds: z.number().nullable(), runsLimit: z.number().int().optional() }) },

    /**
     * Prepares conversations to be taken out, `ids` null: all. `shown`: the shown branch; JSON holds every branch in any case.
     * Then read piece by piece with `transfer.read`, or written by the host with `transfer.save`.
     */
    'transfer.export': {
      params: z.object({ ids: z.array(idSchema).min(1).max(10_000).nullable(), format: exportKindSchema, branches: z.enum(['shown', 'all']).default('shown'), withTokens: z.boolean().default(false) }),
      result: outgoingSchema,
    },
    /** The next piece. After the `last` one the transfer is over. Errors: not_found (it was given up). */
    'transfer.read': { params: z.object({ transferId: idSchema }), result: z.object({ base64: z.string(), last: z.boolean() }) },
    /** Writes it all to a file the user chooses, where the host has a dialog (`abilities.saveFile`). False: the user chose none. Errors: disk_full, file_unwritable. */
    'transfer.save': { params: z.object({ transferId: idSchema, name: z.string().min(1).max(255) }), result: z.object({ saved: z.boolean() }) },
    /** A file comes in: announced here, then `transfer.write` in order, then `transfer.import`. Errors: import_invalid (too big). */
    'transfer.begin': { params: z.object({ kind: z.enum(['import', 'backup']), sizeBytes: z.number().int().positive() }), result: z.object({ transferId: idSchema }) },
    'transfer.write': { params: z.object({ transferId: idSchema, offset: z.number().int().nonnegative(), base64: z.base64().max(Math.ceil(pieceBytes / 3) * 4) }), result: none },
    /** Adds the conversations of a Plumb or ChatGPT export under new ids; those that are here already are left alone. Errors: import_invalid, import_from_future. */
    'transfer.import': { params: z.object({ transferId: idSchema }), result: importSummarySchema },
    /** An encrypted file with everything: conversations, settings, documents. Read it like an export. */
    'transfer.backup': { params: z.object({ passphrase: newPassphraseSchema }), result: outgoingSchema },
    /**
     * Puts a backup file in the place of everything that is here; that is put aside first, and comes back if the new one does not open.
     * All windows get `app.reset`. Errors: backup_invalid, wrong_passphrase, import_from_future, database_from_future, engine_busy, disk_full.
     */
    'transfer.restore': { params: z.object({ transferId: idSchema, passphrase: passphraseSchema }), result: none },
    'transfer.cancel': { params: z.object({ transferId: idSchema }), result: none },

    /** Attempts to reach other machines, and what lies on the disk. */
    'privacy.report': { params: none, result: privacyReportSchema },
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
    'collection.changed': z.object({ collection: collectionSchema }),
    'collection.removed': byId,
    'document.changed': z.object({ document: documentSchema }),
    'document.removed': z.object({ id: idSchema, collectionId: idSchema }),
    /** New quotes, citations or progress of a reply's grounding. */
    'grounding.changed': z.object({ conversationId: idSchema, grounding: groundingSchema }),
    'models.changed': z.object({ models: z.array(modelSchema) }),
    'encoders.changed': z.object({ encoders: z.array(encoderStateSchema) }),
    'privacy.refused': z.object({ refusedTotal: z.number().int().positive(), refused: refusedSchema }),
    'settings.changed': settingsSchema,
    /** Something the user should know, now. */
    'app.notice': errorBodySchema,
    /** Everything is another than before: a window begins anew. */
    'app.reset': z.object({ why: z.enum(['restored', 'erased']) }),
    /** When it says locked, a window forgets everything it shows. */
    'vault.state': vaultStateSchema,
  },
});
export type PlumbApi = typeof api;

/** Sampling is a setting, not an argument of a send: see settings.ts. */
export { samplingSchema };
