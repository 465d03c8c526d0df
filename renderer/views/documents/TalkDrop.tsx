// Owns dropping documents onto the talk: they go into the collection that is asked, else into a new one, which is asked from then on.
import type { ReactNode } from 'react';
import { askFrom } from '../../documents/asking.js';
import { toast, useApp } from '../../store.js';
import { useAskedCollection } from './AskPicker.js';
import { DropFrame } from './DropFrame.js';

function taken(collectionId: number): void {
  const { open, library } = useApp.getState();
  askFrom(open?.conversation.id ?? null, collectionId);
  const name = library.collections.find(({ id }) => id === collectionId)?.name ?? '';
  toast(`Reading into “${name}”. The next question asks these documents.`);
}

export function TalkDrop({ children }: { children: ReactNode }) {
  const asked = useAskedCollection();
  return <DropFrame collectionId={asked} onTaken={taken}>{children}</DropFrame>;
}
