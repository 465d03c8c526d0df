// Owns the keyboard: one table, read by the key handler and by the dialog that lists it.
import { useEffect } from 'react';
import { tinykeys } from 'tinykeys';
import { focusComposer, newChat, newTemporaryChat, stopRun } from './actions.js';
import { copyText } from './clipboard.js';
import { toggleDocuments } from './documents/library-actions.js';
import { stepNotch } from './depth.js';
import { toggleHurry } from './hurry.js';
import { toggleInstrument, toggleSidebar } from './panels.js';
import { liveRunOf } from './selectors.js';
import { pathTo } from './message-tree.js';
import { runLogs } from './runs/run-logs.js';
import { useTokenFocus } from './runs/use-run-log.js';
import { toast, useApp, useView } from './store.js';
import { lockNow } from './vault.js';

export interface Shortcut {
  keys: readonly string[];
  what: string;
  run?(event: KeyboardEvent): void;
}

function lastAnswer(): string | null {
  const { open } = useApp.getState();
  const reply = open && pathTo(open.messages, open.leafId).findLast(({ role }) => role === 'assistant');
  if (!reply) return null;
  return (reply.run?.state === 'running' ? runLogs.find(reply.run.id)?.text : reply.text) ?? null;
}

function copy(text: string | null | undefined, what: string): void {
  if (!text) return toast(`There is no ${what} to copy.`);
  void copyText(text).then(() => toast(`Copied the ${what}.`), () => undefined);
}

/** Stop comes before closing: a running answer ends first, the pinned token goes next. */
function escape(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || document.querySelector('dialog[open], [role="menu"]')) return;
  const view = useView.getState();
  if (view.editing !== null) return useView.setState({ editing: null });
  if (view.sidebarDrawer || view.instrumentDrawer) return useView.setState({ sidebarDrawer: false, instrumentDrawer: false });
  const run = liveRunOf(useApp.getState());
  if (run) stopRun(run.runId);
  else useTokenFocus.setState({ pinned: null, hover: null });
}

export const shortcuts: readonly Shortcut[] = [
  { keys: ['Enter'], what: 'Send' },
  { keys: ['Shift+Enter'], what: 'New line' },
  { keys: ['Escape'], what: 'Stop the answer', run: escape },
  { keys: ['Alt+Enter'], what: 'Answer now: hurry the answer, or let it take its time again', run: toggleHurry },
  { keys: ['Alt+ArrowUp'], what: 'Think one notch deeper', run: () => stepNotch(1) },
  { keys: ['Alt+ArrowDown'], what: 'Think one notch less deep', run: () => stepNotch(-1) },
  { keys: ['$mod+n', '$mod+Shift+O'], what: 'New chat', run: newChat },
  { keys: ['$mod+Shift+E'], what: 'Temporary chat: in memory only', run: () => void newTemporaryChat() },
  { keys: ['$mod+k'], what: 'Search conversations', run: () => useView.getState().show('search') },
  { keys: ['$mod+Shift+F'], what: 'Documents, and back to the chat', run: toggleDocuments },
  { keys: ['$mod+b'], what: 'Show or hide the conversations', run: toggleSidebar },
  { keys: ['$mod+Shift+B'], what: 'Show or hide the instrument', run: toggleInstrument },
  { keys: ['$mod+Shift+C'], what: 'Copy the last answer', run: () => copy(lastAnswer(), 'answer') },
  { keys: ['$mod+Shift+:', '$mod+Shift+Semicolon'], what: 'Copy the last code block', run: () => copy([...(lastAnswer() ?? '').matchAll(/^```[^\n]*\n([\s\S]*?)^```/gm)].at(-1)?.[1], 'code block') },
  { keys: ['Shift+Escape'], what: 'Go to the message field', run: focusComposer },
  { keys: ['$mod+Shift+K'], what: 'Lock now', run: lockNow },
  { keys: ['$mod+,'], what: 'Settings', run: () => useView.getState().show('settings') },
  { keys: ['$mod+/', 'F1'], what: 'This list', run: () => useView.getState().show('shortcuts') },
];

export function useShortcuts(): void {
  useEffect(() => {
    const bindings: Record<string, (event: KeyboardEvent) => void> = {};
    for (const { keys, run } of shortcuts) {
      if (!run) continue;
      for (const key of keys) {
        bindings[key] = (event) => {
          // Every one of these is also a browser's or nobody's key: ours wins in this window. Escape belongs to whoever is open.
          if (key !== 'Escape') event.preventDefault();
          run(event);
        };
      }
    }
    return tinykeys(window, bindings, { ignore: () => false });
  }, []);
}
