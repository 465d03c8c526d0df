// Owns answering again at another depth: the model's notches with what each would cost.
import { RefreshCw } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { Message } from '../../core/contract/conversation.js';
import { retry } from '../actions.js';
import { costOf, depthScale } from '../depth-scale.js';
import { effortWords } from '../compute-words.js';
import { about, plural } from '../figures.js';
import { currentChoice, currentRecurrence, currentSteps, modelRecurrence } from '../selectors.js';
import { useApp } from '../store.js';

export function RetryMenu({ message }: { message: Message }) {
  const info = useApp(modelRecurrence);
  const steps = useApp(currentSteps);
  const speed = useApp(({ engine }) => (engine.kind === 'ready' ? engine.loaded.speed : null));
  const ready = useApp(({ engine, running }) => engine.kind === 'ready' && Object.keys(running).length === 0);
  const limit = useApp((state) => currentRecurrence(state, { mode: 'auto' }).steps);
  const effort = useApp((state) => currentChoice(state).effort);
  const fixed = message.run?.recurrence.exit === null;
  const used = fixed ? message.run?.recurrence.steps : undefined;
  const tokens = message.run?.stats?.tokens ?? 64;
  if (!info) {
    return <button type="button" className="icon-button" disabled={!ready} onClick={() => void retry(message.id, steps)} aria-label="Answer again" data-tip="Answer again"><RefreshCw size={15} aria-hidden /></button>;
  }
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <button type="button" className="quiet-button" disabled={!ready} aria-label="Answer again at another depth"><RefreshCw size={14} aria-hidden /> Answer again at…</button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="start" sideOffset={4} collisionPadding={8}>
          <DropdownMenu.Label className="menu-label">The same question at</DropdownMenu.Label>
          <DropdownMenu.Item className="menu-item" onSelect={() => void retry(message.id, 'auto')}>
            <span className="menu-main">Auto, {effortWords(effort)}</span>
            <span className="menu-side">{fixed ? `up to ${limit}` : 'this one'}</span>
          </DropdownMenu.Item>
          {depthScale(info).notches.map((notch) => {
            const cost = costOf(speed, notch, tokens);
            return (
              <DropdownMenu.Item key={notch} className="menu-item" onSelect={() => void retry(message.id, notch)}>
                <span className="menu-main">{plural(notch, 'step')}</span>
                <span className="menu-side">{notch === used ? 'this one' : cost ? about(cost.answerMs) : ''}</span>
              </DropdownMenu.Item>
            );
          })}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
