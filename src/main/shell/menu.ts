import type { MenuItemConstructorOptions } from 'electron';
import type { GoTo } from '../../shared/api.ts';
import { said } from '../../shared/i18n/shared.ts';

export interface MenuActions {
  readonly goTo: (place: GoTo) => void;
  readonly quit: () => void;
  readonly openHelp: () => void;
}

/**
 * The application's menu in the current language. What an item of Electron's does comes with its role; its words are ours,
 * as Electron has them in English only.
 */
export function applicationMenu(
  actions: MenuActions,
  platform: NodeJS.Platform = process.platform,
): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin';
  return [
    isMac ? macMenu(actions) : ownMenu(actions),
    editMenu(),
    viewMenu(actions),
    windowMenu(isMac),
    helpMenu(actions, isMac),
  ];
}

const separator = { type: 'separator' } as const;

const settings = ({ goTo }: MenuActions): MenuItemConstructorOptions => ({
  label: said('menu.settings'),
  accelerator: 'CmdOrCtrl+,',
  click: () => goTo({ page: 'settings' }),
});

const ownMenu = (actions: MenuActions): MenuItemConstructorOptions => ({
  label: 'Slotkeeper',
  submenu: [
    settings(actions),
    { label: said('menu.closeWindow'), role: 'close', accelerator: 'CmdOrCtrl+W' },
    separator,
    { label: said('shell.quit'), accelerator: 'Ctrl+Q', click: actions.quit },
  ],
});

const macMenu = (actions: MenuActions): MenuItemConstructorOptions => ({
  role: 'appMenu',
  submenu: [
    { role: 'about', label: said('menu.about') },
    separator,
    settings(actions),
    separator,
    { role: 'services', label: said('menu.services') },
    separator,
    { role: 'hide', label: said('menu.hide') },
    { role: 'hideOthers', label: said('menu.hideOthers') },
    { role: 'unhide', label: said('menu.showAll') },
    separator,
    { label: said('shell.quit'), accelerator: 'Cmd+Q', click: actions.quit },
  ],
});

const editMenu = (): MenuItemConstructorOptions => ({
  label: said('menu.edit'),
  submenu: [
    { role: 'undo', label: said('menu.undo') },
    { role: 'redo', label: said('menu.redo') },
    separator,
    { role: 'cut', label: said('menu.cut') },
    { role: 'copy', label: said('menu.copy') },
    { role: 'paste', label: said('menu.paste') },
    { role: 'selectAll', label: said('menu.selectAll') },
  ],
});

const viewMenu = ({ goTo }: MenuActions): MenuItemConstructorOptions => ({
  label: said('menu.view'),
  submenu: [
    ...pages.map(([page, label], index) => ({
      label: said(label),
      accelerator: `CmdOrCtrl+${index + 1}`,
      click: () => goTo({ page }),
    })),
    separator,
    { role: 'resetZoom', label: said('menu.resetZoom') },
    { role: 'zoomIn', label: said('menu.zoomIn') },
    { role: 'zoomOut', label: said('menu.zoomOut') },
    separator,
    { role: 'togglefullscreen', label: said('menu.fullScreen') },
    { role: 'reload', label: said('menu.reload') },
  ],
});

/** The role makes macOS list the windows below. */
const windowMenu = (isMac: boolean): MenuItemConstructorOptions => ({
  role: 'windowMenu',
  label: said('menu.window'),
  submenu: [
    { role: 'minimize', label: said('menu.minimize') },
    { role: 'zoom', label: said('menu.zoom') },
    ...(isMac ? [separator, { role: 'front', label: said('menu.front') } as const] : []),
  ],
});

const helpMenu = ({ goTo, openHelp }: MenuActions, isMac: boolean): MenuItemConstructorOptions => ({
  role: 'help',
  label: said('menu.help'),
  submenu: [
    { label: said('menu.openHelp'), accelerator: 'F1', click: openHelp },
    { label: said('menu.log'), click: () => goTo({ page: 'activity' }) },
    ...(isMac ? [] : [separator, { role: 'about', label: said('menu.about') } as const]),
  ],
});

const pages = [
  ['home', 'menu.home'],
  ['offers', 'menu.offers'],
  ['sales', 'menu.sales'],
  ['queue', 'menu.queue'],
  ['earnings', 'menu.earnings'],
  ['activity', 'menu.activity'],
] as const satisfies readonly (readonly [GoTo['page'], string])[];
