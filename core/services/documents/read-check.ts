// Owns the distrust of a reading: what the reader process sends must follow its own rules and stay within bounds, whatever the file made of it.
import type { ReaderApi, ReadSummary } from '../../contract/reading.js';
import type { EventBody } from '../../contract/rpc.js';

const limits = { pages: 20_000, passages: 1_000_000, characters: 110_000_000, placed: 20_000 };

type Body<K extends 'pages' | 'passages' | 'progress'> = EventBody<ReaderApi, K>;

/** Each function answers what is wrong, or null. Forms were checked already by the contract. */
export function createReadCheck() {
  /** Length of each page's text. */
  const lengths: number[] = [];
  let passages = 0;
  let characters = 0;
  let progress = 0;

  return {
    pages(body: Body<'pages'>): string | null {
      for (const { number, text, placed, label } of body.pages) {
        if (number !== lengths.length + 1) return `page ${number} after ${lengths.length}`;
        if (placed.length > limits.placed) return 'too many rectangles';
        if (placed.some(({ start, end, rect }) => start > end || end > text.length || !Number.isFinite(rect.x + rect.y + rect.width + rect.height))) return 'a rectangle outside its page';
        if (label !== null && label.length > 1000) return 'a long label';
        lengths.push(text.length);
        characters += text.length;
      }
      return lengths.length > limits.pages || characters > limits.characters ? 'more than was allowed' : null;
    },
    passages(body: Body<'passages'>): string | null {
      for (const { index, page, start, endPage, end, text, overlap, hash, headingPath } of body.passages) {
        if (index !== passages) return `passage ${index} after ${passages}`;
        const first = lengths[page - 1];
        const last = lengths[endPage - 1];
        if (first === undefined || last === undefined || page > endPage || start > first || end > last || (page === endPage && start > end)) return 'a passage outside its pages';
        if (overlap > text.length || text.length > 1_000_000 || !/^[0-9a-f]{64}$/.test(hash) || headingPath.length > 100) return 'a passage out of form';
        characters += text.length;
        passages++;
      }
      return passages > limits.passages || characters > 4 * limits.characters ? 'more than was allowed' : null;
    },
    progress(body: Body<'progress'>): string | null {
      // Saying the same for ever would keep a hanging reader alive.
      if (++progress > 4 * limits.pages + lengths.length) return 'progress without end';
      return body.done > body.total ? 'more done than there is' : null;
    },
    summary(summary: ReadSummary): string | null {
      if (summary.pages !== lengths.length || summary.passages !== passages) return 'a summary that does not add up';
      return summary.pagesWithoutText.some((page) => page < 1 || page > lengths.length) || summary.leftOut.length > 1000 ? 'a summary out of form' : null;
    },
  };
}
