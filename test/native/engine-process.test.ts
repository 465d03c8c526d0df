// Proves who the engine process serves: only our fork answers, and it ends with its host.
import { afterAll, describe, expect, it } from 'vitest';
import { engineApi } from '../../core/contract/engine.js';
import { createClient } from '../../core/contract/rpc.js';
import { engineStart } from '../../core/services/host/engine-start.js';
import { createLog } from '../../core/services/log.js';
import { startChild } from '../../server/child.js';
import { ask, makeTinyModel, root, startEngine, temporaryFolder, user } from './engine-harness.js';

const folder = temporaryFolder();
afterAll(() => folder.remove());

describe('the engine process', () => {
  it('refuses to run on the stock binary of node-llama-cpp', async () => {
    const start = engineStart(root);
    const engine = startChild({ ...start, env: { ...start.env, PLUMB_ENGINE_BINARY: 'stock' } }, createLog(() => undefined, 'silent'));
    const client = createClient(engine.pipe, engineApi);
    const refusal = { code: 'engine_not_the_fork', detail: `expected ${start.expectedForkId}, found none` };
    await expect(client.call('hello', {})).rejects.toMatchObject(refusal);
    await expect(client.call('load', { path: 'any.gguf' })).rejects.toMatchObject(refusal);
    engine.kill();
  });

  it('is not accepted by the services on the stock binary either', async () => {
    await expect(startEngine({ PLUMB_ENGINE_BINARY: 'stock' })).rejects.toMatchObject({ code: 'engine_not_the_fork' });
  });

  it('refuses calls that are not in the contract', async () => {
    const engine = await startEngine();
    await expect(engine.client.call('frobnicate' as 'hello', {})).rejects.toMatchObject({ code: 'bad_request' });
    await expect(engine.client.call('setSteps', { runId: 1, steps: 0 })).rejects.toMatchObject({ code: 'bad_request' });
    engine.kill();
  });

  it('ends by itself when its host is gone, also in the middle of an answer', async () => {
    const model = await makeTinyModel(folder.path);
    const start = engineStart(root);
    const engine = startChild(start, createLog(() => undefined, 'silent'));
    const client = createClient(engine.pipe, engineApi);
    await client.call('load', { path: model, contextSize: 1024, calibrate: false });
    await ask(client, user('Go on and on.'), { steps: 64, sampling: { maxTokens: 900 } });
    engine.pipe.close();
    expect(await engine.exited).toBe('exit code 0');
  });
});
