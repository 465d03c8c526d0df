// Owns the mark behind a sentence of an answer: the number of its source, or a quiet word that there is none.
import type { Grounding } from '../../../core/contract/documents.js';
import { marksOf, type SentenceMark } from '../../documents/citation-notes.js';
import { placeWords } from '../../documents/document-words.js';
import { openViewer } from '../../documents/library-actions.js';
import type { TextNote } from '../../markdown/notes.js';
import { useView } from '../../store.js';

function CitationMark({ mark: { kind, source, start, end }, messageId }: { mark: SentenceMark; messageId: number }) {
  if (kind === 'none') return <span className="cite-none" title="Nothing in the passages that were read supports this sentence">not in the documents</span>;
  if (!source) return <span className="cite-none" title="The document this came from was removed">source removed</span>;
  const { number, passage } = source;
  const label = `source ${number}: ${placeWords(passage)}`;
  // Pointing at a mark shows its passage in the list beside the answer.
  const point = (): void => useView.setState({ source: passage.passageId, sourcesOf: messageId });
  return (
    <button
      type="button"
      className="cite"
      aria-label={label}
      title={label}
      onPointerEnter={point}
      onFocus={point}
      onClick={() => openViewer({ documentId: passage.documentId, page: passage.page, passage: { id: passage.passageId, ...(end > start && { start, end }) } })}
    >
      {number}
    </button>
  );
}

/** The marks of an answer as notes for its text. */
export function citationNotes(grounding: Grounding, text: string): TextNote[] {
  return marksOf(grounding, text).map((mark, index) => ({
    at: mark.at,
    key: `${index} ${mark.kind} ${mark.source?.number} ${mark.source?.passage.passageId} ${mark.start} ${mark.end}`,
    node: <CitationMark mark={mark} messageId={grounding.messageId} />,
  }));
}
