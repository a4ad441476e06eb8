import { MarketError } from '../errors.ts';
import type { Answer } from './jsonrpc.ts';

/** A way to one server. */
export interface Transport {
  /**
   * One question and its answer. Rejects with MarketError CHAIN_UNREACHABLE when none came, HOSTILE_VALUE when it was none;
   * or with an abort error, and then the question is off the line.
   */
  ask(method: string, params: readonly unknown[], options?: AskOptions): Promise<Answer>;
  /** Told when the server announces a block. Without it the server has no way to. */
  onHead?(listener: () => void): () => void;
  /** Questions under way reject; nothing runs afterwards. */
  close(): void;
}

export interface AskOptions {
  signal?: AbortSignal | undefined;
}

/** How long a server has for an answer, and how large it may be. */
export interface TransportLimits {
  readonly answerMs?: number;
  readonly answerBytes?: number;
}

export const ANSWER_MS = 15_000;
/** Many times the logs that servers list at once. */
export const ANSWER_BYTES = 32 * 2 ** 20;

export interface Unanswered {
  readonly reason: string;
  /** The server asked to be left alone, for so long when it said so. */
  readonly isThrottled?: boolean;
  readonly retryAfterMs?: number | undefined;
  /** What came was no answer. */
  readonly isNonsense?: boolean;
}

export function unanswered(details: Unanswered, cause?: unknown): MarketError {
  const message = `The chain did not answer: ${details.reason}`;
  return new MarketError('CHAIN_UNREACHABLE', details, { message, cause });
}

/** The answer was too large to take. Of logs fewer can be asked for; anything else has no right to be large. */
export const TOO_LARGE = 'the answer is too large';
