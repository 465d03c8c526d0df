// Owns the one store of the window, and small choices of the view that are nobody else's business.
import { create } from 'zustand';
import { initialState, reduce, type Action, type State } from './state.js';

export const useApp = create<State>(() => initialState);

export function dispatch(action: Action): void {
  useApp.setState((state) => reduce(state, action));
}

export type DialogName = 'search' | 'settings' | 'shortcuts' | 'add-model' | 'backup' | 'restore' | 'erase' | 'privacy';

/** What the viewer shows: a document, if asked at a passage or a stretch of one (indices of the passage's text). */
export interface ViewerPlace {
  documentId: number;
  page?: number | undefined;
  passage?: { id: number; start?: number | undefined; end?: number | undefined } | undefined;
}

interface View {
  /** What the middle of the window shows. */
  room: 'talk' | 'documents';
  /** The collection shown in the documents room; null: the first. */
  collectionId: number | null;
  viewer: ViewerPlace | null;
  /** What the right column shows; null: what the last answer calls for. */
  side: 'instrument' | 'sources' | null;
  /** The answer whose sources are shown; null: the last one. */
  sourcesOf: number | null;
  /** The source that was pointed at, by passage. */
  source: number | null;
  dialog: DialogName | null;
  /** Drawers of narrow windows; wide ones follow the settings. */
  sidebarDrawer: boolean;
  instrumentDrawer: boolean;
  /** An address the user clicked and has not confirmed. */
  link: string | null;
  /** The user message being edited. */
  editing: number | null;
  /** The model whose card is open. */
  modelCard: string | null;
  /** The conversation being exported. */
  exporting: number | 'all' | null;
  show(dialog: DialogName | null): void;
}

export const initialView = {
  room: 'talk', collectionId: null, viewer: null, side: null, sourcesOf: null, source: null,
  dialog: null, sidebarDrawer: false, instrumentDrawer: false, link: null, editing: null, modelCard: null, exporting: null,
} satisfies Omit<View, 'show'>;

export const useView = create<View>((set) => ({ ...initialView, show: (dialog) => set({ dialog }) }));

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'warm';
  action?: { label: string; run(): void } | undefined;
}

/** Long enough to read two lines and to reach the button. */
const toastMs = 8_000;
let nextToast = 1;

export const useToasts = create<{ toasts: readonly Toast[] }>(() => ({ toasts: [] }));

export function dismissToast(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
}

export function toast(text: string, options: { tone?: Toast['tone']; action?: Toast['action'] } = {}): void {
  const id = nextToast++;
  // The same sentence twice at once says nothing new.
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts.filter((old) => old.text !== text).slice(-2), { id, text, tone: options.tone ?? 'plain', action: options.action }] }));
  setTimeout(() => dismissToast(id), toastMs);
}
