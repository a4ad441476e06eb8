import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
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
