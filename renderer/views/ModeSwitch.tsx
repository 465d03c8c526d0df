// Owns Auto or Fixed: whether tokens stop by themselves or run the slider's steps.
import { changeChoice } from '../compute.js';
import { currentChoice, modelRecurrence } from '../selectors.js';
import { useApp } from '../store.js';
import { Choice } from './Choice.js';

const modes = [['auto', 'Auto'], ['fixed', 'Fixed']] as const;

export function ModeSwitch() {
  const mode = useApp((state) => currentChoice(state).mode);
  const has = useApp((state) => modelRecurrence(state) !== null);
  if (!has) return null;
  return (
    <div className="mode-switch" title="Auto: each token stops when it has settled. Fixed: every token runs the same steps.">
      <span id="mode-label" className="visually-hidden">Depth of thought</span>
      <Choice labelledBy="mode-label" options={modes} value={mode} onChange={(next) => changeChoice({ mode: next })} />
    </div>
  );
}
