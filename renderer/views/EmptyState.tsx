// Owns the first screen of a new chat: what this model is good for, honestly, and something to try.
import { CornerDownRight } from 'lucide-react';
import type { Model } from '../../core/contract/models.js';
import { useDrafts } from '../drafts.js';
import { focusComposer } from '../actions.js';
import { builtInAbout, builtInSuggestions, type Suggestion } from '../built-in-texts.js';
import { changeChoice } from '../compute.js';
import { setSteps } from '../depth.js';
import { parameters } from '../figures.js';
import { currentChoice, currentModel, currentSteps } from '../selectors.js';
import { useApp, useView } from '../store.js';
import { Logo } from './Logo.js';

const general: readonly Suggestion[] = [
  { title: 'Explain step by step', hint: 'Watch which words take thought.', text: 'Explain, step by step, why the sky is blue.' },
  { title: 'A small sum', hint: 'Ask it again at another depth.', text: 'A train leaves at 14:35 and arrives at 17:10. How long does it travel?' },
];

const ordinary: readonly Suggestion[] = general.map((suggestion) => ({ ...suggestion, hint: suggestion.text }));

/** "about 1 million parameters"; empty when the file does not say. */
function sizeOf({ parameters: count }: Model): string {
  return count > 0 ? `about ${parameters(Number(count.toPrecision(1))).replace(' M', ' million').replace(' k', ' thousand')} parameters` : '';
}

function about(model: Model | null): string {
  if (!model) return 'Choose a model to begin.';
  if (model.builtIn) return builtInAbout(model.name, sizeOf(model));
  if (!model.recurrence) return `${model.name} is an ordinary model: it does the same work for every token, so there is no depth to choose.`;
  return `${model.name} runs its core as often as you ask for each token. More steps, more thought, more time.`;
}

function fill(text: string): void {
  useDrafts.getState().write(null, text);
  focusComposer();
}

/** Every token with the same steps: that is what the card compares. */
function tryAt(steps: number, text: string): void {
  if (currentChoice(useApp.getState()).mode !== 'fixed') changeChoice({ mode: 'fixed' });
  setSteps(steps);
  fill(text);
}

export function EmptyState() {
  const model = useApp(currentModel);
  const suggestions = model?.builtIn ? builtInSuggestions : model?.recurrence ? general : ordinary;
  return (
    <section className="empty" aria-label="New chat">
      <Logo size={44} />
      <h2>{model?.recurrence === null ? 'Ask something' : 'Ask, then choose how deep it thinks'}</h2>
      <p>{about(model)}{model?.builtIn ? <> <button type="button" className="text-button" onClick={() => useView.setState({ modelCard: model.id })}>Its card and scores</button></> : null}</p>
      <ul className="suggestions">
        {suggestions.map((suggestion) => <Card key={suggestion.title} suggestion={suggestion} />)}
      </ul>
    </section>
  );
}

function Card({ suggestion: { title, hint, text, depths } }: { suggestion: Suggestion }) {
  const steps = useApp((state) => (currentChoice(state).mode === 'fixed' ? currentSteps(state) : null));
  return (
    <li className={depths ? 'suggestion-card with-depths' : 'suggestion-card'}>
      <button type="button" className="suggestion" onClick={() => fill(text)}>
        <span className="suggestion-title">{title}<CornerDownRight size={15} aria-hidden /></span>
        <span className="suggestion-hint">{hint}</span>
      </button>
      {depths ? (
        <span className="suggestion-depths" role="group" aria-label={`${title}: set the depth`}>
          {depths.map((depth) => (
            <button type="button" key={depth.steps} className="chip" aria-pressed={depth.steps === steps} onClick={() => tryAt(depth.steps, text)}>{depth.label}</button>
          ))}
        </span>
      ) : null}
    </li>
  );
}
