import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemKeyStore } from '../../../src/main/shell/secrets.ts';
import { desktop } from '../../doubles/electron.ts';
import { aKnownWallet, aWallet, known, passphrase } from '../../support/walletfixtures.ts';

const onPlatform = (platform: NodeJS.Platform) =>
  vi.spyOn(process, 'platform', 'get').mockReturnValue(platform);

describe('the key store of the system', () => {
  beforeEach(() => desktop.reset());
  afterEach(() => vi.restoreAllMocks());

  it.each(['gnome_libsecret', 'kwallet', 'kwallet5', 'kwallet6'] as const)(
    'is taken when it is %s',
    async (keyring) => {
      onPlatform('linux');
      desktop.keyring = keyring;
      expect(await systemKeyStore.isAvailable()).toEqual({ ok: true });
    },
  );

  it.each([
    ['basic_text', /plain text.*keyring/],
    ['unknown', /not known which keyring/],
  ] as const)('is refused with the reason when it is %s', async (keyring, reason) => {
    onPlatform('linux');
    desktop.keyring = keyring;
    const state = await systemKeyStore.isAvailable();
    expect(state).toMatchObject({ ok: false, reason: expect.stringMatching(reason) as string });
    const { wallet } = await aKnownWallet({ secretBox: systemKeyStore });
    await expect(wallet.setUnattended({ kind: 'keyStore', passphrase })).rejects.toMatchObject({
      code: 'NO_KEY_STORE',
      message: expect.stringMatching(reason) as string,
    });
  });

  it.each(['darwin', 'win32'] as const)('has no back end to ask for on %s', async (platform) => {
    onPlatform(platform);
    desktop.keyring = 'unknown';
    expect(await systemKeyStore.isAvailable()).toEqual({ ok: true });
    desktop.isKeyringOpen = false;
    expect(await systemKeyStore.isAvailable()).toMatchObject({ ok: false });
  });

  it('unlocks a wallet with nobody there, unless it is locked itself', async () => {
    const { wallet, dataDir } = await aKnownWallet({ secretBox: systemKeyStore });
    await wallet.setUnattended({ kind: 'keyStore', passphrase });
    const { wallet: next } = await aWallet({ folder: dataDir, secretBox: systemKeyStore });
    await next.unlockUnattended();
    expect(next.status).toEqual({ state: 'unlocked', address: known.address, unattended: 'keyStore' });
    desktop.isKeyringOpen = false;
    const { wallet: last } = await aWallet({ folder: dataDir, secretBox: systemKeyStore });
    await last.unlockUnattended();
    expect(last.status).toMatchObject({ state: 'locked', failure: { code: 'NO_KEY_STORE' } });
  });
});
