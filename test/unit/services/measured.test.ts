// Proves that what answers took is summed up by the choices they were made with, and that tokens may stop early and be hurried.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exitCriterionSchema } from '../../../core/contract/compute.js';
import type { RecurrenceSettings } from '../../../core/contract/recurrence.js';
import { startTestApp, type TestApp } from '../../fakes/test-app.js';

let test: TestApp;
beforeEach(async () => {
  test = startTestApp();
  await test.until('ready');
});
afterEach(() => test.dispose());

async function ask(text: string, recurrence: Partial<RecurrenceSettings> & { steps: number }) {
  const { conversation } = await test.client.call('conversations.create', {});
  const ended = test.next('run.ended');
  const { run } = await test.client.call('messages.send', { conversationId: conversation.id, text, recurrence });
  return { runId: run!.id, run: (await ended).run };
}
const effects = async () => (await test.client.call('models.measured', { modelId: 'built-in-tiny' })).effects;
const exit = exitCriterionSchema.parse({ kind: 'latent-diff', threshold: 0.2 });

describe('measured effects', () => {
  it('are none before the first answer', async () => expect(await effects()).toEqual([]));

  it('pool answers made alike, keep others apart, and name the newest first', async () => {
    await ask('!tokens 20', { steps: 8 });
    await ask('!tokens 20', { steps: 8 });
    await ask('!tokens 20', { steps: 16, exit });
    await ask('!tokens 20', { steps: 8, sampler: { kind: 'speculative', draftSteps: 4, lookahead: 8, adapt: true } });
    const found = await effects();
    expect(found.map(({ sampler, adaptive, steps, runs }) => [sampler, adaptive, steps, runs])).toEqual([['speculative', false, 8, 1], ['plain', true, 16, 1], ['plain', false, 8, 2]]);
    expect(found.every(({ tokensPerSecond }) => tokensPerSecond > 0)).toBe(true);
    expect([found[1]!.meanSteps < 16, found[2]!.meanSteps]).toEqual([true, 8]);
  });

  it('leave out answers too short to time, and those that failed', async () => {
    await ask('!tokens 3', { steps: 8 });
    await ask('!tokens 40 !error decode_failed', { steps: 8 });
    expect(await effects()).toEqual([]);
  });
});

describe('tokens that stop early', () => {
  it('are stored with the steps they took and the reason', async () => {
    const { runId, run } = await ask('!tokens 10', { steps: 16, exit });
    const { tokens } = await test.client.call('runs.tokens', { runId });
    expect(run.recurrence.exit).toEqual(exit);
    expect([...new Set(tokens.map(({ exitReason }) => exitReason))]).toEqual(['converged']);
    expect(tokens.every(({ steps, trace }) => steps === trace.length && steps < 16 && trace.at(-1)! < 0.2)).toBe(true);
  });

  it('are hurried while answer-now is on, and take their time again when it is lifted', async () => {
    const { conversation } = await test.client.call('conversations.create', {});
    const ended = test.next('run.ended');
    const { run } = await test.client.call('messages.send', { conversationId: conversation.id, text: '!tokens 3 !slow 8', recurrence: { steps: 20 } });
    await test.next('run.step');
    await test.client.call('runs.answerNow', { runId: run!.id, on: true });
    await test.next('run.tokens');
    await test.client.call('runs.answerNow', { runId: run!.id, on: false });
    await ended;
    const { tokens } = await test.client.call('runs.tokens', { runId: run!.id });
    expect([tokens[0]!.exitReason, tokens.at(-1)!.exitReason, tokens.at(-1)!.steps]).toEqual(['hurried', 'limit', 20]);
  });
});
