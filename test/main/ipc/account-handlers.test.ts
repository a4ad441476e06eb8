import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { errorTexts } from '../../../src/shared/errors.ts';
import type { ExportError } from '../../../src/main/exportfile.ts';
import { createAccountHandlers } from '../../../src/main/ipc/account-handlers.ts';
import { noAccounts, someToken } from '../../support/accountfixtures.ts';
import { tempFolder } from '../../support/tempfolder.ts';

const modules = { running: () => ({ accounts: noAccounts }), token: () => someToken };
const question = { format: 'csv', to: 'file', month: '2026-11' } as const;

it('an export is written where main was told to, for its owner alone', async () => {
  const file = join(await tempFolder(), 'earnings.csv');
  const asked: string[] = [];
  const { exportAccounts } = createAccountHandlers({
    ...modules,
    chooseFile: async ({ name }) => {
      asked.push(name);
      return file;
    },
  });
  expect(await exportAccounts(question)).toEqual({ kind: 'written', file, lines: 0 });
  expect(asked).toEqual(['slotkeeper-earnings-2026-11.csv']);
  expect(await readFile(file, 'utf8')).toMatch(/^time_utc,/);
  expect((await stat(file)).mode & 0o077).toBe(0);
});

it('an export that cannot be written says why, and what to do', async () => {
  const folder = await tempFolder();
  const unwritable = async (file: string) => {
    const { exportAccounts } = createAccountHandlers({ ...modules, chooseFile: async () => file });
    return Promise.resolve(exportAccounts(question)).catch(({ code, message }: ExportError) => [
      code,
      message,
    ]);
  };
  const nowhere = join(folder, 'no', 'earnings.csv');
  expect(await unwritable(nowhere)).toEqual([
    'EXPORT_UNWRITABLE',
    `${nowhere} cannot be written: there is no such folder.`,
  ]);
  expect(await unwritable(folder)).toEqual([
    'EXPORT_UNWRITABLE',
    expect.stringMatching(/that is a folder\.$/),
  ]);
  expect(errorTexts.EXPORT_UNWRITABLE).toMatch(/Choose another folder/);
});

it('an export of which nobody says where it goes is not written', async () => {
  const { exportAccounts } = createAccountHandlers({ ...modules, chooseFile: async () => undefined });
  expect(await exportAccounts(question)).toEqual({ kind: 'notChosen' });
});

it('an export is text where main has no dialog, and where text was asked for', async () => {
  const chooseFile = () => expect.fail('not to be asked');
  const desktop = createAccountHandlers({ ...modules, chooseFile });
  const name = 'slotkeeper-earnings.json';
  const asked = { format: 'json', to: 'text' } as const;
  expect(await desktop.exportAccounts(asked)).toMatchObject({ kind: 'text', name });
  const browser = createAccountHandlers(modules);
  expect(await browser.exportAccounts({ ...asked, to: 'file' })).toMatchObject({ kind: 'text', name });
});

it('accounts that have not begun say so instead of comparing', async () => {
  const { accountCheck } = createAccountHandlers(modules);
  await expect(accountCheck({ isFresh: false })).rejects.toMatchObject({ code: 'ACCOUNTS_NOT_BEGUN' });
});
