// Owns the bar above the talk: its title, the model, and the buttons that fold the panels.
import { Activity, PanelLeft, SquarePen } from 'lucide-react';
import { newChat } from '../actions.js';
import { toggleInstrument, toggleSidebar } from '../panels.js';
import { useApp } from '../store.js';
import { ModelChooser } from './ModelChooser.js';

export function Header() {
  const title = useApp(({ open }) => (open?.conversation.temporary ? 'Temporary chat' : open?.conversation.title || 'New chat'));
  const instrumentOpen = useApp((state) => state.settings.instrumentOpen);
  return (
    <header className="bar">
      <button type="button" className="icon-button show-sidebar" onClick={toggleSidebar} aria-label="Show conversations" data-tip="Show conversations"><PanelLeft size={18} aria-hidden /></button>
      <button type="button" className="icon-button bar-new" onClick={newChat} aria-label="New chat" data-tip="New chat"><SquarePen size={17} aria-hidden /></button>
      <h1 className="bar-title">{title}</h1>
      <ModelChooser />
      <button type="button" className="icon-button instrument-toggle" onClick={toggleInstrument} aria-label={instrumentOpen ? 'Hide the instrument' : 'Show the instrument'} data-tip="Instrument" aria-pressed={instrumentOpen}>
        <Activity size={18} aria-hidden />
      </button>
    </header>
  );
}
