// Owns what the window knows, as a pure reducer over snapshots and events. Streamed tokens live in runs/, not here.
import type { Conversation, ConversationSnapshot, Message, Run } from '../core/contract/conversation.js';
import type { EncoderState } from '../core/contract/encoding.js';
import type { EngineState, Model } from '../core/contract/models.js';
import { defaultSettings, type Settings } from '../core/contract/settings.js';
import type { Grounding } from '../core/contract/documents.js';
import type { VaultState } from '../core/contract/vault.js';
import type { Started } from '../core/contract/api.js';
import { emptyLibrary, reduceLibrary, type Library, type LibraryAction } from './documents/library-state.js';

export interface OpenConversation {
  conversation: Conversation;
  messages: ReadonlyMap<number, Message>;
  leafId: number | null;
}

export interface RunPlace {
  runId: number;
  conversationId: number;
  replyId: number;
}

export interface State {
  link: 'connecting' | 'open' | 'lost';
  version: string;
  host: 'electron' | 'browser';
  canPickFile: boolean;
  /** The host saves files by its own dialog; otherwise the page downloads them. */
  canSaveFile: boolean;
  engine: EngineState;
  settings: Settings;
  /** null: not yet known. */
  vault: VaultState | null;
  models: readonly Model[];
  /** The models that read documents. */
  encoders: readonly EncoderState[];
  /** Newest first. */
  conversations: readonly Conversation[];
  listed: boolean;
  /** null: a new chat that does not exist yet. */
  open: OpenConversation | null;
  /** Runs being made, of any conversation, by run id. */
  running: Readonly<Record<number, RunPlace>>;
  library: Library;
  /** Groundings that came before the message they belong to, by message. */
  early: ReadonlyMap<number, Grounding>;
}

export const initialState: State = {
  link: 'connecting', version: '', host: 'browser', canPickFile: false, canSaveFile: false, engine: { kind: 'starting' }, settings: defaultSettings, vault: null,
  models: [], encoders: [], conversations: [], listed: false, open: null, running: {}, library: emptyLibrary, early: new Map(),
};

export type Action =
  | { type: 'link'; link: State['link'] }
  | { type: 'hello'; version: string; host: State['host']; canPickFile: boolean; canSaveFile: boolean; engine: EngineState; settings: Settings; vault: VaultState }
  | { type: 'vault'; vault: VaultState }
  | { type: 'locked'; vault: VaultState }
  | { type: 'engine'; engine: EngineState }
  | { type: 'settings'; settings: Settings }
  | { type: 'models'; models: readonly Model[] }
  | { type: 'encoders'; encoders: readonly EncoderState[] }
  | { type: 'conversations'; conversations: readonly Conversation[] }
  | { type: 'conversation-changed'; conversation: Conversation }
  | { type: 'conversation-removed'; id: number }
  | { type: 'opened'; snapshot: ConversationSnapshot }
  | { type: 'new-chat' }
  | { type: 'started'; started: Started }
  | { type: 'tokens'; place: RunPlace }
  | { type: 'ended'; place: RunPlace; run: Run; text: string | null }
  | { type: 'selected'; leafId: number }
  | { type: 'grounding'; conversationId: number; grounding: Grounding }
  | { type: 'library'; change: LibraryAction };

const newestFirst = (a: Conversation, b: Conversation): number => b.updatedAtMs - a.updatedAtMs || b.id - a.id;

function without(running: State['running'], runId: number): State['running'] {
  if (!(runId in running)) return running;
  const { [runId]: _gone, ...rest } = running;
  return rest;
}

function withMessages(open: OpenConversation, changed: readonly Message[], leafId = open.leafId): OpenConversation {
  const messages = new Map(open.messages);
  for (const message of changed) messages.set(message.id, message);
  return { ...open, messages, leafId };
}

function opened(state: State, snapshot: ConversationSnapshot): State {
  const { conversation, leafId } = snapshot;
  const messages = new Map(snapshot.messages.map((message) => [message.id, message]));
  let running = state.running;
  for (const { id, run } of snapshot.messages) {
    if (!run) continue;
    running = run.state === 'running' ? { ...running, [run.id]: { runId: run.id, conversationId: conversation.id, replyId: id } } : without(running, run.id);
  }
  return { ...state, running, open: { conversation, messages, leafId } };
}

function ended(state: State, { place, run, text }: Extract<Action, { type: 'ended' }>): State {
  const running = without(state.running, place.runId);
  const message = state.open?.messages.get(place.replyId);
  if (!state.open || !message) return { ...state, running };
  return { ...state, running, open: withMessages(state.open, [{ ...message, run, text: text ?? message.text }]) };
}

function grounded(state: State, { conversationId, grounding }: Extract<Action, { type: 'grounding' }>): State {
  const { open } = state;
  const message = open?.messages.get(grounding.messageId);
  if (open && message) return { ...state, open: withMessages(open, [{ ...message, grounding }]) };
  // Of a conversation that is not shown the snapshot will tell; of one that is, or is only beginning, the message is on its way.
  if (open && open.conversation.id !== conversationId) return state;
  return { ...state, early: new Map(state.early).set(grounding.messageId, grounding) };
}

export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case 'link':
      return state.link === action.link ? state : { ...state, link: action.link };
    case 'hello': {
      const { type: _type, ...facts } = action;
      // Runs that ended while nobody listened must not stay "running"; the snapshots name those that do.
      return { ...state, ...facts, link: 'open', running: {}, early: new Map() };
    }
    case 'vault':
      return { ...state, vault: action.vault };
    case 'locked': {
      // Everything but what a locked host would say too.
      const { link, version, host, canPickFile } = state;
      return { ...initialState, link, version, host, canPickFile, vault: action.vault };
    }
    case 'engine':
      return { ...state, engine: action.engine };
    case 'settings':
      return { ...state, settings: action.settings };
    case 'models':
      return { ...state, models: action.models };
    case 'encoders':
      return { ...state, encoders: action.encoders };
    case 'conversations':
      return { ...state, listed: true, conversations: action.conversations.toSorted(newestFirst) };
    case 'conversation-changed': {
      const { conversation } = action;
      const others = state.conversations.filter(({ id }) => id !== conversation.id);
      const open = state.open?.conversation.id === conversation.id ? { ...state.open, conversation } : state.open;
      // A temporary chat is on the screen or nowhere.
      if (conversation.temporary) return { ...state, open };
      return { ...state, open, conversations: [...others, conversation].toSorted(newestFirst) };
    }
    case 'conversation-removed': {
      const conversations = state.conversations.filter(({ id }) => id !== action.id);
      // The end of its answer is told to nobody.
      const running = Object.fromEntries(Object.entries(state.running).filter(([, { conversationId }]) => conversationId !== action.id));
      return { ...state, conversations, running, open: state.open?.conversation.id === action.id ? null : state.open };
    }
    case 'opened':
      return opened(state, action.snapshot);
    case 'new-chat':
      return { ...state, open: null };
    case 'started': {
      const { userMessage, reply: bare, run } = action.started;
      const found = state.early.get(bare.id);
      const reply = found ? { ...bare, grounding: found } : bare;
      const { conversationId } = reply;
      // The run may already be over: its end can overtake the answer to the call that began it.
      const known = state.open?.messages.get(reply.id);
      const over = known?.run && known.run.state !== 'running';
      const running = over || run === null ? state.running : { ...state.running, [run.id]: { runId: run.id, conversationId, replyId: reply.id } };
      if (state.open?.conversation.id !== conversationId) return { ...state, running };
      return { ...state, running, open: withMessages(state.open, over ? [userMessage] : [userMessage, reply], reply.id) };
    }
    case 'tokens':
      return action.place.runId in state.running ? state : { ...state, running: { ...state.running, [action.place.runId]: action.place } };
    case 'ended':
      return ended(state, action);
    case 'grounding':
      return grounded(state, action);
    case 'library':
      return { ...state, library: reduceLibrary(state.library, action.change) };
    case 'selected':
      return state.open ? { ...state, open: { ...state.open, leafId: action.leafId } } : state;
  }
}
