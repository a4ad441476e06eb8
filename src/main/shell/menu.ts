import type { MenuItemConstructorOptions } from 'electron';
import type { GoTo } from '../../shared/api.ts';

export interface MenuActions {
  readonly goTo: (place: GoTo) => void;
  readonly quit: () => void;
  readonly openHelp: () => void;
}

/** The application's menu. On macOS the application and the windows have menus of the system's own making. */
export function applicationMenu(
  { goTo, quit, openHelp }: MenuActions,
  platform: NodeJS.Platform = process.platform,
): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin';
  const settings = {
    label: 'Settings…',
    accelerator: 'CmdOrCtrl+,',
    click: () => goTo({ page: 'settings' }),
  };
  const close = { label: 'Close Window', role: 'close', accelerator: 'CmdOrCtrl+W' } as const;
  const own: MenuItemConstructorOptions = isMac
    ? {
        role: 'appMenu',
        submenu: [
          { role: 'about' },
          separator,
          settings,
          separator,
          { role: 'services' },
          separator,
          { role: 'hide' },
          { role: 'hideOthers' },
          { role: 'unhide' },
          separator,
          { label: 'Quit Slotkeeper', accelerator: 'Cmd+Q', click: quit },
        ],
      }
    : {
        label: 'Slotkeeper',
        submenu: [
          settings,
          close,
          separator,
          { label: 'Quit Slotkeeper', accelerator: 'Ctrl+Q', click: quit },
        ],
      };
  const view: MenuItemConstructorOptions = {
    label: 'View',
    submenu: [
      ...pages.map(([page, label], index) => ({
        label,
        accelerator: `CmdOrCtrl+${index + 1}`,
        click: () => goTo({ page }),
      })),
      separator,
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      separator,
      { role: 'togglefullscreen' },
      { role: 'reload' },
    ],
  };
  const help: MenuItemConstructorOptions = {
    role: 'help',
    label: 'Help',
    submenu: [
      { label: 'Slotkeeper Help', accelerator: 'F1', click: openHelp },
      { label: 'Log', click: () => goTo({ page: 'activity' }) },
      ...(isMac ? [] : [separator, { role: 'about' } as const]),
    ],
  };
  return [own, { role: 'editMenu' }, view, { role: 'windowMenu' }, help];
}

const separator = { type: 'separator' } as const;

const pages = [
  ['home', 'Home'],
  ['offers', 'Offers'],
  ['sales', 'Sales'],
  ['queue', 'Queue'],
  ['activity', 'Activity'],
] as const satisfies readonly (readonly [GoTo['page'], string])[];
