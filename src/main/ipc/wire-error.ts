import { randomUUID } from 'node:crypto';
import type { WireError } from '../../shared/contract.ts';
import { decode, encode } from '../../shared/json.ts';
import { EngineError } from '../engine/errors.ts';
import { isAborted } from '../engine/lib/abort.ts';
import { blotSecrets } from '../engine/lib/secret.ts';
import type { Logger } from '../engine/logger.ts';

/**
 * An error as a window may see it. Errors of the engine keep code, message and details. Any other is a mistake of ours:
 * it is logged whole under an id, and only the id crosses, since its text may hold paths or secrets.
 */
export function toWireError(error: unknown, { logger, call }: { logger: Logger; call: string }): WireError {
  if (error instanceof EngineError) {
    logger.debug('Call refused', { call, code: error.code, error });
    // No text of ours has a secret in it; one that another library quotes goes no further.
    return { code: error.code, message: blotSecrets(error.message), details: encodable(error.details) };
  }
  if (isAborted(error)) {
    return { code: 'NODE_STOPPING', message: 'The node is stopping.', details: {} };
  }
  const id = randomUUID().slice(0, 8);
  logger.error('Call failed', { call, errorId: id, error });
  return {
    code: 'INTERNAL',
    message: `Something went wrong in the node; see "${id}" in its log.`,
    details: { id },
  };
}

/** Details go along only if they can cross: a reply about an error must not fail itself. */
function encodable(details: unknown): unknown {
  try {
    return decode(encode(details));
  } catch {
    return {};
  }
}
