import { WireFailure } from '../../../shared/client.ts';

/** Whatever was thrown, as something that can be shown. */
export function shownError(error: unknown): { code: string; message: string } {
  if (error instanceof WireFailure) return { code: error.code, message: error.message };
  return { code: 'UNEXPECTED', message: error instanceof Error ? error.message : String(error) };
}
