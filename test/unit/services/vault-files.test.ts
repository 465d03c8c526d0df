// Proves that files of the vault that are missing, damaged, strange or open to others are noticed, said, and never written over.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { file, json, opened, vaultOf } from './vault-fixture.js';

describe('files that are not as they should be', () => {
  it('a key file that others could read is closed to them, and it is said', () => {
    opened();
    chmodSync(file('key'), 0o644);
    const vault = opened();
    expect(vault.notices).toMatchObject([{ code: 'vault_unprotected', detail: file('key') }]);
    expect((statSync(file('key')).mode & 0o777).toString(8)).toBe('600');
  });

  it.each([['missing', null], ['cut short', Buffer.alloc(5)], ['of another vault', Buffer.alloc(32)]])('a key file that is %s leaves it locked and says so', (_what, content) => {
    opened();
    if (content) writeFileSync(file('key'), content);
    else rmSync(file('key'));
    const vault = vaultOf();
    expect(() => vault.openByItself()).toThrow(expect.objectContaining({ code: 'vault_damaged' }));
    expect(vault.state()).toMatchObject({ locked: true, problem: { code: 'vault_damaged' } });
  });

  it.each([
    ['empty', () => ''],
    ['not JSON', () => '{"format": "plumb-vault",'],
    ['without slots', () => JSON.stringify({ ...json(), slots: [] })],
    ['weakened', () => JSON.stringify({ ...json(), slots: [{ kind: 'passphrase', salt: 'AAAA', memoryKiB: 8, passes: 1, lanes: 1, nonce: 'AAAA', wrapped: 'AAAA' }] })],
    ['asking for a terabyte', () => JSON.stringify({ ...json(), slots: [{ kind: 'passphrase', salt: 'AAAA', memoryKiB: 2 ** 30, passes: 3, lanes: 1, nonce: 'AAAA', wrapped: 'AAAA' }] })],
    ['of the future', () => JSON.stringify({ ...json(), version: 2 })],
  ])('a vault.json that is %s is refused and left as it is', (_what, write) => {
    opened();
    const content = write();
    writeFileSync(file('vault.json'), content);
    expect(() => vaultOf()).toThrow(expect.objectContaining({ code: 'vault_damaged' }));
    expect(readFileSync(file('vault.json'), 'utf8')).toBe(content);
  });

  it('a missing vault.json beside an encrypted database or copy is refused; no new one is made', () => {
    for (const name of ['plumb.db', 'backups/x.backup']) {
      const encrypted = file(name);
      if (name.includes('/')) opened();
      rmSync(file('vault.json'), { force: true });
      mkdirSync(dirname(encrypted), { recursive: true });
      writeFileSync(encrypted, Buffer.alloc(4096, 9));
      expect(() => vaultOf()).toThrow(expect.objectContaining({ code: 'vault_damaged' }));
      expect(existsSync(file('vault.json'))).toBe(false);
      rmSync(encrypted);
    }
  });
});
