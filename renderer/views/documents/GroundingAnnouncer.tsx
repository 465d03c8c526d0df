// Owns what a screen reader hears when an answer's passages are known: how much was read and the best sentence, that it may not be there, or that nothing fits.
import type { Grounding } from '../../../core/contract/documents.js';
import { plural, whole } from '../../figures.js';
import { pathTo } from '../../message-tree.js';
import { useApp } from '../../store.js';

/** An answer older than this was not just asked for: opening its conversation says nothing. */
const freshMs = 60_000;

export function spokenGrounding({ decision, unsure, read, passagesTotal, quotes }: Grounding): string {
  if (decision === 'not_found') return 'Not in your documents. The closest passages are shown.';
  const best = quotes[0];
  return `${unsure ? 'Perhaps not in your documents. ' : ''}Read ${whole(read.length)} of ${plural(passagesTotal, 'passage')}.${best ? ` Best sentence: ${best.text}` : ''}`;
}

export function GroundingAnnouncer() {
  // A string: a change of anything else must not be spoken again.
  const words = useApp(({ open }) => {
    const last = open && pathTo(open.messages, open.leafId).at(-1);
    return last?.grounding && Date.now() - last.createdAtMs < freshMs ? spokenGrounding(last.grounding) : '';
  });
  return <div className="visually-hidden" role="status" aria-live="polite">{words}</div>;
}
