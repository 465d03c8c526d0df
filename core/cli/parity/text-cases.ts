// Runs the cases about text: the tokenizer's and the chat template's.
import { z } from 'zod';
import type { ChatMessage, EngineApi } from '../../contract/engine.js';
import type { Client } from '../../contract/rpc.js';
import { failed, firstDifference, type CaseResult } from './compare.js';
import type { Expected, ExpectedCase } from './expected.js';

const tokenizerSchema = z.object({ parse_special: z.boolean().default(true), cases: z.array(z.object({ text: z.string(), ids: z.array(z.number()) })) });
const chatSchema = z.object({
  cases: z.array(z.object({ messages: z.array(z.object({ role: z.string(), content: z.string() })), add_generation_prompt: z.boolean(), rendered: z.string(), ids: z.array(z.number()) })),
});

/** Ids of every text, exactly. */
export async function runTokenizerCase(one: ExpectedCase, expected: Expected, engine: Client<EngineApi>): Promise<CaseResult> {
  const { cases, parse_special: parseSpecial } = tokenizerSchema.parse(await expected.json(one.file));
  const wrong: string[] = [];
  for (const [index, { text, ids }] of cases.entries()) {
    const { ids: actual } = await engine.call('tokenize', { text, parseSpecial });
    const at = firstDifference(actual, ids);
    if (at !== null) wrong.push(`text ${index} (${JSON.stringify(text.slice(0, 30))}) at token ${at}`);
  }
  return textResult(one, cases.length, wrong);
}

/** Text and ids of every conversation, exactly; and the engine's own way to ids, which lets no control text of a user through. */
export async function runChatCase(one: ExpectedCase, expected: Expected, engine: Client<EngineApi>): Promise<CaseResult> {
  const { cases } = chatSchema.parse(await expected.json(one.file));
  const wrong: string[] = [];
  for (const [index, { messages, add_generation_prompt: addGenerationPrompt, rendered, ids }] of cases.entries()) {
    const conversation = messages.map(({ role, content }): ChatMessage => ({ role: roleOf(role), text: content }));
    const { text } = await engine.call('renderChat', { messages: conversation, addGenerationPrompt });
    if (text !== rendered) wrong.push(`conversation ${index}: text`);
    const { ids: actual } = await engine.call('tokenize', { text, parseSpecial: true });
    if (firstDifference(actual, ids) !== null) wrong.push(`conversation ${index}: ids`);
    if (addGenerationPrompt && (await engine.call('countTokens', { messages: conversation })).tokens !== ids.length) wrong.push(`conversation ${index}: count`);
  }
  return textResult(one, cases.length, wrong);
}

/** Plumb has three roles; a template that knows its model by name treats that name as the assistant. */
function roleOf(role: string): ChatMessage['role'] {
  return role === 'system' || role === 'user' ? role : 'assistant';
}

function textResult({ group, id }: ExpectedCase, count: number, wrong: readonly string[]): CaseResult {
  if (wrong.length > 0) return failed(group, id, `${wrong.length} of ${count} differ: ${wrong.slice(0, 5).join(', ')}`);
  return { group, id, outcome: 'passed', error: null, limit: null, note: `${count} of ${count} exact` };
}
