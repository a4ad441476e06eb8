import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { isHiddenStart, setAutostart } from '../../../src/main/shell/autostart.ts';
import { app, desktop } from '../../doubles/electron.ts';
import { tempFolder } from '../../support/tempfolder.ts';

const wanted = { startAtLogin: true, startHidden: true };

describe('The start with the session', () => {
  beforeEach(() => {
    desktop.reset();
    app.isPackaged = true;
  });

  it.each(['darwin', 'win32'] as const)('is set by Electron on %s', async (platform) => {
    await setAutostart(wanted, { platform });
    expect(app.loginItem).toEqual({ openAtLogin: true, args: ['--hidden'] });
    await setAutostart({ startAtLogin: false, startHidden: false }, { platform });
    expect(app.loginItem).toEqual({ openAtLogin: false, args: [] });
  });

  it('is an entry of the session on Linux, and gone when it is not wanted', async () => {
    const folder = join(await tempFolder(), 'autostart');
    const file = join(folder, 'slotkeeper.desktop');
    vi.stubEnv('APPDIR', dirname(process.execPath));
    vi.stubEnv('APPIMAGE', '/home/a b/50% "Slot".AppImage');
    try {
      await setAutostart(wanted, { platform: 'linux', folder });
      expect(await readFile(file, 'utf8')).toContain(
        String.raw`Exec="/home/a b/50%% \\"Slot\\".AppImage" "--hidden"`,
      );
      await setAutostart({ ...wanted, startHidden: false }, { platform: 'linux', folder });
      expect(await readFile(file, 'utf8')).not.toContain('--hidden');
    } finally {
      vi.unstubAllEnvs();
    }
    await setAutostart({ ...wanted, startAtLogin: false }, { platform: 'linux', folder });
    await expect(access(file)).rejects.toThrow('ENOENT');
    await setAutostart({ ...wanted, startAtLogin: false }, { platform: 'linux', folder });
  });

  it.each([`${dirname(process.execPath)}/other`, dirname(process.execPath).slice(0, -1), '', undefined])(
    'is of the program itself when the AppImage of the environment is another program’s, in "%s"',
    async (mounted) => {
      const folder = await tempFolder();
      vi.stubEnv('APPDIR', mounted);
      vi.stubEnv('APPIMAGE', '/home/a/Terminal.AppImage');
      try {
        await setAutostart(wanted, { platform: 'linux', folder });
      } finally {
        vi.unstubAllEnvs();
      }
      const entry = await readFile(join(folder, 'slotkeeper.desktop'), 'utf8');
      expect(entry).toContain(`Exec="${process.execPath}" "--hidden"`);
    },
  );

  it.each(['\n', '\r', '\t', '\u007f'])('is not written with %j in its path', async (character) => {
    const folder = await tempFolder();
    vi.stubEnv('APPDIR', dirname(process.execPath));
    vi.stubEnv('APPIMAGE', `/home/a${character}Exec=evil/Slot.AppImage`);
    try {
      await expect(setAutostart(wanted, { platform: 'linux', folder })).rejects.toThrow('control character');
    } finally {
      vi.unstubAllEnvs();
    }
    await expect(access(join(folder, 'slotkeeper.desktop'))).rejects.toThrow('ENOENT');
  });

  it('is not set for a tree of development', async () => {
    app.isPackaged = false;
    const folder = await tempFolder();
    await setAutostart(wanted, { platform: 'win32' });
    await setAutostart(wanted, { platform: 'linux', folder });
    expect(app.loginItem).toBeUndefined();
    await expect(access(join(folder, 'slotkeeper.desktop'))).rejects.toThrow('ENOENT');
  });

  it('shows no window when the session started it', () => {
    expect(isHiddenStart(['--hidden'], false, 'linux')).toBe(true);
    expect(isHiddenStart([], true, 'linux')).toBe(false);
    app.wasOpenedAtLogin = true;
    expect(isHiddenStart([], true, 'darwin')).toBe(true);
    expect(isHiddenStart([], false, 'darwin')).toBe(false);
  });
});
