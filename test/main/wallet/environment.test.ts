import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { takeEnvironmentSecrets } from '../../../src/main/wallet/environment.ts';

describe('secrets in the environment', () => {
  it('are taken out of it, and no process started afterwards has them', () => {
    process.env['SLOTKEEPER_PASSPHRASE'] = 'a long enough passphrase';
    process.env['SLOTKEEPER_PRIVATE_KEY'] = 'ab'.repeat(32);
    process.env['SLOTKEEPER_PASSPHRASE_FILE'] = '/run/secrets/passphrase';
    const { passphrase, privateKey, passphraseFile } = takeEnvironmentSecrets();
    expect(passphrase?.reveal()).toBe('a long enough passphrase');
    expect(privateKey?.reveal()).toBe('ab'.repeat(32));
    expect(passphraseFile).toBe('/run/secrets/passphrase');
    const child = execFileSync(process.execPath, ['-p', 'JSON.stringify(process.env)'], { encoding: 'utf8' });
    expect(child).not.toMatch(/SLOTKEEPER_P|a long enough|abab|secrets/);
  });

  it('do not exist when they are not set, or set to nothing', () => {
    expect(takeEnvironmentSecrets({})).toEqual({});
    expect(takeEnvironmentSecrets({ SLOTKEEPER_PASSPHRASE: '' })).toEqual({});
  });
});
