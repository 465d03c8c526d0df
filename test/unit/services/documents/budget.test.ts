// Proves that a prompt with passages never exceeds its room, prefers what is new, and changes its beginning as rarely as it can.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../../../../core/contract/engine.js';
import { fitPassages, leastRoom, mostRead, roomForAnswer } from '../../../../core/services/documents/grounded-budget.js';
import { writeTurns, type PromptPassage, type Turn } from '../../../../core/services/documents/grounded-prompt.js';

/** Words and line ends cost a token, and each message four. */
const tokensOf = (messages: readonly ChatMessage[]): number => messages.reduce((sum, { text }) => sum + (text.match(/\S+|\n/g) ?? []).length + 4, 0);
const counting = (contextSize: number) => (messages: ChatMessage[]) => Promise.resolve({ tokens: tokensOf(messages), contextSize });

const words = (count: number, word = 'w'): string => Array.from({ length: count }, (_, at) => `${word}${at}`).join(' ');
const passage = (passageId: number, length: number): PromptPassage => ({ passageId, documentName: 'd.txt', headingPath: [], page: 1, pageLabel: null, text: words(length, `p${passageId}x`) });
const grounded = (passages: PromptPassage[], text = 'why?'): Turn[] => [{ role: 'user', text, passages, decision: 'answer' }, { role: 'assistant', text: 'because.' }];
const question: Turn = { role: 'user', text: 'and now?', decision: 'answer' };
const fit = (order: { turns: Turn[]; candidates: PromptPassage[]; contextSize: number; forgotten?: number; maxTokens?: number }) =>
  fitPassages({ quotes: [], question, forgotten: 0, maxTokens: 1024, ...order, countTokens: counting(order.contextSize) });

const passages = fc.array(fc.record({ id: fc.integer({ min: 1, max: 12 }), length: fc.integer({ min: 1, max: 120 }) }), { maxLength: 7 })
  .map((list) => [...new Map(list.map(({ id, length }) => [id, passage(id, length)])).values()]);
const branch = fc.array(fc.tuple(passages, fc.integer({ min: 1, max: 30 })), { maxLength: 6 }).map((turns) => turns.flatMap(([list, length]) => grounded(list, words(length, 'q'))));

describe('the budget of a prompt', () => {
  it('is never exceeded, and leaves room for the answer', async () => {
    await fc.assert(
      fc.asyncProperty(branch, passages, fc.integer({ min: 60, max: 900 }), fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 0, max: 6 }), async (turns, candidates, contextSize, maxTokens, forgotten) => {
        const fitted = await fit({ turns, candidates, contextSize, maxTokens, forgotten }).catch((error: unknown) => error as { code: string });
        const bare = tokensOf(writeTurns([...turns, question], Infinity));
        if ('code' in fitted) {
          expect(fitted.code).toBe('context_full');
          expect(bare + leastRoom).toBeGreaterThan(contextSize);
          return;
        }
        const tokens = tokensOf(fitted.messages);
        // Without passages a long conversation may use the answer's room, as one without documents may.
        const room = fitted.read.length > 0 || tokens > bare ? roomForAnswer(contextSize, maxTokens) : leastRoom;
        expect(tokens + room).toBeLessThanOrEqual(contextSize);
        expect(fitted.read.length).toBeLessThanOrEqual(mostRead);
        expect(fitted.read.map(({ passageId }) => passageId)).toEqual(candidates.slice(0, fitted.read.length).map(({ passageId }) => passageId));
        expect(fitted.forgotten).toBeGreaterThanOrEqual(Math.min(forgotten, fitted.forgotten));
      }),
      { numRuns: 300 },
    );
  });

  it('forgets the earliest turns first, says how many, and keeps what was found now', async () => {
    const turns = [1, 2, 3, 4].flatMap((at) => grounded([passage(at, 100)]));
    const { messages, read, forgotten } = await fit({ turns, candidates: [passage(9, 100)], contextSize: 560 });
    expect(read).toHaveLength(1);
    expect(forgotten).toBeGreaterThan(0);
    const text = messages.map((message) => message.text).join('\n');
    for (let at = 1; at <= 4; at += 1) expect(text.includes(`p${at}x0`)).toBe(at > forgotten);
    expect(text).toContain('p9x99');
  });

  it('forgets enough that the next questions leave the beginning as it is', async () => {
    const turns = [1, 2, 3, 4].flatMap((at) => grounded([passage(at, 100)]));
    const first = await fit({ turns, candidates: [passage(9, 60)], contextSize: 560 });
    const later = await fit({ turns: [...turns, ...grounded(first.read, 'and now?')], candidates: [passage(10, 40)], contextSize: 560, forgotten: first.forgotten });
    expect(first.forgotten).toBeGreaterThan(0);
    expect(later.forgotten).toBe(first.forgotten);
    expect(later.messages.slice(0, first.messages.length)).toEqual(first.messages);
  });

  it('reads fewer passages where all do not fit, the best first', async () => {
    const { read } = await fit({ turns: [], candidates: [1, 2, 3].map((at) => passage(at, 100)), contextSize: 320 });
    expect(read.map(({ passageId }) => passageId)).toEqual([1, 2]);
  });

  it('reads a stretch around the quote of a passage that is too long alone, and marks the cut', async () => {
    const long = passage(1, 2000);
    const start = long.text.indexOf('p1x1500');
    const { read, messages } = await fitPassages({
      turns: [], question, candidates: [long], forgotten: 0, maxTokens: 1024, countTokens: counting(400), quotes: [{ passageId: 1, start, end: start + 40 }],
    });
    expect(read[0]!.cut!.start).toBeGreaterThan(0);
    expect(messages[0]!.text).toMatch(/\| … p1x\d+ .*p1x1500 .* …\n/);
  });

  it('refuses a conversation that is full without any passage', async () => {
    await expect(fit({ turns: [{ role: 'user', text: words(500) }, { role: 'assistant', text: 'x' }], candidates: [passage(1, 10)], contextSize: 300 })).rejects.toMatchObject({ code: 'context_full' });
  });
});

describe('the form of a branch', () => {
  it('only grows at its end while nothing is forgotten', () => {
    fc.assert(
      fc.property(branch, passages, (turns, candidates) => {
        const before = writeTurns(turns, 0);
        const after = writeTurns([...turns, { ...question, passages: candidates }], 0);
        expect(after.slice(0, before.length)).toEqual(before);
      }),
    );
  });

  it('holds each passage once, and points to it afterwards', () => {
    const turns = [...grounded([passage(1, 3), passage(2, 3)]), ...grounded([passage(2, 3), passage(3, 3)])];
    const text = writeTurns(turns, 0).map((message) => message.text);
    expect(text[2]).toContain('[3] d.txt');
    expect(text[2]).not.toContain('p2x0');
    expect(text[2]).toContain('Also [2] above.');
    // Forgotten with the first turn, it stands in the second, under the same number.
    expect(writeTurns(turns, 1)[2]!.text).toContain('[2] d.txt, page 1\n| p2x0');
  });
});
