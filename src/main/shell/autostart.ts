import { mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, sep } from 'node:path';
import { app } from 'electron';

/** What a start with the session is told from one by hand. */
export const HIDDEN_FLAG = '--hidden';

export interface Autostart {
  readonly startAtLogin: boolean;
  readonly startHidden: boolean;
}

/**
 * Has the system start us with the session, or not. Electron knows how on macOS and Windows; elsewhere there is a folder
 * of entries. A program that was not packaged is not entered: its path is a development tree's.
 */
export async function setAutostart(
  { startAtLogin, startHidden }: Autostart,
  { platform = process.platform, folder = autostartFolder() } = {},
): Promise<void> {
  if (!app.isPackaged) return;
  const args = startHidden ? [HIDDEN_FLAG] : [];
  if (platform === 'darwin' || platform === 'win32') {
    app.setLoginItemSettings({ openAtLogin: startAtLogin, args });
    return;
  }
  const file = join(folder, 'slotkeeper.desktop');
  if (!startAtLogin) return rm(file, { force: true });
  const entry = desktopEntry([ownProgram(), ...args]);
  await mkdir(folder, { recursive: true });
  await writeFile(file, entry);
}

/** The AppImage we run from. Programs started by another one inherit its variables, too: ours lie where it is mounted. */
function ownProgram(): string {
  const { APPIMAGE, APPDIR } = process.env;
  const isOurs = APPDIR && process.execPath.startsWith(APPDIR.endsWith(sep) ? APPDIR : `${APPDIR}${sep}`);
  return isOurs && APPIMAGE ? APPIMAGE : process.execPath;
}

/** Whether nobody asked for a window: the session started us, and its owner wants it hidden. */
export function isHiddenStart(
  args: readonly string[],
  startHidden: boolean,
  platform: NodeJS.Platform = process.platform,
): boolean {
  if (args.includes(HIDDEN_FLAG)) return true;
  return platform === 'darwin' && startHidden && app.getLoginItemSettings().wasOpenedAtLogin;
}

const autostartFolder = (): string =>
  join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'autostart');

/**
 * By the desktop entry specification: every argument in quotes, and in them four characters behind a backslash. It has
 * no way to write control characters, and a line break would begin another key.
 */
function desktopEntry(command: readonly string[]): string {
  if (command.some((text) => /\p{Cc}/u.test(text)))
    throw new Error('There is a control character in the path of the program');
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Slotkeeper',
    `Exec=${command.map(quoted).join(' ')}`,
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

// The value of the key is unescaped first, so that a backslash of the argument's own rule is written twice.
const quoted = (text: string): string =>
  `"${text
    .replace(/["`$\\]/g, '\\$&')
    .replace(/\\/g, '\\\\')
    .replace(/%/g, '%%')}"`;
