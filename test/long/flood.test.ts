// Ten thousand connections from a hostile program on the same machine; npm test opens one thousand.
import { expect, it } from 'vitest';
import { removeDataDir, startApp } from '../harness/app.js';
import { connect } from '../harness/client.js';
import { floodWith } from '../harness/flood.js';

it('ten thousand connections get nothing, and the window that was there goes on', async () => {
  const app = await startApp({ engine: 'fake' });
  const client = await connect(app);
  expect(await floodWith(app.port, 10_000)).toBe(0);
  expect((await client.call('app.hello', {})).host).toBe('browser');
  client.close();
  await app.stop();
  removeDataDir(app.dataDir);
});
