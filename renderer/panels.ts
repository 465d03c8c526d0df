// Owns showing and folding the two side panels: columns in wide windows, drawers in narrow ones.
import { changeSettings } from './actions.js';
import { useApp, useView } from './store.js';

/** Below these widths a panel lies over the talk instead of beside it; the same numbers stand in styles/layout.css. */
export const sidebarDrawerBelow = 760;
export const instrumentDrawerBelow = 1100;

export function toggleSidebar(): void {
  if (window.innerWidth < sidebarDrawerBelow) useView.setState(({ sidebarDrawer }) => ({ sidebarDrawer: !sidebarDrawer, instrumentDrawer: false }));
  else changeSettings({ sidebarOpen: !useApp.getState().settings.sidebarOpen });
}

export function toggleInstrument(): void {
  if (window.innerWidth < instrumentDrawerBelow) useView.setState(({ instrumentDrawer }) => ({ instrumentDrawer: !instrumentDrawer, sidebarDrawer: false }));
  else changeSettings({ instrumentOpen: !useApp.getState().settings.instrumentOpen });
}

/** Shows the sources of an answer beside it. */
export function showSources(messageId: number): void {
  useView.setState({ side: 'sources', sourcesOf: messageId, source: null });
  if (window.innerWidth < instrumentDrawerBelow) useView.setState({ instrumentDrawer: true, sidebarDrawer: false });
  else if (!useApp.getState().settings.instrumentOpen) changeSettings({ instrumentOpen: true });
}

export function closeDrawers(): void {
  useView.setState({ sidebarDrawer: false, instrumentDrawer: false });
}
