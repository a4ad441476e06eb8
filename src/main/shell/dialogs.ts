import { dialog } from 'electron';
import { said } from '../../shared/i18n/shared.ts';
import type { Confirm } from '../confirm.ts';
import type { ChooseFile } from '../ipc/wallet-handlers.ts';

/** Asks in a window of main's own, which no page can answer. The key that a hasty hand presses says no. */
export const confirmInDialog: Confirm = async ({ title, lines, yes }, { signal } = {}) => {
  const { response } = await dialog.showMessageBox({
    type: 'warning',
    title: 'Slotkeeper',
    message: title,
    detail: lines.join('\n'),
    buttons: ['Cancel', yes],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
    ...(signal && { signal }),
  });
  return response === 1;
};

/** Lets a person choose where a file is written. */
export const chooseFileInDialog: ChooseFile = async ({ title, name }) => {
  const { canceled, filePath } = await dialog.showSaveDialog({
    title,
    defaultPath: name,
    properties: ['showOverwriteConfirmation', 'createDirectory'],
  });
  return canceled || filePath === '' ? undefined : filePath;
};

/** Asked to quit while it stops already, in the current language. `cost` is what is at risk, in words of it. */
export async function askEndNow(cost: string | undefined): Promise<boolean> {
  const { response } = await dialog.showMessageBox({
    type: 'warning',
    title: 'Slotkeeper',
    message: said('shell.stillStopping'),
    detail: said('shell.stoppingGoesOn', {
      cost: cost === undefined ? said('shell.noCost') : said('shell.costWhileOff', { cost }),
    }),
    buttons: [said('shell.keepWaiting'), said('shell.endNow')],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  });
  return response === 1;
}
