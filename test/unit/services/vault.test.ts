// Proves who gets the key back and who does not: every slot, every change between them, and wrong tries.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { costFor, leastCost, mostCost } from '../../../core/services/vault/argon.js';
import { waitAfter } from '../../../core/services/vault/attempts.js';
import type { KeyStore } from '../../../core/services/vault/slots.js';
import type { Vault } from '../../../core/services/vault/vault.js';
import { clock, file, json, keyOf, kinds, opened, protectedVault, vaultOf } from './vault-fixture.js';

vi.mock('../../../core/services/vault/argon-thread.js', () => import('../../fakes/quick-argon.js'));

const wrong = expect.objectContaining({ code: 'wrong_passphrase', message: 'This does not open the vault.' });

/** A key store that turns the bytes over; `state` is what it says about itself. */
function fakeKeyStore(state: { now: 'ok' | 'basic_text' | 'unavailable' }): KeyStore {
  const turn = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0xa5);
  return { available: () => state.now, wrap: turn, unwrap: turn };
}

describe('a first start', () => {
  it('makes a key file and a vault for their owner alone, and opens without a question', () => {
    const key = keyOf(opened());
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(['key', 'vault.json'].map((name) => (statSync(file(name)).mode & 0o777).toString(8))).toEqual(['600', '600']);
    expect(kinds()).toEqual(['key_file']);
    expect(readFileSync(file('vault.json'), 'latin1')).not.toContain(Buffer.from(key, 'hex').toString('base64'));
    expect(keyOf(opened())).toBe(key);
  });

  it('uses the key store where there is a real one, and no key file then', () => {
    const store = fakeKeyStore({ now: 'ok' });
    const key = keyOf(opened(store));
    expect([kinds(), existsSync(file('key')), keyOf(opened(store)) === key]).toEqual([['key_store'], false, true]);
  });

  it.each(['basic_text', 'unavailable'] as const)('does not call a key store that is "%s" protection: a key file is made and it is said', (state) => {
    const vault = opened(fakeKeyStore({ now: state }));
    expect(vault.state().protection).toBe('key_file');
    expect(vault.notices).toMatchObject([{ code: 'vault_unprotected', detail: state }]);
  });
});

describe('a passphrase', () => {
  it('replaces the key file, needs typing after a restart, and gives back the same key', async () => {
    const { key } = await protectedVault();
    expect([kinds(), existsSync(file('key'))]).toEqual([['passphrase'], false]);
    const again = opened();
    expect(again.state()).toMatchObject({ locked: true, protection: 'passphrase', problem: null });
    expect(() => again.dataKey()).toThrow(expect.objectContaining({ code: 'locked' }));
    await again.unlock('correct horse');
    expect(keyOf(again)).toBe(key);
  });

  it('is the same however its letters are composed', async () => {
    const { vault, key } = await protectedVault('caf\u00e9 au lait');
    vault.lock();
    await vault.unlock('cafe\u0301 au lait');
    expect(keyOf(vault)).toBe(key);
  });

  it('stores what it costs, never below the floor', async () => {
    await protectedVault();
    expect(json().slots[0]).toMatchObject({ memoryKiB: leastCost.memoryKiB, passes: leastCost.passes, lanes: 1 });
  });

  it('changes only with the old one; then the old one opens nothing and the key is the same', async () => {
    const { vault, key } = await protectedVault();
    await expect(vault.setPassphrase('not it at all', 'another one')).rejects.toEqual(wrong);
    await expect(vault.setPassphrase(null, 'another one')).rejects.toEqual(wrong);
    await vault.setPassphrase('correct horse', 'another one');
    vault.lock();
    await expect(vault.unlock('correct horse')).rejects.toEqual(wrong);
    await vault.unlock('another one');
    expect(keyOf(vault)).toBe(key);
  });

  it('is removed only with itself; then the key file is back and the key is the same', async () => {
    const { vault, key } = await protectedVault();
    await expect(vault.removePassphrase('nonsense')).rejects.toEqual(wrong);
    await vault.removePassphrase('correct horse');
    expect([kinds(), existsSync(file('key')), keyOf(opened())]).toEqual([['key_file'], true, key]);
  });

  it('that is being set when the vault is locked is not set, and no zeros are wrapped in place of the key', async () => {
    const { vault, key } = await protectedVault();
    for (let turns = 0; turns < 12; turns++) {
      const before = readFileSync(file('vault.json'), 'utf8');
      const setting = vault.setPassphrase('correct horse', 'correct horse').then(() => 'set', ({ code }: { code: string }) => code);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      vault.lock();
      if ((await setting) === 'locked') expect(readFileSync(file('vault.json'), 'utf8')).toBe(before);
      await vault.unlock('correct horse');
      expect(keyOf(vault)).toBe(key);
    }
    const closing = opened(undefined).setPassphrase('correct horse', 'x'.repeat(9));
    await expect(closing).rejects.toMatchObject({ code: 'locked' });
  });

  it('locked, leaves zeros where the key was', async () => {
    const { vault } = await protectedVault();
    const bytes = vault.dataKey();
    vault.lock();
    expect(bytes.every((byte) => byte === 0)).toBe(true);
  });

  it('and the vault of a crash before the key file was removed: it is removed at the next start', async () => {
    const first = opened();
    const keyFile = readFileSync(file('key'));
    await first.setPassphrase(null, 'correct horse');
    writeFileSync(file('key'), keyFile);
    expect(opened().isOpen()).toBe(false);
    expect(existsSync(file('key'))).toBe(false);
  });
});

describe('a wrong passphrase', () => {
  it('is answered alike whatever is wrong: the word, an empty word, a changed slot, a slot of another vault', async () => {
    const { vault } = await protectedVault();
    vault.lock();
    const answers: unknown[] = [];
    const attempt = async (tried: Vault, passphrase: string): Promise<void> => {
      clock.nowMs += 600_000;
      await tried.unlock(passphrase).catch((thrown: { code: string; message: string }) => answers.push([thrown.code, thrown.message]));
    };
    await attempt(vault, 'wrong');
    await attempt(vault, '');
    const good = json();
    const [slot] = good.slots as (Record<string, string> & { kind: string })[];
    writeFileSync(file('vault.json'), JSON.stringify({ ...good, slots: [{ ...slot, wrapped: Buffer.alloc(48, 7).toString('base64') }] }));
    await attempt(vaultOf(), 'correct horse');
    writeFileSync(file('vault.json'), JSON.stringify({ ...good, id: Buffer.alloc(16, 7).toString('base64') }));
    await attempt(vaultOf(), 'correct horse');
    writeFileSync(file('vault.json'), JSON.stringify({ ...good, slots: [{ ...slot, passes: 4 }] }));
    await attempt(vaultOf(), 'correct horse');
    expect(answers).toEqual(Array.from({ length: 5 }, () => ['wrong_passphrase', 'This does not open the vault.']));
  });

  it('makes the next try wait, longer each time, across restarts and through clocks that go back; the right one ends it', async () => {
    const { vault, key } = await protectedVault();
    vault.lock();
    for (let slip = 0; slip < 3; slip++) await expect(vault.unlock('wrong')).rejects.toEqual(wrong);
    expect(vault.state().waitMs).toBe(1000);
    await expect(vault.unlock('correct horse')).rejects.toMatchObject({ code: 'too_many_attempts' });
    const restarted = vaultOf();
    expect(restarted.state().waitMs).toBe(1000);
    clock.nowMs -= 500_000;
    expect(restarted.state().waitMs).toBe(1000);
    clock.nowMs += 1000;
    await expect(restarted.unlock('wrong')).rejects.toEqual(wrong);
    expect(restarted.state().waitMs).toBe(2000);
    clock.nowMs += 2000;
    await restarted.unlock('correct horse');
    expect([keyOf(restarted), restarted.state().waitMs, existsSync(file('vault-attempts.json'))]).toEqual([key, 0, false]);
  });

  it('tried many times at once is tried one after the other, and the rest is refused', async () => {
    const { vault } = await protectedVault();
    vault.lock();
    const codes = await Promise.all(Array.from({ length: 8 }, () => vault.unlock('wrong').catch(({ code }: { code: string }) => code)));
    expect(codes).toEqual([...Array<string>(3).fill('wrong_passphrase'), ...Array<string>(5).fill('too_many_attempts')]);
  });

  it('waits at most five minutes, and not at all for three slips', () => {
    expect([0, 1, 2, 3, 4, 5, 12, 1000].map((failures) => waitAfter(failures))).toEqual([0, 0, 0, 1000, 2000, 4000, 300_000, 300_000]);
  });

  it('has a counter that cannot be talked out of counting by writing nonsense into it', async () => {
    const { vault } = await protectedVault();
    vault.lock();
    writeFileSync(file('vault-attempts.json'), 'nonsense');
    expect(vaultOf().state().waitMs).toBe(1000);
  });
});

describe('a recovery code', () => {
  it('opens also during a wait, ends it, and allows a new passphrase without the old one, once', async () => {
    const { vault, key } = await protectedVault();
    const code = vault.newRecoveryCode();
    vault.lock();
    for (let slip = 0; slip < 3; slip++) await expect(vault.unlock('wrong')).rejects.toEqual(wrong);
    vault.unlockWithRecovery(code.toLowerCase().replaceAll('-', ' '));
    expect([keyOf(vault), vault.state().waitMs, vault.state().mayReset]).toEqual([key, 0, true]);
    await vault.setPassphrase(null, 'a new one this time');
    await expect(vault.setPassphrase(null, 'and yet another')).rejects.toEqual(wrong);
    vault.lock();
    await vault.unlock('a new one this time');
    vault.lock();
    vault.unlockWithRecovery(code);
    expect(keyOf(vault)).toBe(key);
  });

  it('stops working when a new one is made; a wrong one is answered like a wrong passphrase', async () => {
    const { vault } = await protectedVault();
    const [first, second] = [vault.newRecoveryCode(), vault.newRecoveryCode()];
    vault.lock();
    expect(() => vault.unlockWithRecovery(first)).toThrow(wrong);
    expect(() => vault.unlockWithRecovery('nonsense')).toThrow(wrong);
    vault.unlockWithRecovery(second);
    expect(vault.isOpen()).toBe(true);
  });

  it('is not made while locked', async () => {
    const { vault } = await protectedVault();
    vault.lock();
    expect(() => vault.newRecoveryCode()).toThrow(expect.objectContaining({ code: 'locked' }));
  });
});

describe('a key store', () => {
  it('that does not answer leaves it locked with the reason; it opens once it answers', () => {
    const state: { now: 'ok' | 'unavailable' } = { now: 'ok' };
    const key = keyOf(opened(fakeKeyStore(state)));
    state.now = 'unavailable';
    const vault = vaultOf(fakeKeyStore(state));
    expect(() => vault.openByItself()).toThrow(expect.objectContaining({ code: 'key_store_unavailable' }));
    expect(vault.state()).toMatchObject({ locked: true, protection: 'key_store', problem: { code: 'key_store_unavailable' } });
    state.now = 'ok';
    vault.openByItself();
    expect([keyOf(vault), vault.state().problem]).toEqual([key, null]);
  });

  it('gives way to a passphrase and comes back when that is removed', async () => {
    const store = fakeKeyStore({ now: 'ok' });
    const vault = opened(store);
    const key = keyOf(vault);
    await vault.setPassphrase(null, 'correct horse');
    expect(kinds()).toEqual(['passphrase']);
    await vault.removePassphrase('correct horse');
    expect([kinds(), keyOf(opened(store))]).toEqual([['key_store'], key]);
  });
});

describe('the cost of a try', () => {
  it('grows with the speed of the machine, memory first, within its bounds', () => {
    expect([costFor(500, 600), costFor(500, 250), costFor(500, 100), costFor(500, 1)]).toEqual([
      leastCost, { memoryKiB: 128 * 1024, passes: 3 }, { memoryKiB: 256 * 1024, passes: 4 }, mostCost,
    ]);
  });
});
