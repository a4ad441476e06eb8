import { dialog } from 'electron';
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

/** Asked to quit while it stops already. `cost` is what is at risk, in words. */
export async function askEndNow(cost: string | undefined): Promise<boolean> {
  const { response } = await dialog.showMessageBox({
    type: 'warning',
    title: 'Slotkeeper',
    message: 'Slotkeeper is still stopping',
    detail: `${cost === undefined ? 'No proof is due now.' : `While it is off: ${cost}.`} It finishes what it is writing and sending; ended now, that is taken up at the next start.`,
    buttons: ['Keep waiting', 'End now'],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  });
  return response === 1;
}
