// Proves that conversations leave Plumb whole and come back the same, and that files of others cannot harm it.
import * as fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { afterEach, describe, expect, it } from 'vitest';
import type { PlumbApi } from '../../../core/contract/api.js';
import type { Client } from '../../../core/contract/rpc.js';
import { exportSchema, type Export, type ExportedConversation } from '../../../core/contract/transfer.js';
import { asHtml, htmlHead } from '../../../core/services/transfer/html.js';
import { asMarkdown } from '../../../core/services/transfer/markdown.js';
import { fileNameOf } from '../../../core/services/transfer/written.js';
import { startTestApp, type TestApp } from '../../fakes/test-app.js';
import { answer, exchange, openTestStore, removeDir } from '../store/fixture.js';

let test: TestApp;
let opened = false;
const open = (): TestApp => {
  opened = true;
  return (test = startTestApp());
};
afterEach(() => {
  if (opened) test.dispose();
  opened = false;
});

async function readOut(client: Client<PlumbApi>, transferId: number): Promise<string> {
  const pieces: Buffer[] = [];
  for (;;) {
    const { base64, last } = await client.call('transfer.read', { transferId });
    pieces.push(Buffer.from(base64, 'base64'));
    if (last) return Buffer.concat(pieces).toString('utf8');
  }
}
async function exported(client: Client<PlumbApi>, options: { withTokens?: boolean } = {}): Promise<Export> {
  const { transferId } = await client.call('transfer.export', { ids: null, format: 'json', ...options });
  return JSON.parse(await readOut(client, transferId)) as Export;
}
async function importText(client: Client<PlumbApi>, text: string) {
  const bytes = Buffer.from(text, 'utf8');
  const { transferId } = await client.call('transfer.begin', { kind: 'import', sizeBytes: bytes.length });
  const size = 100_000;
  for (let offset = 0; offset < bytes.length; offset += size) await client.call('transfer.write', { transferId, offset, base64: bytes.subarray(offset, offset + size).toString('base64') });
  return client.call('transfer.import', { transferId });
}

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const time = fc.integer({ min: 0, max: 4e12 });
const figure = fc.integer({ min: 0, max: 10_000 });
const runOf = fc.record({
  modelName: text, modelHash: fc.constant('h'), forkId: fc.constant('f'), hasRecurrence: fc.boolean(),
  recurrence: fc.record({
    steps: fc.integer({ min: 1, max: 128 }), stateSeed: figure, stateScale: fc.constantFrom(0, 0.5, 1), warmStart: fc.boolean(),
    exit: fc.constantFrom(null, { kind: 'kl' as const, threshold: 0.002, minSteps: 2, checkEvery: 3, inPrefill: true }), sampler: fc.constant({ kind: 'plain' as const }),
  }),
  cache: fc.constantFrom(null, { kvBudget: 4, kvType: 'q8_0' as const }),
  sampling: fc.record({ temperature: fc.constantFrom(0, 0.7), topK: figure, topP: fc.constant(0.95), minP: fc.constant(0.05), repeatPenalty: fc.constant(1), seed: fc.option(figure), maxTokens: fc.constant(9), stop: fc.constantFrom<string[][]>([], ['\n\n', 'END']) }),
  state: fc.constantFrom('done' as const, 'stopped' as const, 'interrupted' as const), endReason: fc.constantFrom(null, 'end' as const), errorCode: fc.constantFrom(null, 'engine_crashed' as const),
  startedAtMs: time, endedAtMs: fc.option(time),
  stats: fc.option(fc.record({ promptTokens: figure, reusedTokens: figure, rereadTokens: figure, promptMs: figure, firstTokenMs: figure, tokens: figure, decodeMs: figure, meanSteps: figure })),
  tokens: fc.array(fc.record({ id: figure, text, steps: fc.integer({ min: 0, max: 3 }), exitReason: fc.constantFrom('limit' as const, 'converged' as const), trace: fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: 0, max: 8 }), { maxLength: 3 }) }), { maxLength: 4 })
    .map((tokens) => tokens.map((token, index) => ({ index, ...token }))),
});
const conversationOf: fc.Arbitrary<ExportedConversation> = fc
  .array(fc.record({ up: fc.nat(), role: fc.constantFrom('user' as const, 'assistant' as const, 'system' as const), text, createdAtMs: time, run: fc.option(runOf) }), { minLength: 1, maxLength: 8 })
  .chain((drafts) => fc.record({
    title: text, createdAtMs: time, updatedAtMs: time, leaf: fc.option(fc.nat(drafts.length - 1)),
    messages: fc.constant(drafts.map(({ up, run, role, ...rest }, at) => ({ ...rest, role, parent: up % (at + 1) === at ? null : up % (at + 1), run: role === 'assistant' ? run : null }))),
  }));

describe('JSON', () => {
  it('comes back equal after export, import and export, with settings, figures and tokens of every run', async () => {
    await fc.assert(fc.asyncProperty(fc.uniqueArray(conversationOf, { minLength: 1, maxLength: 3, selector: ({ messages }) => JSON.stringify(messages.map(({ text, parent, role, createdAtMs }) => [text, parent, role, createdAtMs])) }), async (conversations) => {
      const first = startTestApp();
      try {
        const file = { format: 'plumb-export', version: 1, exportedAtMs: 1, plumbVersion: 'x', conversations };
        expect((await importText(first.client, JSON.stringify(file))).imported).toBe(conversations.length);
        const out = await exported(first.client, { withTokens: true });
        expect(exportSchema.safeParse(out).error).toBeUndefined();
        const byTitleless = ({ messages, createdAtMs }: ExportedConversation): string => JSON.stringify([createdAtMs, messages]);
        const sorted = (list: ExportedConversation[]): ExportedConversation[] => list.toSorted((a, b) => byTitleless(a).localeCompare(byTitleless(b)));
        expect(sorted(out.conversations)).toEqual(sorted(JSON.parse(JSON.stringify(conversations)) as ExportedConversation[]));
      } finally {
        first.dispose();
      }
    }), { numRuns: 25 });
  });

  it('of a conversation that is here already adds nothing, and a renamed one is still recognised', async () => {
    const { client, ask } = open();
    await test.until('ready');
    const { conversationId } = await ask('!say one answer');
    const before = JSON.stringify(await exported(client));
    await client.call('conversations.rename', { id: conversationId, title: 'Another name' });
    expect(await importText(client, before)).toEqual({ imported: 0, duplicates: 1, messages: 0, leftOut: 0 });
    expect((await client.call('conversations.list', {})).conversations.map(({ title }) => title)).toEqual(['Another name']);
  });

  it('under new ids stands beside what was there, is found by search, and can be answered', async () => {
    const { client, ask } = open();
    await test.until('ready');
    await ask('!say zanzibar');
    const file = await exported(client);
    file.conversations[0]!.messages[0]!.text = 'Where is quito? !say far';
    expect(await importText(client, JSON.stringify(file))).toMatchObject({ imported: 1, duplicates: 0 });
    const { hits } = await client.call('conversations.search', { query: 'quito' });
    expect(hits).toHaveLength(1);
    expect((await ask('and now? !tokens 2', hits[0]!.conversation.id)).ended.reason).toBe('end');
  });
});

describe('a file that is no export', () => {
  const good = { format: 'plumb-export', version: 1, exportedAtMs: 1, plumbVersion: 'x', conversations: [] as unknown[] };
  const message = { parent: null, role: 'user', text: 'x', createdAtMs: 1, run: null };
  it.each([
    ['not JSON', 'hello', 'import_invalid'],
    ['not UTF-8 when decoded strictly', '"\\ud800"', 'import_invalid'],
    ['JSON of something else', '{"a":1}', 'import_invalid'],
    ['an empty list', '[]', 'import_invalid'],
    ['of a newer Plumb', JSON.stringify({ ...good, version: 99 }), 'import_from_future'],
    ['with a parent that comes later', JSON.stringify({ ...good, conversations: [{ title: '', createdAtMs: 1, updatedAtMs: 1, leaf: null, messages: [{ ...message, parent: 1 }, message] }] }), 'import_invalid'],
    ['with a leaf that is not there', JSON.stringify({ ...good, conversations: [{ title: '', createdAtMs: 1, updatedAtMs: 1, leaf: 5, messages: [message] }] }), 'import_invalid'],
    ['with a text that is too long', JSON.stringify({ ...good, conversations: [{ title: '', createdAtMs: 1, updatedAtMs: 1, leaf: 0, messages: [{ ...message, text: 'x'.repeat(2_000_001) }] }] }), 'import_invalid'],
  ])('%s is refused, and nothing was added', async (_what, file, code) => {
    const { client } = open();
    await expect(importText(client, file)).rejects.toMatchObject({ code });
    expect((await client.call('conversations.list', {})).conversations).toEqual([]);
  });

  it('is not quoted in the error', async () => {
    const { client } = open();
    const failed = importText(client, '{"secret-canary": oops');
    await expect(failed).rejects.not.toMatchObject({ detail: expect.stringContaining('canary') });
  });

  it('larger than the limit is refused before a byte of it is taken; pieces out of order are too', async () => {
    const { client } = open();
    await expect(client.call('transfer.begin', { kind: 'import', sizeBytes: 2 ** 30 })).rejects.toMatchObject({ code: 'import_invalid' });
    const { transferId } = await client.call('transfer.begin', { kind: 'import', sizeBytes: 4 });
    await expect(client.call('transfer.write', { transferId, offset: 2, base64: 'YWI=' })).rejects.toMatchObject({ code: 'bad_request' });
    await expect(client.call('transfer.write', { transferId, offset: 0, base64: 'YWJjZGVm' })).rejects.toMatchObject({ code: 'bad_request' });
    await expect(client.call('transfer.import', { transferId })).rejects.toMatchObject({ code: 'bad_request' });
    await client.call('transfer.cancel', { transferId });
    await expect(client.call('transfer.import', { transferId })).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('an export of ChatGPT', () => {
  const node = (id: string, parent: string | null, role: string | null, said: unknown, more: object = {}) => [id, { id, parent, children: [], message: role === null ? null : { author: { role }, create_time: 5.5, content: { content_type: 'text', parts: [said] }, ...more } }];
  it('keeps the tree and the shown branch; hidden, foreign and empty nodes are counted and bridged', async () => {
    const { client } = open();
    const mapping = Object.fromEntries([
      node('root', null, null, ''), node('sys', 'root', 'system', 'be good'), node('u', 'sys', 'user', 'Hello?'), node('a1', 'u', 'assistant', 'First.'), node('a2', 'u', 'assistant', { not: 'text' }),
      node('tool', 'a1', 'tool', 'searched'), node('a3', 'tool', 'assistant', 'After the tool.'), ['broken', 7], node('ring1', 'ring2', 'user', 'x'), node('ring2', 'ring1', 'user', 'x'),
    ] as [string, unknown][]);
    const file = JSON.stringify([{ title: 'From there', create_time: 1.5, update_time: 9, current_node: 'a3', mapping }, { mapping: 3 }]);
    expect(await importText(client, file)).toEqual({ imported: 1, duplicates: 0, messages: 4, leftOut: 3 });
    const [conversation] = (await client.call('conversations.list', {})).conversations;
    const { messages, leafId } = await client.call('conversations.open', { id: conversation!.id });
    const at = (id: number | null): string | undefined => messages.find((message) => message.id === id)?.text;
    expect(messages.map(({ text, parentId }) => [at(parentId), text])).toEqual([[undefined, 'Hello?'], ['Hello?', 'First.'], ['First.', 'After the tool.'], ['Hello?', '*[something that is not text]*']]);
    expect(at(leafId)).toBe('After the tool.');
  });

  it('as anything at all never brings the app down', async () => {
    const { client } = open();
    await fc.assert(fc.asyncProperty(fc.array(fc.record({ mapping: fc.jsonValue(), title: fc.jsonValue(), current_node: fc.jsonValue() }), { minLength: 1, maxLength: 3 }), async (file) => {
      const outcome = await importText(client, JSON.stringify(file)).catch(({ code }: { code: string }) => code);
      expect(typeof outcome === 'object' || outcome === 'import_invalid').toBe(true);
    }), { numRuns: 50 });
  });
});

describe('the written forms', () => {
  const run = { modelName: 'Huginn', hasRecurrence: true, recurrence: { steps: 16, stateSeed: 0, stateScale: 1, exit: null, warmStart: false, sampler: { kind: 'plain' as const } }, cache: null, sampling: { temperature: 0.7, topK: 40, topP: 1, minP: 0, repeatPenalty: 1, seed: 7, maxTokens: 10, stop: [] }, state: 'done' as const, endReason: 'end' as const, errorCode: null, startedAtMs: 1, endedAtMs: 2, stats: { promptTokens: 1, reusedTokens: 0, rereadTokens: 0, promptMs: 1, firstTokenMs: 1, tokens: 50, decodeMs: 1000, meanSteps: 16 }, modelHash: 'h', forkId: 'f' };
  const hostile = '<script>alert(0)</script>\n\nSee <script>alert(1)</script> ![x](https://evil.example/a.png) [click](javascript:alert(2)) <img src=x onerror=alert(3)> **bold** [web](https://example.org/a?b="c")';
  const grounding = { collectionName: 'Contracts', mode: 'passages' as const, query: 'q', decision: 'answer' as const, sources: [{ documentName: 'a<b.pdf', headingPath: ['Part 1'], page: 3, pageLabel: 'iii', text: 'ninety days' }], citations: [{ start: 0, end: 8, source: 0 }] };
  const talk: ExportedConversation = {
    title: 'Notice <period>', createdAtMs: 0, updatedAtMs: 0, leaf: 1,
    messages: [
      { parent: null, role: 'user', text: 'How <b>long</b>?', createdAtMs: 0, run: null },
      { parent: 0, role: 'assistant', text: 'Ninety d.', createdAtMs: 0, run, grounding },
      { parent: 0, role: 'assistant', text: hostile, createdAtMs: 0, run: { ...run, state: 'stopped' } },
    ],
  };
  it('hold the shown branch alone, or all of them with their places', () => {
    expect(asMarkdown(talk, false, true)).not.toContain('bold');
    const all = asMarkdown(talk, true, true);
    expect(all).toContain('Answer 2 of 2 · follows message 1 · stopped · 50 tokens');
    expect(all).toContain('## 2. Answer · Huginn · 16 steps');
  });

  it('show the sources of an answer as footnotes', () => {
    const markdown = asMarkdown(talk, false, true);
    expect(markdown).toContain('Ninety d[^2-1].');
    expect(markdown).toContain('[^2-1]: a<b.pdf, Part 1, page iii: “ninety days”');
    expect(asHtml(talk, false, 0)).toMatch(/Ninety d<sup><a href="#s0-2-1">1<\/a><\/sup>[^]*<li id="s0-2-1" value="1">a&#60;b\.pdf, Part 1, page iii/);
  });

  it('as HTML run nothing, load nothing, and lead to the web only by a link that is seen', () => {
    const html = htmlHead(talk.title) + asHtml(talk, true, 0);
    expect(html).toContain("default-src 'none'");
    const { document } = parseHTML(html);
    expect([...document.querySelectorAll('script, img, iframe, link, object, embed, form, svg, base, video, audio')]).toEqual([]);
    expect([...document.querySelectorAll('*')].flatMap(({ attributes }) => [...attributes].filter(({ name, value }) => /^on|^style$|^src/.test(name) || /javascript:/.test(value)))).toEqual([]);
    expect(document.querySelector('style')?.textContent).not.toMatch(/url\(|@import/);
    expect(html).toContain('<strong>bold</strong>');
    expect(html).toContain('[picture: x]');
    expect(html).toContain('href="https://example.org/a?b=&#34;c&#34;" rel="noreferrer noopener"');
    expect(html).toContain('prefers-color-scheme: dark');
    expect(html).toContain('@media print');
  });

  it('have names that every file system takes', () => {
    expect([fileNameOf('a/b:c*?"<>|\\d\u202E', 'md'), fileNameOf('..', 'md'), fileNameOf('con', 'html'), fileNameOf('x'.repeat(300), 'md').length]).toEqual(['a b c d.md', 'Plumb.md', 'Plumb con.html', 83]);
  });
});

it('a reply that is still being made is written as far as it is stored, as interrupted', () => {
  const { dir, store } = openTestStore();
  const { conversationId, runId } = exchange(store, 'q');
  store.runs.append(runId, [{ index: 0, id: 1, text: 'half', steps: 2, exitReason: 'limit', trace: [1] }], 1);
  expect(store.transfer.takeOut(conversationId, false)!.messages[1]).toMatchObject({ text: 'half', run: { state: 'interrupted' } });
  answer(store, exchange(store, 'other').runId, 'x');
  store.close();
  removeDir(dir);
});
