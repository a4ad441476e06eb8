import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { settingsSchema, type Settings } from '../shared/settings.ts';
import { EngineError } from './engine/errors.ts';
import { writeFileDurably } from './engine/stores/durablefile.ts';
import { diskFiles } from './engine/stores/filesystem.ts';

export class SettingsError extends EngineError<'SETTINGS_INVALID'> {}

/** The settings of a data folder: what its `settings.json` says, the rest as default. @throws SettingsError naming the field */
export async function readSettings(dataDir: string): Promise<Settings> {
  const file = join(dataDir, 'settings.json');
  return parseSettings(file, await readJson(file));
}

export function parseSettings(
  source: string,
  value: unknown,
  hint = 'Correct or delete the file.',
): Settings {
  const result = settingsSchema.safeParse(value);
  if (result.success) return result.data;
  const message = `The settings in ${source} cannot be used. ${z.prettifyError(result.error)} ${hint}`;
  throw new SettingsError('SETTINGS_INVALID', { source }, { message });
}

/**
 * Changes members of a data folder's `settings.json`: null takes one out, so that its default is in force again. What the
 * file says besides stays as it is. Nothing is written when the whole could not be used. @throws SettingsError
 */
export async function changeSettings(
  dataDir: string,
  changes: Readonly<Record<string, unknown>>,
): Promise<Settings> {
  const file = join(dataDir, 'settings.json');
  const before = await readJson(file);
  const merged = { ...(parseSettings(file, before) && (before as object)), ...changes };
  const said = Object.fromEntries(
    Object.entries(merged).filter(([, value]) => value !== null && value !== undefined),
  );
  const settings = parseSettings('this change', said, 'Nothing was changed.');
  await mkdir(dataDir, { recursive: true });
  await writeFileDurably(file, `${JSON.stringify(said, null, 2)}\n`, diskFiles, { mode: 0o600 });
  return settings;
}

/** As a window may see them: that there is a password or a token, and nothing from which it could be guessed. */
export function withoutSecrets(settings: Settings): Settings {
  const { access, metrics } = settings;
  return {
    ...settings,
    ...(access && { access: { ...access, passwordHash: HIDDEN } }),
    ...(metrics?.tokenSha256 !== undefined && { metrics: { tokenSha256: HIDDEN } }),
  };
}

const HIDDEN = 'hidden';

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = `The settings in ${file} are not JSON. Correct or delete the file.`;
    throw new SettingsError('SETTINGS_INVALID', { source: file }, { message, cause: error });
  }
}
