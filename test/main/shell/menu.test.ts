import { describe, expect, it } from 'vitest';
import { applicationMenu } from '../../../src/main/shell/menu.ts';
import type { GoTo } from '../../../src/shared/api.ts';

type Item = Electron.MenuItemConstructorOptions;

describe.each(['linux', 'win32', 'darwin'] as const)('The menu on %s', (platform) => {
  it('has the application, editing, the view, the window and help', () => {
    const { menu } = aMenu(platform);
    expect(menu.map(({ label, role }) => role ?? label)).toEqual([
      platform === 'darwin' ? 'appMenu' : 'Slotkeeper',
      'Edit',
      'View',
      'windowMenu',
      'help',
    ]);
  });

  it('gives no accelerator twice', () => {
    const { items } = aMenu(platform);
    const keys = items
      .flatMap(({ accelerator }) => accelerator ?? [])
      .map((key) => key.replace('CmdOrCtrl', platform === 'darwin' ? 'Cmd' : 'Ctrl'));
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBeGreaterThan(7);
  });

  it('does what each item says', () => {
    const { items, done } = aMenu(platform);
    for (const { click } of items) (click as (() => void) | undefined)?.();
    expect(done.toSorted()).toEqual(
      [
        'activity',
        'activity',
        'earnings',
        'help',
        'home',
        'offers',
        'queue',
        'quit',
        'sales',
        'settings',
      ].toSorted(),
    );
  });
});

function aMenu(platform: NodeJS.Platform) {
  const done: string[] = [];
  const goTo = ({ page }: GoTo) => done.push(page);
  const actions = { goTo, quit: () => done.push('quit'), openHelp: () => done.push('help') };
  const menu = applicationMenu(actions, platform);
  const items = menu.flatMap(({ submenu }) => (Array.isArray(submenu) ? (submenu as Item[]) : []));
  return { menu, items, done };
}
