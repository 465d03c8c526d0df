// Owns the model files Plumb knows of: the built-in ones, the linked ones, and which of them is open.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cacheSettingsSchema, computeChoiceSchema, type CacheSettings, type ComputeChoice } from '../contract/compute.js';
import { encoderPurposeSchema, type EncoderPurpose } from '../contract/encoding.js';
import { AppError, fromErrorBody, toErrorBody } from '../contract/errors.js';
import type { Model } from '../contract/models.js';
import type { Store } from '../store/store.js';
import { calibrateModel } from './calibration.js';
import type { Encoders } from './documents/encoders.js';
import type { EngineClient, ModelTarget } from './engine-client.js';
import { readEvaluation } from './evaluation-file.js';
import type { Emit, HandlersOf } from './events.js';
import type { Log } from './log.js';
import { describeModel, hashModelFile, pathFromPerson, type ModelFile } from './model-files.js';
import type { Runs } from './runs.js';

export interface ModelDeps {
  store: Store;
  engine: EngineClient;
  runs: Pick<Runs, 'isBusy'>;
  encoders: Encoders;
  emit: Emit;
  log: Log;
  now(): number;
  resourcesDir: string;
  /** The host's file dialog; absent where there is none. */
  pickFile?: (() => Promise<string | null>) | undefined;
}

export interface Models {
  handlers: HandlersOf<'models'>;
  /** Opens the remembered model, else the built-in one. */
  openRemembered(): Promise<void>;
  /** Takes up again the models that read documents. */
  openEncoders(): Promise<void>;
  fileHash(modelId: string): Promise<string>;
}

/** Beside the built-in model, in the form of `evaluationSchema`: what `plumb eval --json` prints. */
const evaluationName = 'evaluation.json';

export function createModels({ store, engine, runs, encoders, emit, log, now, resourcesDir, pickFile }: ModelDeps): Models {
  function files(): ModelFile[] {
    const names = existsSync(resourcesDir) ? readdirSync(resourcesDir).filter((name) => name.endsWith('.gguf')).sort() : [];
    return [
      ...names.map((name) => ({ id: `built-in-${basename(name, '.gguf')}`, path: join(resourcesDir, name), builtIn: true })),
      ...store.modelFiles.paths().map((path) => ({ id: idOf(path), path, builtIn: false })),
    ];
  }
  function file(modelId: string): ModelFile {
    const found = files().find(({ id }) => id === modelId);
    if (!found) throw new AppError('model_missing', 'Plumb does not know this model.');
    return found;
  }
  const list = (): Promise<Model[]> => Promise.all(files().map(describeModel));

  const cacheOf = (modelId: string): CacheSettings => cacheSettingsSchema.parse(store.settings.read().computeByModel[modelId] ?? {});
  const asTarget = (chosen: ModelFile, anyway = false): ModelTarget => ({ ...chosen, cache: cacheOf(chosen.id), gpu: store.settings.read().gpu, anyway, reservedBytes: encoders.reservedBytes() });

  async function open(chosen: ModelFile, anyway = false): Promise<void> {
    const { problem, purpose } = await describeModel(chosen);
    if (problem) throw fromErrorBody(problem);
    if (purpose !== 'chat') throw new AppError('model_not_for_chat', 'This model reads documents and writes no text.', purpose);
    void engine.bring(asTarget(chosen, anyway));
  }
  function remember(modelId: string, change: Partial<ComputeChoice>): void {
    const { computeByModel } = store.settings.read();
    store.settings.write({ computeByModel: { ...computeByModel, [modelId]: { ...computeChoiceSchema.parse(computeByModel[modelId] ?? {}), ...change } } });
    emit('settings.changed', store.settings.read());
  }
  function refuseWhileBusy(): void {
    if (runs.isBusy()) throw new AppError('engine_busy', 'An answer is being made. Stop it first.');
  }
  /** What is wrong with it is its state too. */
  async function useEncoder(purpose: EncoderPurpose, modelId: string): Promise<void> {
    try {
      const { path } = file(modelId);
      const { name, architecture, sizeBytes, problem, purpose: own } = await describeModel(file(modelId));
      if (problem) throw fromErrorBody(problem);
      if (own !== purpose) throw new AppError('model_not_for_documents', 'This model is not made for searching documents.', own);
      encoders.use(purpose, { file: { modelId, path, name, architecture, sizeBytes, hash: await hashModelFile(path) } });
    } catch (thrown) {
      encoders.use(purpose, { modelId, error: toErrorBody(thrown) });
      throw thrown;
    }
  }
  function rememberEncoder(purpose: EncoderPurpose, modelId: string | null): void {
    store.settings.write(purpose === 'embedder' ? { embedderId: modelId } : { rerankerId: modelId });
    emit('settings.changed', store.settings.read());
  }
  function stopEncoder(purpose: EncoderPurpose): void {
    rememberEncoder(purpose, null);
    encoders.use(purpose, null);
  }
  const isOpen = (modelId: string): boolean => {
    const state = engine.state();
    return (state.kind === 'ready' || state.kind === 'loading') && state.modelId === modelId;
  };

  return {
    handlers: {
      'models.list': async () => ({ models: await list() }),
      'models.open': async ({ modelId, anyway }) => {
        refuseWhileBusy();
        await open(file(modelId), anyway);
        store.settings.write({ modelId });
        emit('settings.changed', store.settings.read());
        return {};
      },
      'models.setCache': async ({ modelId, ...cache }) => {
        const chosen = file(modelId);
        if (isOpen(modelId)) refuseWhileBusy();
        remember(modelId, cache);
        if (isOpen(modelId)) await open(chosen);
        return {};
      },
      'models.calibrate': async ({ modelId }) => {
        refuseWhileBusy();
        const { calibration, points } = await calibrateModel(engine, modelId);
        remember(modelId, { calibration });
        return { calibration, points };
      },
      'models.estimate': ({ modelId, ...rest }) => engine.estimate({ path: file(modelId).path, reservedBytes: encoders.reservedBytes(), ...rest }),
      'models.useForDocuments': async ({ modelId, on }) => {
        const { purpose, problem } = await describeModel(file(modelId));
        if (on && problem) throw fromErrorBody(problem);
        if (purpose === 'chat') throw new AppError('model_not_for_documents', 'This model is not made for searching documents.');
        if (on) {
          await useEncoder(purpose, modelId);
          rememberEncoder(purpose, modelId);
          encoders.prepare(purpose);
        } else if (encoders.modelOf(purpose) === modelId) stopEncoder(purpose);
        return {};
      },
      'models.encoders': () => ({ encoders: encoders.states() }),
      'models.close': async () => {
        refuseWhileBusy();
        await engine.bring(null);
        return {};
      },
      'models.add': async ({ path: given }) => {
        const path = pathFromPerson(given);
        const known = files().find((each) => each.path === path);
        const model = await describeModel(known ?? { id: idOf(path), path, builtIn: false });
        if (model.problem) throw fromErrorBody(model.problem);
        if (!known) store.modelFiles.add(path, now());
        emit('models.changed', { models: await list() });
        return { model };
      },
      'models.remove': async ({ modelId }) => {
        const { builtIn, path } = file(modelId);
        if (builtIn) throw new AppError('not_allowed', 'The built-in model cannot be removed.');
        if (isOpen(modelId)) {
          refuseWhileBusy();
          await engine.bring(null);
        }
        for (const purpose of encoderPurposeSchema.options) if (encoders.modelOf(purpose) === modelId) stopEncoder(purpose);
        store.modelFiles.remove(path);
        if (store.settings.read().modelId === modelId) store.settings.write({ modelId: null });
        emit('models.changed', { models: await list() });
        return {};
      },
      'models.measured': async ({ modelId }) => ({ effects: store.runs.effects(await hashModelFile(file(modelId).path)) }),
      'models.evaluation': async ({ modelId }) => {
        const { builtIn } = file(modelId);
        return { evaluation: builtIn ? await readEvaluation(join(resourcesDir, evaluationName), log) : null };
      },
      'models.pick': async () => {
        if (!pickFile) throw new AppError('not_allowed', 'This window cannot open a file dialog. Type the path instead.');
        return { path: await pickFile() };
      },
    },
    async openRemembered() {
      const known = files();
      const remembered = known.find(({ id }) => id === store.settings.read().modelId);
      const candidates = [...(remembered ? [remembered] : []), ...known.filter(({ builtIn }) => builtIn)];
      for (const candidate of candidates) {
        if ((await describeModel(candidate)).problem === null) return engine.bring(asTarget(candidate));
      }
      return engine.bring(null);
    },
    async openEncoders() {
      const { embedderId, rerankerId } = store.settings.read();
      for (const [purpose, modelId] of [['embedder', embedderId], ['reranker', rerankerId]] as const) {
        // Its state says what is wrong with it.
        if (modelId !== null) await useEncoder(purpose, modelId).catch((thrown: unknown) => log.warn('model for documents not taken up', toErrorBody(thrown)));
      }
    },
    fileHash: (modelId) => hashModelFile(file(modelId).path),
  };
}

/** The same path has the same id for ever; the id does not reveal the path. */
function idOf(path: string): string {
  return `file-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`;
}
