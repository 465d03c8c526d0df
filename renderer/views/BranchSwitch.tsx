// Owns moving between siblings: ‹ 2/3 ›.
import { ChevronLeft, ChevronRight } from 'lucide-react';
import type { Message } from '../../core/contract/conversation.js';
import { selectBranch } from '../actions.js';

interface Props {
  message: Message;
  siblings: readonly Message[];
  what: 'message' | 'answer';
}

export function BranchSwitch({ message, siblings, what }: Props) {
  if (siblings.length < 2) return null;
  const at = siblings.findIndex(({ id }) => id === message.id);
  const before = siblings[at - 1];
  const after = siblings[at + 1];
  return (
    <span className="branch" role="group" aria-label={`${what === 'answer' ? 'Answer' : 'Message'} ${at + 1} of ${siblings.length}`}>
      <button type="button" className="icon-button" disabled={!before} onClick={() => before && selectBranch(before.id)} aria-label={`Earlier ${what}`}><ChevronLeft size={15} aria-hidden /></button>
      <span className="branch-count">{at + 1}/{siblings.length}</span>
      <button type="button" className="icon-button" disabled={!after} onClick={() => after && selectBranch(after.id)} aria-label={`Later ${what}`}><ChevronRight size={15} aria-hidden /></button>
    </span>
  );
}
