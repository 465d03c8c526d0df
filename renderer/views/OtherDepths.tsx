// Owns the small cards under an answer: the same question answered at other depths, one click to make one the answer.
import type { Message, Run } from '../../core/contract/conversation.js';
import { selectBranch } from '../actions.js';
import { stepsOf } from '../compute-words.js';
import { plural, seconds } from '../figures.js';
import { runLogs } from '../runs/run-logs.js';

const shownCards = 4;

/** Plain words for a card: marks of markdown say nothing at this size. */
function preview(text: string): string {
  return text.replace(/```[\s\S]*?(```|$)/g, ' code ').replace(/[*_`#>]+/g, '').replace(/\s+/g, ' ').trim().slice(0, 180);
}

function depthWords({ recurrence, stats }: Run): string {
  if (recurrence.exit === null) return plural(recurrence.steps, 'step');
  return `Auto · ${stats ? stepsOf(stats.meanSteps, recurrence.steps) : `up to ${recurrence.steps}`}`;
}

export function OtherDepths({ message, siblings }: { message: Message; siblings: readonly Message[] }) {
  const others = siblings.filter(({ id }) => id !== message.id).slice(-shownCards);
  if (others.length === 0) return null;
  return (
    <div className="depth-cards" role="group" aria-label="The same question, answered otherwise">
      {others.map((other) => {
        const { run } = other;
        const stats = run?.stats;
        const text = run?.state === 'running' ? (runLogs.find(run.id)?.text ?? '') : other.text;
        return (
          <button type="button" key={other.id} className="depth-card" onClick={() => selectBranch(other.id)}>
            <span className="visually-hidden">Show this answer: </span>
            <span className="depth-card-head">{run?.hasRecurrence ? depthWords(run) : run?.modelName}{stats ? ` · ${seconds(stats.promptMs + stats.decodeMs)}` : ''}</span>
            <span className="depth-card-text">{preview(text) || 'No words.'}</span>
          </button>
        );
      })}
    </div>
  );
}
