// Proves that locking leaves no word of the content in any store of the window.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { defaultSettings } from '../../core/contract/settings.js';
import type { VaultState } from '../../core/contract/vault.js';
import { useUploads } from '../../renderer/documents/uploads.js';
import { useDrafts } from '../../renderer/drafts.js';
import { forgetEverything } from '../../renderer/forget.js';
import { runLogs } from '../../renderer/runs/run-logs.js';
import { useLiveStep, useTokenFocus } from '../../renderer/runs/use-run-log.js';
import { initialState } from '../../renderer/state.js';
import { dispatch, toast, useApp, useToasts, useView } from '../../renderer/store.js';

const secret = 'zebra-canary-4711';
const vault = (locked: boolean): VaultState => ({ locked, protection: 'passphrase', hasRecoveryCode: true, waitMs: 0, autoLockMinutes: locked ? null : 10, mayReset: false, problem: null });

/** Everything the window knows, as text. */
const known = (): string =>
  JSON.stringify([useApp.getState(), [...(useApp.getState().open?.messages ?? [])], [...useDrafts.getState().texts], useView.getState(), useToasts.getState(), useTokenFocus.getState(), useLiveStep.getState(), useUploads.getState(), [...useApp.getState().library.documents], runLogs.find(7)?.text ?? '', document.title, location.hash]);

describe('locking a window', () => {
  it('empties every store, keeps only what a locked host says too, and loads the page anew', () => {
    const conversation = { id: 1, title: secret, createdAtMs: 1, updatedAtMs: 1 };
    dispatch({ type: 'hello', version: '9', host: 'electron', canPickFile: true, canSaveFile: false, engine: { kind: 'idle' }, settings: { ...defaultSettings, theme: 'dark' }, vault: vault(false) });
    dispatch({ type: 'conversations', conversations: [conversation] });
    dispatch({ type: 'opened', snapshot: { conversation, messages: [{ id: 2, conversationId: 1, parentId: null, role: 'user', text: secret, createdAtMs: 1, run: null }], leafId: 2, liveTokens: [] } });
    useDrafts.getState().write(1, secret);
    runLogs.restore(7, [{ index: 0, id: 1, text: secret, steps: 1, exitReason: 'limit', trace: [1] }], 1);
    useView.setState({ dialog: 'search', editing: 2, link: `https://example.org/${secret}` });
    useUploads.setState({ uploads: [{ key: 1, collectionId: 1, name: `${secret}.pdf`, sizeBytes: 1, sentBytes: 0, error: null }] });
    useTokenFocus.setState({ pinned: { runId: 7, index: 0 } });
    useLiveStep.setState({ step: { runId: 7, phase: 'token', index: 0, trace: [1] } });
    toast(`“${secret}” deleted.`);
    document.title = `${secret} · Plumb`;
    history.replaceState(null, '', '#c1');
    expect(known()).toContain(secret);

    const reload = vi.fn();
    forgetEverything(vault(true), reload);

    expect(known()).not.toContain(secret);
    expect(useApp.getState()).toEqual({ ...initialState, link: 'open', version: '9', host: 'electron', canPickFile: true, canSaveFile: false, vault: vault(true) });
    expect([useView.getState().dialog, useTokenFocus.getState().pinned, useLiveStep.getState().step, location.hash]).toEqual([null, null, null, '#locked']);
    expect(reload).toHaveBeenCalledOnce();
  });

  it('knows every store there is: a new one must be emptied in forget.ts, or hold nothing of the content', () => {
    const root = join(import.meta.dirname, '..', '..', 'renderer');
    const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.parentPath.endsWith('dev'));
    const stores = files.flatMap((entry) => [...readFileSync(join(entry.parentPath, entry.name), 'utf8').matchAll(/^(?:export )?const (\w+) = create[<(]/gm)].map((match) => match[1]));
    // useAsked holds the number of a run and nothing else, useAsking numbers of conversations and collections.
    expect(stores.toSorted()).toEqual(['useApp', 'useAsked', 'useAsking', 'useDrafts', 'useLiveStep', 'useNetwork', 'useToasts', 'useTokenFocus', 'useUploads', 'useView']);
  });
});
