// Owns the life of a connection: hello, subscriptions, and coming back after it was lost without losing a token.
import type { EventBody } from '../core/contract/rpc.js';
import type { PlumbApi } from '../core/contract/api.js';
import { attempt, call, conversationInAddress, openConversation, setClient, tell } from './actions.js';
import { documentChanged, documentRemoved, loadCollections } from './documents/library-actions.js';
import { keepConnected, type PlumbClient } from './connect.js';
import { forgetEverything, lockedAddress } from './forget.js';
import { countRefused, useNetwork } from './network.js';
import { runLogs } from './runs/run-logs.js';
import { useLiveStep } from './runs/use-run-log.js';
import { acceptSettings } from './settings-sync.js';
import { dispatch, toast, useApp, useView } from './store.js';

/** A pause this short is not worth a word on the screen. */
const attemptsBeforeWord = 2;

/** For the first paint of a page that was locked; hello corrects it. */
const presumedLocked = { locked: true, protection: 'passphrase', hasRecoveryCode: false, waitMs: 0, autoLockMinutes: null, mayReset: false, problem: null } as const;

function onTokens({ conversationId, replyId, runId, seq, tokens }: EventBody<PlumbApi, 'run.tokens'>): void {
  const { open } = useApp.getState();
  dispatch({ type: 'tokens', place: { runId, conversationId, replyId } });
  if (useLiveStep.getState().step?.runId === runId) useLiveStep.setState({ step: null });
  const shown = open?.conversation.id === conversationId;
  const verdict = runLogs.receive(runId, seq, tokens);
  if (verdict === 'gap' && shown) void openConversation(conversationId, { quiet: true });
}

function onEnded({ conversationId, replyId, run, error }: EventBody<PlumbApi, 'run.ended'>): void {
  const log = runLogs.find(run.id);
  const complete = log !== undefined && log.lastSeq === run.lastSeq;
  useLiveStep.setState({ step: null });
  dispatch({ type: 'ended', place: { runId: run.id, conversationId, replyId }, run, text: complete ? log.text : null });
  const { open } = useApp.getState();
  const shown = open?.conversation.id === conversationId;
  // A batch was missed, or the reply was started by another window: the snapshot has all of it.
  if (shown && (!complete || !open.messages.has(replyId))) void openConversation(conversationId, { quiet: true });
  if (error && !shown) tell(error);
}

/** The page without services would lose its services with it. */
const reload = (): void => void (import.meta.env.MODE === 'fake' || location.reload());

function onVault(client: PlumbClient, vault: EventBody<PlumbApi, 'vault.state'>): void {
  const before = useApp.getState().vault;
  if (vault.locked && before?.locked === false) {
    forgetEverything(vault, reload);
    // Until the page is new, the lock screen needs someone to ask.
    return setClient(client);
  }
  dispatch({ type: 'vault', vault });
  if (!vault.locked && before?.locked !== false) void attempt(greet());
}

function subscribe(client: PlumbClient): void {
  client.on('vault.state', (vault) => onVault(client, vault));
  client.on('engine.state', (engine) => dispatch({ type: 'engine', engine }));
  client.on('models.changed', ({ models }) => dispatch({ type: 'models', models }));
  client.on('encoders.changed', ({ encoders }) => dispatch({ type: 'encoders', encoders }));
  client.on('settings.changed', acceptSettings);
  client.on('conversation.changed', ({ conversation }) => dispatch({ type: 'conversation-changed', conversation }));
  client.on('conversation.removed', ({ id }) => dispatch({ type: 'conversation-removed', id }));
  client.on('collection.changed', ({ collection }) => dispatch({ type: 'library', change: { type: 'collection-changed', collection } }));
  client.on('collection.removed', ({ id }) => dispatch({ type: 'library', change: { type: 'collection-removed', id } }));
  client.on('document.changed', ({ document }) => documentChanged(document));
  client.on('document.removed', ({ id, collectionId }) => documentRemoved(id, collectionId));
  client.on('grounding.changed', ({ conversationId, grounding }) => dispatch({ type: 'grounding', conversationId, grounding }));
  client.on('app.notice', tell);
  client.on('app.reset', () => {
    // Nothing of before stays in the window, not even in its address.
    history.replaceState(null, '', '#');
    location.reload();
  });
  client.on('run.tokens', onTokens);
  client.on('run.step', (step) => useLiveStep.setState({ step }));
  client.on('run.ended', onEnded);
  client.on('privacy.refused', ({ refusedTotal }) => useNetwork.setState({ refusedTotal }));
}

/** Fills the window: at the start, after a lost connection, after unlocking. */
async function greet(): Promise<void> {
  const wanted = useApp.getState().open?.conversation.id ?? conversationInAddress();
  // All at once: the first screen waits for the slowest, not for the sum.
  const lists = Promise.all([call('models.list', {}), call('conversations.list', {})]);
  // While locked they are refused; hello says so first.
  lists.catch(() => undefined);
  const { version, host, abilities, engine, settings, vault, notices } = await call('app.hello', {});
  if (vault.locked && useApp.getState().vault?.locked === false) return forgetEverything(vault, reload);
  dispatch({ type: 'hello', version, host, canPickFile: abilities.pickFile, canSaveFile: abilities.saveFile, engine, settings, vault });
  if (vault.locked) return history.replaceState(null, '', lockedAddress);
  if (location.hash === lockedAddress) history.replaceState(null, '', '#');
  const [{ models }, { conversations }] = await lists;
  dispatch({ type: 'models', models });
  dispatch({ type: 'conversations', conversations });
  // Not needed for the first screen, and a failure here must not keep the window from opening.
  loadCollections().catch(tell);
  call('models.encoders', {}).then(({ encoders }) => dispatch({ type: 'encoders', encoders }), tell);
  // A damaged file has a story of its own: what was saved, and from where.
  for (const notice of notices) {
    if (notice.code === 'database_corrupt') toast(notice.message, { tone: 'warm' });
    else tell(notice);
  }
  void countRefused();
  if (wanted !== null) await openConversation(wanted, { quiet: true });
  if (!vault.mayReset) return;
  useView.getState().show('settings');
  toast('Opened with the recovery code. Set a new passphrase now: the old one is still needed otherwise.');
}

export function startSession(): () => void {
  if (location.hash === lockedAddress) dispatch({ type: 'vault', vault: presumedLocked });
  return keepConnected({
    open(client) {
      setClient(client);
      subscribe(client);
      void attempt(greet());
    },
    lost(attempts) {
      setClient(null);
      if (attempts >= attemptsBeforeWord || useApp.getState().link === 'open') dispatch({ type: 'link', link: 'lost' });
    },
  });
}
