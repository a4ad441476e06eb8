import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { settingsSchema, type Settings } from '../shared/settings.ts';
import { EngineError } from './engine/errors.ts';

export class SettingsError extends EngineError<'SETTINGS_INVALID'> {}

/** The settings of a data folder: what its `settings.json` says, the rest as default. @throws SettingsError naming the field */
export async function readSettings(dataDir: string): Promise<Settings> {
  const file = join(dataDir, 'settings.json');
  return parseSettings(file, await readJson(file));
}

export function parseSettings(source: string, value: unknown): Settings {
  const result = settingsSchema.safeParse(value);
  if (result.success) return result.data;
  const message = `The settings in ${source} cannot be used. ${z.prettifyError(result.error)} Correct or delete the file.`;
  throw new SettingsError('SETTINGS_INVALID', { source }, { message });
}

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
