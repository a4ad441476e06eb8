import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/main/engine/logger.ts';
import { createRouter } from '../../../src/main/ipc/router.ts';
import { createWalletHandlers, type WalletHandlerModules } from '../../../src/main/ipc/wallet-handlers.ts';
import { chooseFileInDialog, confirmInDialog } from '../../../src/main/shell/dialogs.ts';
import type { Handlers, Reply } from '../../../src/shared/contract.ts';
import { decode, encode } from '../../../src/shared/json.ts';
import { walletCalls } from '../../../src/shared/wallet.ts';
import { desktop } from '../../doubles/electron.ts';
import { aWalletDesk } from '../../support/walletdesk.ts';
import { aKnownWallet, known, passphrase } from '../../support/walletfixtures.ts';

const contract = { calls: walletCalls, events: {} } as const;

/** A window's calls about the wallet everybody knows. */
async function aDesk(
  modules: Partial<WalletHandlerModules> = {
    confirm: confirmInDialog(() => 'en'),
    chooseFile: chooseFileInDialog(() => 'en'),
  },
) {
  const made = await aKnownWallet();
  const handlers: Handlers<typeof contract> = createWalletHandlers({
    ...aWalletDesk(made.wallet),
    ...modules,
  });
  const router = createRouter(contract, handlers, { logger: silentLogger });
  const ask = async (name: keyof typeof walletCalls, input: object = {}) =>
    decode(await router.dispatch(name, encode(input))) as Reply;
  const exported = (what: 'keystore' | 'privateKey', by = passphrase.reveal()) =>
    ask('exportWallet', { what, passphrase: by });
  const folder = join(made.dataDir, 'exports');
  await mkdir(folder);
  return { ...made, ask, exported, folder };
}

describe('exporting from a window', () => {
  beforeEach(() => desktop.reset());

  it('asks in the language that the settings say', async () => {
    const german = () => 'de' as const;
    const { exported } = await aDesk({
      confirm: confirmInDialog(german),
      chooseFile: chooseFileInDialog(german),
    });
    desktop.pressed = 'Ungeschützt exportieren';
    await exported('privateKey');
    expect(desktop.messageBoxes).toMatchObject([
      {
        message: 'Den privaten Schlüssel ungeschützt exportieren?',
        detail: expect.stringContaining(`Konto ${known.address}.`),
        buttons: ['Abbrechen', 'Ungeschützt exportieren'],
      },
    ]);
    expect(desktop.saveDialogs).toMatchObject([{ title: 'Den privaten Schlüssel ungeschützt exportieren?' }]);
  });

  it.each([
    ['keystore', 'Export', '.json'],
    ['privateKey', 'Export unprotected', '-private-key.txt'],
  ] as const)('writes the %s where main was told, once main was told so', async (what, yes, ending) => {
    const { exported, folder, keystore } = await aDesk();
    const file = join(folder, 'kept');
    desktop.pressed = yes;
    desktop.chosenFile = file;
    expect(await exported(what)).toEqual({ ok: true, value: { file } });
    expect(await readFile(file, 'utf8')).toBe(
      what === 'keystore' ? await keystore() : `${known.privateKey}\n`,
    );
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(desktop.messageBoxes).toMatchObject([{ defaultId: 0, cancelId: 0, buttons: ['Cancel', yes] }]);
    expect(desktop.messageBoxes[0]?.detail).toContain(known.address);
    expect(desktop.saveDialogs).toMatchObject([{ defaultPath: `slotkeeper-${known.address}${ending}` }]);
  });

  it.each<[string, () => void]>([
    ['is not pressed', () => (desktop.chosenFile = '/nowhere/kept')],
    ['is pressed but no file chosen', () => (desktop.pressed = 'Export unprotected')],
  ])('writes nothing when the button %s', async (_what, arrange) => {
    const { exported, folder } = await aDesk();
    arrange();
    expect(await exported('privateKey')).toMatchObject({ error: { code: 'NOT_CONFIRMED' } });
    expect(await readdir(folder)).toEqual([]);
  });

  it('does not even ask whoever does not know the passphrase', async () => {
    const { exported } = await aDesk();
    expect(await exported('keystore', 'not the passphrase')).toMatchObject({
      error: { code: 'WRONG_PASSPHRASE' },
    });
    expect(desktop.messageBoxes).toEqual([]);
  });

  it('is refused where main has no window, also with the right passphrase', async () => {
    const { exported } = await aDesk({});
    for (const what of ['keystore', 'privateKey'] as const)
      expect(await exported(what)).toMatchObject({ error: { code: 'CONFIRM_AT_TERMINAL' } });
  });
});

describe('removing from a window', () => {
  beforeEach(() => desktop.reset());

  it('needs a yes in a box of main’s, and keeps the file', async () => {
    const { ask, walletFolder, keystore } = await aDesk();
    await ask('lockWallet');
    const before = await keystore();
    expect(await ask('removeWallet')).toMatchObject({ error: { code: 'NOT_CONFIRMED' } });
    expect(await readdir(walletFolder)).toEqual(['keystore.json']);
    desktop.pressed = 'Remove';
    const reply = (await ask('removeWallet')) as unknown as { value: { keptAs: string } };
    expect(await readFile(reply.value.keptAs, 'utf8')).toBe(before);
    expect(await ask('walletStatus')).toMatchObject({ value: { state: 'none' } });
  });
});
