// Owns a made-up backend inside the page, for work on the window without engine or store. Not part of the product's build.
import { api, type PlumbApi } from '../../core/contract/api.js';
import type { Ask, Grounding } from '../../core/contract/documents.js';
import { defaultCompute } from '../../core/contract/compute.js';
import { defaultSampling, type Conversation, type Message, type Run } from '../../core/contract/conversation.js';
import { AppError } from '../../core/contract/errors.js';
import type { EncoderState } from '../../core/contract/encoding.js';
import type { EngineState } from '../../core/contract/models.js';
import { tokenMs, type RecurrenceSettings, type Speed, type TokenRecord } from '../../core/contract/recurrence.js';
import { serve, type EventBody, type EventName, type Handlers, type Pipe } from '../../core/contract/rpc.js';
import { defaultSettings, type Settings } from '../../core/contract/settings.js';
import { fakeVault, fakeVaultHandlers } from './fake-vault.js';
import { FakeDocuments } from './fake-documents.js';
import { copyingPipes } from './fake-pipe.js';
import { fakeTransfer } from './fake-transfer.js';
import { answerTo, tokensOf, traceFor } from './fake-answers.js';
import { fakeEffects, fakeEvaluation, fakeModels, loadedFrom, sampleTalks } from './fake-data.js';

type Emit = <K extends EventName<PlumbApi>>(name: K, body: EventBody<PlumbApi, K>) => void;

interface Living {
  run: Run;
  steps: number;
  tokens: TokenRecord[];
  stopped: boolean;
  hurried: boolean;
}

const options = new URLSearchParams(location.search);
/** `?rate=200` streams without end at that rate, `&flat` as one paragraph; `?slow` makes tokens slow enough to show their steps; `?long=300` adds a conversation of so many messages; `?engine=down` and so on. */
const slow = options.has('slow');
const perSecond = Number(options.get('rate') ?? 0);

class FakeApp {
  documents = new FakeDocuments();
  emit: Emit = () => undefined;
  settings: Settings = { ...defaultSettings, theme: (options.get('theme') as Settings['theme'] | null) ?? 'system' };
  engine: EngineState = { kind: 'starting' };
  encoders: EncoderState[] = [];
  conversations = new Map<number, Conversation & { leafId: number | null; removed: boolean }>();
  messages = new Map<number, Message>();
  tokens = new Map<number, TokenRecord[]>();
  living = new Map<number, Living>();
  nextId = 1000;

  constructor() {
    for (const talk of sampleTalks(Number(options.get('long') ?? 0))) {
      this.conversations.set(talk.conversation.id, { ...talk.conversation, leafId: talk.leafId, removed: false });
      for (const message of talk.messages) this.messages.set(message.id, message);
      for (const [runId, tokens] of talk.tokens) this.tokens.set(runId, tokens);
    }
    setTimeout(() => this.load(options.get('model') ?? 'built-in'), 30);
  }

  load(modelId: string): void {
    const model = fakeModels.find(({ id }) => id === modelId)!;
    const set = (engine: EngineState): void => { this.engine = engine; this.emit('engine.state', engine); };
    const forced = options.get('engine');
    if (forced === 'down') return set({ kind: 'down', error: { code: 'engine_down', message: '' } });
    if (forced === 'failed') return set({ kind: 'failed', modelId, error: { code: 'gguf_truncated', message: '', detail: 'ends at 3.1 of 3.9 GB' } });
    let progress = 0;
    const step = (): void => {
      progress += model.builtIn ? 1 : 0.08;
      if (forced === 'loading') progress = 0.4;
      if (progress >= 1) return set({ kind: 'ready', modelId, loaded: loadedFrom(model) });
      set({ kind: 'loading', modelId, progress });
      setTimeout(step, 90);
    };
    step();
  }

  public(conversation: Conversation): Conversation {
    const { id, title, createdAtMs, updatedAtMs } = conversation;
    return { id, title, createdAtMs, updatedAtMs };
  }
  conversation(id: number) {
    const found = this.conversations.get(id);
    if (!found || found.removed) throw new AppError('not_found', 'gone');
    return found;
  }
  of(id: number): Message[] {
    return [...this.messages.values()].filter(({ conversationId }) => conversationId === id);
  }

  start(conversationId: number, parentId: number, question: string, recurrence: RecurrenceSettings, ask: Ask | null = null) {
    if (this.engine.kind !== 'ready') throw new AppError('no_model', '');
    if (this.living.size > 0) throw new AppError('engine_busy', '');
    const { loaded } = this.engine;
    const conversation = this.conversation(conversationId);
    const run: Run = {
      id: this.nextId++, modelName: loaded.name, hasRecurrence: loaded.recurrence !== null, recurrence, cache: null, sampling: defaultSampling, state: 'running',
      endReason: null, errorCode: null, startedAtMs: Date.now(), endedAtMs: null, stats: null, lastSeq: 0,
    };
    const reply: Message = { id: this.nextId++, conversationId, parentId, role: 'assistant', text: '', createdAtMs: Date.now(), run };
    const grounded = ask ? this.documents.ground(reply.id, question, ask) : null;
    reply.grounding = grounded && { ...grounded.grounding, citations: [] };
    this.messages.set(reply.id, reply);
    conversation.leafId = reply.id;
    conversation.updatedAtMs = Date.now();
    this.emit('conversation.changed', { conversation: this.public(conversation) });
    const living: Living = { run, steps: recurrence.steps, tokens: [], stopped: false, hurried: false };
    this.living.set(run.id, living);
    void this.write(living, reply, tokensOf(grounded ? grounded.text : answerTo(question, recurrence.steps, perSecond === 0 ? 'no' : options.has('flat') ? 'flat' : 'mixed')), loaded.speed!, grounded?.grounding ?? null);
    return { userMessage: this.messages.get(parentId)!, reply, run };
  }

  async write(living: Living, reply: Message, texts: string[], speed: Speed, grounding: Grounding | null): Promise<void> {
    const place = { conversationId: reply.conversationId, replyId: reply.id, runId: living.run.id };
    const startMs = performance.now();
    await new Promise((done) => setTimeout(done, slow ? 1500 : grounding?.whole ? 4000 : 120));
    const firstMs = performance.now();
    let seq = 0;
    let at = 0;
    while (at < texts.length && !living.stopped) {
      const tokenTimeMs = perSecond > 0 ? 1000 / perSecond : slow ? 900 : Math.max(12, tokenMs(speed, living.steps));
      const now = performance.now() - firstMs;
      const due = slow ? at + 1 : Math.max(at + 1, Math.min(texts.length, Math.floor(now / tokenTimeMs)));
      const batch: TokenRecord[] = [];
      for (; at < due && at < texts.length; at++) {
        const steps = this.engine.kind === 'ready' && this.engine.loaded.recurrence ? (living.hurried ? 1 : living.steps) : 0;
        const full = traceFor(texts[at]!, at, steps);
        const { exit } = living.run.recurrence;
        const settled = exit ? full.findIndex((delta) => delta < exit.threshold) + 1 : 0;
        const trace = settled > 0 ? full.slice(0, settled) : full;
        if (slow) {
          for (let s = 1; s <= trace.length; s++) {
            this.emit('run.step', { runId: living.run.id, phase: 'token', index: at, trace: trace.slice(0, s) });
            await new Promise((done) => setTimeout(done, tokenTimeMs / trace.length));
          }
        }
        batch.push({ index: at, id: 5, text: texts[at]!, steps: trace.length, exitReason: steps === 0 ? 'none' : living.hurried ? 'hurried' : settled > 0 && settled < steps ? 'converged' : 'limit', trace });
      }
      living.tokens.push(...batch);
      living.run = { ...living.run, lastSeq: ++seq };
      this.emit('run.tokens', { ...place, seq, tokens: batch });
      await new Promise((done) => setTimeout(done, Math.max(4, Math.min(16, tokenTimeMs))));
    }
    const { tokens, stopped } = living;
    const run: Run = {
      ...living.run, state: stopped ? 'stopped' : 'done', endReason: stopped ? 'stopped' : 'end', endedAtMs: Date.now(),
      stats: { promptTokens: 118, reusedTokens: reply.parentId === null ? 0 : 64, rereadTokens: 0, promptMs: 40, firstTokenMs: firstMs - startMs, tokens: tokens.length, decodeMs: performance.now() - firstMs, meanSteps: tokens.reduce((sum, { steps }) => sum + steps, 0) / Math.max(1, tokens.length) },
    };
    this.living.delete(run.id);
    if (grounding) this.emit('grounding.changed', { conversationId: reply.conversationId, grounding: (reply.grounding = grounding) });
    this.tokens.set(run.id, tokens);
    this.messages.set(reply.id, { ...reply, run, text: tokens.map(({ text }) => text).join('') });
    this.emit('run.ended', { ...place, run, reason: stopped ? 'stopped' : 'end', error: null });
  }

  handlers(): Handlers<PlumbApi> {
    return {
      ...this.documents.handlers(),
      ...fakeTransfer,
      ...fakeVaultHandlers((name, body) => this.emit(name, body)),
      'app.hello': () => ({ version: '0.1.0', host: 'browser', abilities: { pickFile: false, revealFile: false, saveFile: false }, engine: this.engine, settings: this.settings, vault: fakeVault, notices: [] }),
      'models.list': () => ({ models: fakeModels }),
      'models.open': ({ modelId }) => { this.load(modelId); return {}; },
      'models.setCache': ({ modelId, ...cache }) => {
        const { computeByModel } = this.settings;
        this.settings = { ...this.settings, computeByModel: { ...computeByModel, [modelId]: { ...(computeByModel[modelId] ?? defaultCompute), ...cache } } };
        this.emit('settings.changed', this.settings);
        this.load(modelId);
        return {};
      },
      'models.calibrate': ({ modelId }) => {
        const calibration = { quick: 0.2, balanced: 0.05, deep: 0.014 };
        const { computeByModel } = this.settings;
        this.settings = { ...this.settings, computeByModel: { ...computeByModel, [modelId]: { ...(computeByModel[modelId] ?? defaultCompute), calibration } } };
        this.emit('settings.changed', this.settings);
        return { calibration, points: [{ threshold: 0.2, agreement: 0.95, meanSteps: 4.2 }, { threshold: 0.05, agreement: 0.99, meanSteps: 7.8 }, { threshold: 0.014, agreement: 1, meanSteps: 12.5 }] };
      },
      'models.estimate': ({ modelId, kvBudget, kvType, steps }) => {
        const { sizeBytes: weightBytes, recurrence } = fakeModels.find(({ id }) => id === modelId)!;
        const kvBytesPerToken = Math.min(steps ?? recurrence?.stepsDefault ?? 1, kvBudget || 128) * 20_000 * { f32: 2, f16: 1, q8_0: 17 / 32, q4_0: 9 / 32 }[kvType];
        return { contextSize: 1024, weightBytes, kvBytesPerToken, kvBytes: 1024 * kvBytesPerToken, freeBytes: 8e9, fits: true };
      },
      'models.encoders': () => ({ encoders: this.encoders }),
      'models.useForDocuments': ({ modelId, on }) => {
        const purpose = fakeModels.find(({ id }) => id === modelId)!.purpose === 'reranker' ? 'reranker' as const : 'embedder' as const;
        const others = this.encoders.filter((each) => each.purpose !== purpose);
        this.encoders = on ? [...others, { purpose, modelId, kind: 'ready', error: null, memoryBytes: 210e6, passages: purpose === 'embedder' ? { done: options.has('encoded') ? 1380 : 214, total: 1380 } : null }] : others;
        this.emit('encoders.changed', { encoders: this.encoders });
        return {};
      },
      'models.close': () => ({}), 'models.remove': () => ({}), 'models.pick': () => ({ path: null }), 'models.add': () => { throw new AppError('gguf_invalid', ''); },
      'models.measured': ({ modelId }) => ({ effects: modelId === 'built-in' && !options.has('unmeasured') ? fakeEffects : [] }),
      'models.evaluation': ({ modelId }) => ({ evaluation: modelId === 'built-in' && !options.has('unmeasured') ? fakeEvaluation : null }),
      'conversations.list': () => ({ conversations: [...this.conversations.values()].filter(({ removed }) => !removed).map((conversation) => this.public(conversation)) }),
      'conversations.search': ({ query }) => ({
        hits: [...this.messages.values()].filter(({ text }) => text.toLowerCase().includes(query.toLowerCase())).slice(0, 20).map(({ id, conversationId, text }) => {
          const at = text.toLowerCase().indexOf(query.toLowerCase());
          return { conversation: this.public(this.conversation(conversationId)), messageId: id, snippet: `${text.slice(Math.max(0, at - 30), at)}\uE000${text.slice(at, at + query.length)}\uE001${text.slice(at + query.length, at + 60)}` };
        }),
      }),
      'conversations.create': ({ temporary }) => {
        const conversation = { temporary, id: this.nextId++, title: '', createdAtMs: Date.now(), updatedAtMs: Date.now() };
        this.conversations.set(conversation.id, { ...conversation, leafId: null, removed: false });
        return { conversation };
      },
      'conversations.open': ({ id }) => {
        const conversation = this.conversation(id);
        const live = [...this.living.values()].flatMap(({ tokens }) => tokens);
        return { conversation: this.public(conversation), messages: this.of(id).map((message) => ({ ...message, run: (message.run && this.living.get(message.run.id)?.run) ?? message.run })), leafId: conversation.leafId, liveTokens: live };
      },
      'conversations.rename': ({ id, title }) => {
        this.conversation(id).title = title;
        this.emit('conversation.changed', { conversation: this.public(this.conversation(id)) });
        return {};
      },
      'conversations.keep': ({ id }) => ({ conversation: { ...this.public(this.conversation(id)), temporary: false } }),
      'conversations.remove': ({ id }) => { this.conversation(id).removed = true; return {}; },
      'conversations.restore': ({ id }) => { this.conversations.get(id)!.removed = false; return {}; },
      'conversations.select': ({ id, leafId }) => { this.conversation(id).leafId = leafId; return {}; },
      'messages.send': ({ conversationId, text, recurrence, parentId, ask }) => {
        const conversation = this.conversation(conversationId);
        if (conversation.title === '') conversation.title = text.split(/[.?!\n]/)[0]!.slice(0, 40);
        const user: Message = { id: this.nextId++, conversationId, parentId: parentId === undefined ? conversation.leafId : parentId, role: 'user', text, createdAtMs: Date.now(), run: null };
        this.messages.set(user.id, user);
        return this.start(conversationId, user.id, text, recurrence, ask);
      },
      'messages.retry': ({ replyId, recurrence, ask }) => {
        const reply = this.messages.get(replyId)!;
        return this.start(reply.conversationId, reply.parentId!, this.messages.get(reply.parentId!)!.text, recurrence, ask);
      },
      'messages.forecast': ({ conversationId, text }) => {
        const promptTokens = 12 + Math.round((text.length + this.of(conversationId ?? -1).reduce((sum, message) => sum + message.text.length, 0)) / 4);
        const contextSize = options.has('long') ? 1_000_000 : 1024;
        return { promptTokens, contextSize, fits: promptTokens + 8 < contextSize };
      },
      'runs.stop': ({ runId }) => { const living = this.living.get(runId); if (living) living.stopped = true; return {}; },
      'runs.setSteps': ({ runId, steps }) => { const living = this.living.get(runId); if (living) living.steps = steps; return {}; },
      'runs.answerNow': ({ runId, on }) => { const living = this.living.get(runId); if (living) living.hurried = on; return {}; },
      'runs.tokens': ({ runId }) => ({ tokens: this.tokens.get(runId) ?? [], lastSeq: 1 }),
      'privacy.report': () => ({ locked: true, refusedTotal: 0, refused: [], exception: null, stored: [] }),
      'settings.set': (patch) => { this.settings = { ...this.settings, ...patch } as Settings; return { settings: this.settings }; },
      'engine.restart': () => { this.load('built-in'); return {}; },
    };
  }
}

let app: FakeApp | null = null;

/** A pipe to the made-up backend. */
export function fakePipe(): Pipe {
  const [page, backend] = copyingPipes();
  app ??= new FakeApp();
  app.documents.emit = app.emit = serve(backend, api, app.handlers()).emit;
  return page;
}
