// Proves what locking does to a running app: nothing answers, nothing is told, the engine is gone, and unlocking brings everything back.
import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { api } from '../../../core/contract/api.js';
import { startTestApp, type TestApp } from '../../fakes/test-app.js';

vi.mock('../../../core/services/vault/argon-thread.js', () => import('../../fakes/quick-argon.js'));

let test: TestApp;
afterEach(() => test.dispose());
const passphrase = 'correct horse';

async function startProtected(options: Parameters<typeof startTestApp>[0] = {}): Promise<void> {
  test = startTestApp(options);
  await test.until('ready');
  await test.client.call('vault.setPassphrase', { current: null, next: passphrase });
}

describe('a locked app', () => {
  it('refuses every operation but hello, the vault’s, the privacy report without names, and erasing everything, whatever is asked', async () => {
    await startProtected();
    await test.client.call('vault.lock', {});
    const closed = Object.keys(api.operations).filter((op) => op !== 'app.hello' && op !== 'app.eraseEverything' && op !== 'privacy.report' && !op.startsWith('vault.'));
    expect(closed.length).toBeGreaterThan(30);
    const handlers = test.app.handlers as unknown as Record<string, (params: object) => Promise<unknown>>;
    for (const op of closed) await expect(handlers[op]!({}), op).rejects.toMatchObject({ code: 'locked' });
    for (const op of ['vault.setAutoLock', 'vault.newRecoveryCode'] as const) await expect(test.client.call(op, { minutes: 1 })).rejects.toMatchObject({ code: 'locked' });
    test.app.noteRefused({ process: 'window', kind: 'request', host: 'secret.example', atMs: 1 });
    writeFileSync(join(test.dataDir, 'my illness.txt'), 'x');
    const report = await test.client.call('privacy.report', {});
    expect([report.refusedTotal, report.refused.map(({ kind }) => kind), report.stored.length > 1]).toEqual([1, ['request'], true]);
    expect(JSON.stringify(report)).not.toMatch(/secret|illness/);
    const hello = await test.client.call('app.hello', {});
    expect(hello).toMatchObject({ engine: { kind: 'idle' }, vault: { locked: true, protection: 'passphrase', autoLockMinutes: null }, notices: [] });
  });

  it('tells every window, and nothing after it', async () => {
    await startProtected();
    const windows = [test.connect(), test.connect()];
    const told: string[] = [];
    for (const window of windows) {
      for (const name of Object.keys(api.events) as (keyof typeof api.events)[]) window.on(name, (body) => told.push(name === 'vault.state' ? `locked: ${(body as { locked: boolean }).locked}` : name));
    }
    const { conversation } = await test.client.call('conversations.create', {});
    const seen = test.next('run.tokens');
    await test.client.call('messages.send', { conversationId: conversation.id, text: '!tokens 5000', recurrence: { steps: 8 } });
    await seen;
    told.length = 0;
    test.app.lock('test');
    const atLock = [...told];
    await new Promise((done) => setTimeout(done, 100));
    expect(told.slice(atLock.length).filter((name) => !name.startsWith('locked'))).toEqual([]);
    expect(told.filter((name) => name === 'locked: true')).toHaveLength(2);
  });

  it('has ended the answer with what it had, and the engine process with everything in its memory', async () => {
    await startProtected();
    const engine = test.engines.at(-1)!;
    const { conversation } = await test.client.call('conversations.create', {});
    const seen = test.next('run.tokens', ({ seq }) => seq === 3);
    await test.client.call('messages.send', { conversationId: conversation.id, text: '!tokens 5000', recurrence: { steps: 8 } });
    await seen;
    await test.client.call('vault.lock', {});
    await expect(engine.exited).resolves.toBe('signal SIGKILL');
    expect(existsSync(join(test.dataDir, 'plumb.db-wal'))).toBe(false);
    await test.client.call('vault.unlock', { passphrase });
    await test.until('ready');
    const { messages } = await test.client.call('conversations.open', { id: conversation.id });
    expect(messages.at(-1)).toMatchObject({ run: { state: 'interrupted' }, text: expect.stringMatching(/\w/) });
    expect(test.engines).toHaveLength(2);
    expect((await test.ask('again !tokens 3', conversation.id)).ended.reason).toBe('end');
  });

  it('does not deliver an answer that was under way when it was locked', async () => {
    await startProtected();
    const slow = test.client.call('messages.forecast', { conversationId: null, text: 'secret' }).catch(({ code }: { code: string }) => code);
    test.app.lock('test');
    expect(['locked', expect.objectContaining({ fits: true })]).toContainEqual(await slow);
    await expect(test.client.call('conversations.list', {})).rejects.toMatchObject({ code: 'locked' });
  });

  it('stays locked after a restart, keeps nothing readable, and opens with the passphrase alone', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'plumb-unit-'));
    await startProtected({ dataDir });
    const { conversationId } = await test.ask('xylophonecanary !tokens 3');
    test.app.close();
    test = startTestApp({ dataDir });
    expect(test.app.isLocked()).toBe(true);
    await expect(test.client.call('vault.unlock', { passphrase: 'wrong' })).rejects.toMatchObject({ code: 'wrong_passphrase' });
    await expect(test.client.call('vault.retry', {})).resolves.toEqual({});
    expect(test.app.isLocked()).toBe(true);
    const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    expect(files.filter((path) => readFileSync(path).includes('xylophonecanary') || readFileSync(path).includes(passphrase))).toEqual([]);
    expect(test.log.join('')).not.toContain('xylophonecanary');
    await test.client.call('vault.unlock', { passphrase });
    expect((await test.client.call('conversations.search', { query: 'xylophonecanary' })).hits).toMatchObject([{ conversation: { id: conversationId } }]);
  });

  it('opens with the recovery code and then takes a new passphrase', async () => {
    await startProtected();
    const { code } = await test.client.call('vault.newRecoveryCode', {});
    await test.client.call('vault.lock', {});
    await test.client.call('vault.unlockWithRecovery', { code });
    await test.client.call('vault.setPassphrase', { current: null, next: 'something new' });
    await test.client.call('vault.lock', {});
    await test.client.call('vault.unlock', { passphrase: 'something new' });
    expect(test.app.isLocked()).toBe(false);
  });
});

describe('locking by itself', () => {
  it('comes after the chosen minutes without a touch, not before', async () => {
    let nowMs = Date.now();
    await startProtected({ now: () => nowMs });
    expect((await test.client.call('vault.state', {})).autoLockMinutes).toBe(10);
    await test.client.call('vault.setAutoLock', { minutes: 3 });
    nowMs += 2.9 * 60_000;
    await test.client.call('vault.touch', {});
    nowMs += 2.9 * 60_000;
    await new Promise((done) => setTimeout(done, 60));
    expect(test.app.isLocked()).toBe(false);
    const locked = test.next('vault.state', (state) => state.locked);
    nowMs += 0.2 * 60_000;
    await locked;
    expect(test.app.isLocked()).toBe(true);
  });

  it('never comes where it is switched off, or where there is no passphrase', async () => {
    let nowMs = Date.now();
    test = startTestApp({ now: () => nowMs });
    await test.until('ready');
    await test.client.call('vault.setAutoLock', { minutes: 1 });
    nowMs += 3_600_000;
    await new Promise((done) => setTimeout(done, 60));
    test.app.lock('the machine sleeps');
    expect(test.app.isLocked()).toBe(false);
    await expect(test.client.call('vault.lock', {})).rejects.toMatchObject({ code: 'vault_unprotected' });
    await test.client.call('vault.setPassphrase', { current: null, next: passphrase });
    await test.client.call('vault.setAutoLock', { minutes: 0 });
    nowMs += 3_600_000;
    await new Promise((done) => setTimeout(done, 60));
    expect(test.app.isLocked()).toBe(false);
  });

  it('comes at once when the machine sleeps', async () => {
    await startProtected();
    test.app.lock('the machine sleeps');
    expect(test.app.isLocked()).toBe(true);
  });
});
