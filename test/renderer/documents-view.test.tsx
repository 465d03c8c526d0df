// Owns the proof of what a reader sees of an answer from documents: marks in its text, the quoted answer, "not found", and what was read.
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FoundPassage, Grounding } from '../../core/contract/documents.js';
import { Markdown } from '../../renderer/markdown/Markdown.js';
import type { TextNote } from '../../renderer/markdown/notes.js';
import { useView } from '../../renderer/store.js';
import { citationNotes } from '../../renderer/views/documents/CitationMark.js';
import { spokenGrounding } from '../../renderer/views/documents/GroundingAnnouncer.js';
import { GroundedFoot, GroundedHead } from '../../renderer/views/documents/Grounded.js';

let root: Root;
let host: HTMLElement;
beforeEach(() => {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  host = document.createElement('div');
  document.body.append(host);
  root = createRoot(host);
});
afterEach(() => {
  act(() => root.unmount());
  host.remove();
});

const passage = (passageId: number, text: string): FoundPassage => ({
  passageId, documentId: 4, documentName: 'contract.pdf', headingPath: [], page: 3, pageLabel: null, start: 0, end: text.length, text, score: 0.9, ranks: { words: 1, trigrams: null, vectors: null },
});
const text = 'Three **months**. Nobody knows.\n\nAnd a formula ends here.';
const grounding = (more: Partial<Grounding> = {}): Grounding => ({
  messageId: 1, collectionId: 1, collectionName: 'Flat', mode: 'passages', query: 'how long', decision: 'answer', read: [passage(11, 'other'), passage(12, 'Notice is three months.')], alsoFound: [], passagesTotal: 214,
  quotes: [{ passageId: 12, start: 0, end: 23, text: 'Notice is three months.', score: 0.9 }],
  citations: [{ start: 0, end: 17, support: { passageId: 12, start: 0, end: 23, score: 0.8 } }, { start: 18, end: 31, support: null }, { start: 33, end: 57, support: { passageId: 11, start: 0, end: 5, score: 0.5 } }],
  retrievalMs: 3, needsAll: false, whole: null, ...more,
});
const draw = (node: React.ReactNode): void => act(() => root.render(node));

describe('marks in an answer', () => {
  it('stand behind their sentences and say their source to a screen reader', () => {
    draw(<Markdown text={text} growing={false} notes={citationNotes(grounding(), text)} />);
    expect(host.textContent).toBe('Three months.2 Nobody knows.not in the documentsAnd a formula ends here.1');
    expect([...host.querySelectorAll('button')].map((button) => button.getAttribute('aria-label'))).toEqual(['source 2: contract.pdf, page 3', 'source 1: contract.pdf, page 3']);
  });
  it('leave every piece of text where it is in the source', () => {
    draw(<Markdown text={text} growing={false} notes={citationNotes(grounding(), text)} />);
    for (const span of host.querySelectorAll('[data-o]')) {
      const at = Number(span.closest('[data-b]')!.getAttribute('data-b')) + Number(span.getAttribute('data-o'));
      expect(text.slice(at, at + span.textContent.length)).toBe(span.textContent);
    }
  });
  it('are drawn once when there is no character to stand behind', () => {
    const notes: TextNote[] = [{ at: 20, key: 'a', node: <i>[1]</i> }];
    draw(<Markdown text={'```\nconst a = 1;\n```\n\nEnd.'} growing={false} notes={notes} />);
    expect(host.querySelectorAll('i').length).toBe(1);
  });
  it('open the viewer at the stretch that bears the sentence out', () => {
    draw(<Markdown text={text} growing={false} notes={citationNotes(grounding(), text)} />);
    act(() => host.querySelector('button')!.click());
    expect(useView.getState().viewer).toEqual({ documentId: 4, page: 3, passage: { id: 12, start: 0, end: 23 } });
  });
});

describe('around an answer', () => {
  it('stands what was read, and the sentences of the documents word for word', () => {
    draw(<GroundedHead grounding={grounding()} live />);
    expect(host.textContent).toContain('Read 2 of 214 passages in Flat');
    expect(host.querySelector('blockquote')?.textContent).toBe('Notice is three months.');
  });
  it('stands the doubt that the answer may not be there, before the sentences and only where there is one', () => {
    draw(<GroundedHead grounding={grounding({ unsure: true })} live />);
    expect(host.querySelector('[role=note]')?.textContent).toMatch(/^Perhaps not in your documents/);
    expect(host.querySelector('[role=note]')!.compareDocumentPosition(host.querySelector('blockquote')!)).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
    draw(<GroundedHead grounding={grounding()} live />);
    expect(host.querySelector('[role=note]')).toBe(null);
  });
  it('a sentence of a removed document is not shown', () => {
    draw(<GroundedHead grounding={grounding({ read: [passage(11, 'other')] })} live={false} />);
    expect(host.querySelector('blockquote')).toBe(null);
  });
  it('stands "not in your documents" with the closest passages and a way to answer anyway', () => {
    draw(<GroundedHead grounding={grounding({ decision: 'not_found', read: [], alsoFound: [passage(11, 'closest')], quotes: [] })} live={false} />);
    expect(host.querySelector('h3')?.textContent).toContain('Not in your documents');
    expect(host.textContent).toContain('closest');
    expect([...host.querySelectorAll('button')].some((button) => button.textContent === 'Answer anyway')).toBe(true);
  });
  it('reading everything is offered where the question needs it, and only then', () => {
    draw(<GroundedFoot grounding={grounding({ needsAll: true })} live={false} />);
    expect(host.textContent).toContain('Only 2 of 214 passages were read');
    draw(<GroundedFoot grounding={grounding()} live={false} />);
    expect(host.textContent).toBe('2 of 3 sentences have a source.');
  });
});

describe('a screen reader', () => {
  it('hears how much was read and the best sentence, or that nothing fits', () => {
    expect(spokenGrounding(grounding())).toBe('Read 2 of 214 passages. Best sentence: Notice is three months.');
    expect(spokenGrounding(grounding({ decision: 'not_found', read: [], quotes: [] }))).toContain('Not in your documents');
    expect(spokenGrounding(grounding({ unsure: true }))).toBe('Perhaps not in your documents. Read 2 of 214 passages. Best sentence: Notice is three months.');
  });
});
