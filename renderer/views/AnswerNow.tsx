// Owns the button beside Stop: hurries the rest of the running answer, and lifts the hurry again.
import { FastForward } from 'lucide-react';
import { toggleHurry, useHurried } from '../hurry.js';
import { keyNames } from '../shortcut-keys.js';
import { modelRecurrence } from '../selectors.js';
import { useApp } from '../store.js';

export function AnswerNow({ runId }: { runId: number }) {
  const on = useHurried(runId);
  const has = useApp((state) => modelRecurrence(state) !== null);
  if (!has) return null;
  const tip = on ? 'Take its time again' : `Answer now (${keyNames('Alt+Enter').join('+')})`;
  return (
    <button type="button" className="send hurry" onClick={toggleHurry} aria-label="Answer now" aria-pressed={on} data-tip={tip}>
      <FastForward size={17} fill={on ? 'currentColor' : 'none'} aria-hidden />
    </button>
  );
}
