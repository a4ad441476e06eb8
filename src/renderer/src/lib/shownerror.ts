import { WireFailure } from '../../../shared/client.ts';

export interface ShownError {
  readonly code: string;
  readonly message: string;
  /** What the code says more, as its call tells it. */
  readonly details?: unknown;
}

/** Whatever was thrown, as something that can be shown. */
export function shownError(error: unknown): ShownError {
  if (error instanceof WireFailure) {
    const { code, message, details } = error;
    return { code, message, details };
  }
  return { code: 'UNEXPECTED', message: error instanceof Error ? error.message : String(error) };
}
