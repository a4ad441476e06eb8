import { dialog } from 'electron';
import { inLanguage, type Language } from '../../shared/i18n/language.ts';
import { say } from '../../shared/i18n/say.ts';
import { said } from '../../shared/i18n/shared.ts';
import type { Confirm } from '../confirm.ts';
import type { ChooseFile } from '../ipc/wallet-handlers.ts';

/** Asks in a window of main's own, which no page can answer. The key that a hasty hand presses says no. */
export const confirmInDialog =
  (language: () => Language): Confirm =>
  async ({ title, lines, yes }, { signal } = {}) => {
    const texts = inLanguage(language(), () => ({
      message: say(title),
      detail: lines.map(say).join('\n'),
      buttons: [said('shell.cancel'), say(yes)],
    }));
    const { response } = await dialog.showMessageBox({
      type: 'warning',
      title: 'Slotkeeper',
      ...texts,
      defaultId: 0,
      cancelId: 0,
      noLink: true,
      ...(signal && { signal }),
    });
    return response === 1;
  };

/** Lets a person choose where a file is written. */
export const chooseFileInDialog =
  (language: () => Language): ChooseFile =>
  async ({ title, name }) => {
    const { canceled, filePath } = await dialog.showSaveDialog({
      title: inLanguage(language(), () => say(title)),
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
