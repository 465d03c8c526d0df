// Owns everything the window asks of the services; views call these and nothing else.
import { AppError, toErrorBody } from '../core/contract/errors.js';
import type { Sampling } from '../core/contract/conversation.js';
import type { Ask } from '../core/contract/documents.js';
import type { SettingsPatch } from '../core/contract/settings.js';
import type { PlumbClient } from './connect.js';
import { askMoves, currentAsk } from './documents/asking.js';
import { sentenceFor } from './error-sentences.js';
import { useDrafts } from './drafts.js';
import { leafUnder } from './message-tree.js';
import { runLogs } from './runs/run-logs.js';
import { useTokenFocus } from './runs/use-run-log.js';
import { currentRecurrence } from './selectors.js';
import { acceptSettings, beginSettingsChange } from './settings-sync.js';
import { dispatch, toast, useApp, useView } from './store.js';

let client: PlumbClient | null = null;

export function setClient(next: PlumbClient | null): void {
  client = next;
}

export const call: PlumbClient['call'] = (op, params) =>
  client ? client.call(op, params) : Promise.reject(new AppError('disconnected', 'The connection was lost.'));

/** Says what went wrong, with the next step where there is one. */
export function tell(thrown: unknown): void {
  const { sentence, nextStep } = sentenceFor(toErrorBody(thrown));
  toast(`${sentence} ${nextStep}`, { tone: 'warm' });
}

/** Runs a call whose failure is told to the user; null when it failed. */
export async function attempt<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (thrown) {
    tell(thrown);
    return null;
  }
}

let opening = 0;

function rememberInAddress(id: number | null): void {
  history.replaceState(null, '', id === null ? '#' : `#c${id}`);
}

/** The conversation named by the page's address, so that a reload comes back to it. */
export function conversationInAddress(): number | null {
  const found = /^#c(\d+)$/.exec(location.hash);
  return found ? Number(found[1]) : null;
}

/** Shows a conversation from its snapshot. Also used after a gap or a new connection: the snapshot's lastSeq decides what is new. */
export async function openConversation(id: number, options: { quiet?: boolean } = {}): Promise<void> {
  const turn = ++opening;
  try {
    const snapshot = await call('conversations.open', { id });
    if (turn !== opening) return;
    const live = snapshot.messages.find(({ run }) => run?.state === 'running')?.run;
    if (live) runLogs.restore(live.id, snapshot.liveTokens, live.lastSeq);
    if (useApp.getState().open?.conversation.id !== id) {
      useTokenFocus.setState({ hover: null, pinned: null });
      useView.setState({ sourcesOf: null, source: null });
    }
    leaveTemporary(id);
    dispatch({ type: 'opened', snapshot });
    if (!options.quiet) useView.setState({ room: 'talk' });
    rememberInAddress(id);
  } catch (thrown) {
    if (turn === opening) rememberInAddress(null);
    // What is on the screen is nowhere else any more: a temporary chat after Plumb was started again.
    if (turn === opening && toErrorBody(thrown).code === 'not_found' && useApp.getState().open?.conversation.id === id) dispatch({ type: 'new-chat' });
    if (!options.quiet) tell(thrown);
  }
}

/** Erases the temporary chat on the screen, unless it is `next`: it lives as long as it is looked at. */
function leaveTemporary(next: number | null): void {
  const { open } = useApp.getState();
  if (!open?.conversation.temporary || open.conversation.id === next) return;
  const { id } = open.conversation;
  useDrafts.getState().write(id, '');
  for (const { run } of open.messages.values()) if (run) runLogs.forget(run.id);
  // Gone already when the services were the first to forget it.
  void call('conversations.remove', { id }).catch(() => undefined);
}

/** Opens a chat that exists in memory alone. */
export async function newTemporaryChat(): Promise<void> {
  const turn = ++opening;
  const created = await attempt(call('conversations.create', { temporary: true }));
  if (!created || turn !== opening) return;
  leaveTemporary(null);
  dispatch({ type: 'opened', snapshot: { ...created, messages: [], leafId: null, liveTokens: [] } });
  useTokenFocus.setState({ hover: null, pinned: null });
  useView.setState({ sidebarDrawer: false, room: 'talk', sourcesOf: null, source: null });
  rememberInAddress(created.conversation.id);
  focusComposer();
}

/** Moves the temporary chat on the screen into the history. */
export async function keepTemporaryChat(id: number): Promise<void> {
  const kept = await attempt(call('conversations.keep', { id }));
  if (!kept) return;
  dispatch({ type: 'new-chat' });
  await openConversation(kept.conversation.id);
  toast('Kept. It is in your conversations now.');
}

export function newChat(): void {
  opening++;
  leaveTemporary(null);
  dispatch({ type: 'new-chat' });
  useTokenFocus.setState({ hover: null, pinned: null });
  useView.setState({ sidebarDrawer: false, room: 'talk', sourcesOf: null, source: null });
  rememberInAddress(null);
  focusComposer();
}

export function focusComposer(): void {
  requestAnimationFrame(() => document.querySelector<HTMLTextAreaElement>('#composer-text')?.focus());
}

/** Sends a message, into a new conversation when none is open. False when it was refused; the text then stays in the composer. */
export async function sendMessage(text: string, parentId?: number | null): Promise<boolean> {
  let created: number | null = null;
  const ask = currentAsk();
  try {
    let conversationId = useApp.getState().open?.conversation.id ?? null;
    if (conversationId === null) {
      const { conversation } = await call('conversations.create', {});
      created = conversationId = conversation.id;
      dispatch({ type: 'opened', snapshot: { conversation, messages: [], leafId: null, liveTokens: [] } });
      rememberInAddress(conversationId);
    }
    const started = await call('messages.send', { conversationId, text, ...(parentId === undefined ? {} : { parentId }), recurrence: currentRecurrence(useApp.getState()), ...(ask && { ask }) });
    if (created !== null) askMoves(created);
    useTokenFocus.setState({ hover: null, pinned: null });
    useView.setState({ sourcesOf: null, source: null });
    dispatch({ type: 'started', started });
    return true;
  } catch (thrown) {
    if (created !== null) {
      // An empty conversation that nobody asked for must not stay in the list.
      await call('conversations.remove', { id: created }).catch(() => undefined);
      dispatch({ type: 'conversation-removed', id: created });
      rememberInAddress(null);
    }
    tell(thrown);
    return false;
  }
}

/** At so many steps for every token, with tokens stopping by themselves, or as the composer says. What it asks of documents stays the same unless told. */
export async function retry(replyId: number, depth: number | 'auto' | 'as-chosen', ask: Partial<Ask> = {}): Promise<void> {
  const state = useApp.getState();
  const recurrence = currentRecurrence(state, depth === 'as-chosen' ? {} : depth === 'auto' ? { mode: 'auto' } : { mode: 'fixed', steps: depth });
  const before = state.open?.messages.get(replyId)?.grounding;
  const asked = before && before.collectionId !== null ? { collectionId: before.collectionId, mode: before.mode, anyway: before.decision === 'anyway', ...ask } : null;
  const started = await attempt(call('messages.retry', { replyId, recurrence, ...(asked && { ask: asked }) }));
  if (!started) return;
  useView.setState({ sourcesOf: null, source: null });
  useTokenFocus.setState({ hover: null, pinned: null });
  dispatch({ type: 'started', started });
}

export function selectBranch(messageId: number): void {
  const { open } = useApp.getState();
  if (!open) return;
  const leafId = leafUnder(open.messages, messageId);
  dispatch({ type: 'selected', leafId });
  useTokenFocus.setState({ hover: null, pinned: null });
  void attempt(call('conversations.select', { id: open.conversation.id, leafId }));
}

export function stopRun(runId: number): void {
  void attempt(call('runs.stop', { runId }));
}

/** Removes at once and offers the way back. */
export async function removeConversation(id: number): Promise<void> {
  const { conversations, open } = useApp.getState();
  const title = conversations.find((conversation) => conversation.id === id)?.title || 'New chat';
  const wasOpen = open?.conversation.id === id;
  if ((await attempt(call('conversations.remove', { id }))) === null) return;
  dispatch({ type: 'conversation-removed', id });
  if (wasOpen) newChat();
  toast(`“${title}” deleted.`, { action: { label: 'Undo', run: () => void restoreConversation(id, wasOpen) } });
}

async function restoreConversation(id: number, andOpen: boolean): Promise<void> {
  if ((await attempt(call('conversations.restore', { id }))) === null) return;
  const listed = await attempt(call('conversations.list', {}));
  if (listed) dispatch({ type: 'conversations', conversations: listed.conversations });
  if (andOpen) await openConversation(id);
}

export async function renameConversation(id: number, title: string): Promise<void> {
  const known = useApp.getState().conversations.find((conversation) => conversation.id === id);
  if (known) dispatch({ type: 'conversation-changed', conversation: { ...known, title } });
  if ((await attempt(call('conversations.rename', { id, title }))) === null && known) dispatch({ type: 'conversation-changed', conversation: known });
}

/** Shows a change at once; the services' answer is what stays. */
export function changeSettings(patch: SettingsPatch): void {
  const before = useApp.getState().settings;
  dispatch({ type: 'settings', settings: { ...before, ...patch } as typeof before });
  const settle = beginSettingsChange();
  call('settings.set', patch).then(
    ({ settings }) => {
      settle();
      acceptSettings(settings);
    },
    (thrown: unknown) => {
      settle();
      acceptSettings(before);
      tell(thrown);
    },
  );
}

export function changeSampling(patch: Partial<Sampling>): void {
  changeSettings({ sampling: { ...useApp.getState().settings.sampling, ...patch } });
}

/** Fetches the tokens of a finished answer, for its tint and its curves. A failure costs only those. */
export async function loadTokens(runId: number): Promise<void> {
  try {
    const { tokens, lastSeq } = await call('runs.tokens', { runId });
    runLogs.restore(runId, tokens, lastSeq);
  } catch {
    // The text is complete without its tokens; the next look at this answer asks again.
  }
}
