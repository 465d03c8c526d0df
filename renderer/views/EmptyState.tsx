// Owns the first screen of a new chat: what this model is good for, honestly, and something to try.
import { CornerDownRight } from 'lucide-react';
import type { Model } from '../../core/contract/models.js';
import { useDrafts } from '../drafts.js';
import { focusComposer } from '../actions.js';
import { setSteps } from '../depth.js';
import { parameters } from '../figures.js';
import { currentModel } from '../selectors.js';
import { useApp } from '../store.js';
import { Logo } from './Logo.js';

interface Suggestion {
  title: string;
  hint: string;
  text: string;
  steps?: number;
}

const cups = 'A ball is under cup 4. Swap 2 and 4. Swap 5 and 2. Swap 3 and 2. Swap 3 and 4. Swap 3 and 2. Swap 1 and 3. Swap 5 and 1. Swap 2 and 3. Swap 5 and 3. Swap 4 and 2. Swap 4 and 3. Swap 5 and 4. Where is the ball?';

const builtIn: readonly Suggestion[] = [
  { title: 'Twelve swaps, one ball', hint: 'Try 2 steps first, then 16: the same words, more thought.', text: cups, steps: 2 },
  { title: 'Three swaps', hint: 'Short enough for a shallow answer.', text: 'The ball starts under cup 2. Swap 2 and 4. Swap 1 and 4. Swap 1 and 3. Where is the ball?' },
  { title: 'A coin in a box', hint: 'The same task in other words.', text: 'There is a coin in box 3. Swap boxes 3 and 1. Swap boxes 1 and 5. Swap boxes 2 and 5. Where is the coin now?' },
  { title: 'What are you?', hint: 'It knows what it cannot do.', text: 'What are you?' },
];

const general: readonly Suggestion[] = [
  { title: 'Explain step by step', hint: 'Watch which words take thought.', text: 'Explain, step by step, why the sky is blue.' },
  { title: 'A small sum', hint: 'Ask it again at another depth.', text: 'A train leaves at 14:35 and arrives at 17:10. How long does it travel?' },
];

const ordinary: readonly Suggestion[] = general.map((suggestion) => ({ ...suggestion, hint: suggestion.text }));

function about(model: Model | null): string {
  if (!model) return 'Choose a model to begin.';
  if (model.builtIn) {
    const size = model.parameters > 0 ? ` of about ${parameters(Number(model.parameters.toPrecision(1))).replace(' M', ' million').replace(' k', ' thousand')} parameters` : '';
    return `${model.name} is a very small model${size}, trained for one task: following a ball under five cups. It is here to show how depth works. It is not a general assistant, and says so.`;
  }
  if (!model.recurrence) return `${model.name} is an ordinary model: it does the same work for every token, so there is no depth to choose.`;
  return `${model.name} runs its core as often as you ask for each token. More steps, more thought, more time.`;
}

export function EmptyState() {
  const model = useApp(currentModel);
  const suggestions = model?.builtIn ? builtIn : model?.recurrence ? general : ordinary;
  const take = ({ text, steps }: Suggestion): void => {
    useDrafts.getState().write(null, text);
    if (steps !== undefined) setSteps(steps);
    focusComposer();
  };
  return (
    <section className="empty" aria-label="New chat">
      <Logo size={44} />
      <h2>{model?.recurrence === null ? 'Ask something' : 'Ask, then choose how deep it thinks'}</h2>
      <p>{about(model)}</p>
      <ul className="suggestions">
        {suggestions.map((suggestion) => (
          <li key={suggestion.title}>
            <button type="button" className="suggestion" onClick={() => take(suggestion)}>
              <span className="suggestion-title">{suggestion.title}<CornerDownRight size={15} aria-hidden /></span>
              <span className="suggestion-hint">{suggestion.hint}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
