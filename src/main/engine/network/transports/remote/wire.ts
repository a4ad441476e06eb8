import { isEngineError } from '../../../errors.ts';
import { NetworkError, type NetworkErrorCode } from '../../errors.ts';
import type { PeerAddress } from '../../peeraddress.ts';

/** What the owner of a remote transport tells the thread in which it runs. Calls and links are told by number. */
export type Order =
  | { readonly type: 'start' | 'stop'; readonly call: number }
  | { readonly type: 'dial'; readonly call: number; readonly peer: PeerAddress }
  | { readonly type: 'abort'; readonly call: number }
  | { readonly type: 'send'; readonly call: number; readonly link: number; readonly message: Uint8Array }
  | { readonly type: 'close'; readonly link: number }
  | { readonly type: 'taken'; readonly link: number; readonly bytes: number };

/** What that thread tells the owner. A link is opened before anything else is said of it. */
export type Report =
  | { readonly type: 'done'; readonly call: number; readonly outcome: Outcome }
  | { readonly type: 'failed'; readonly call: number; readonly failure: Failure }
  | {
      readonly type: 'opened';
      readonly link: number;
      readonly id: string;
      readonly host: string | undefined;
      readonly isInbound: boolean;
    }
  | { readonly type: 'message'; readonly link: number; readonly message: Uint8Array }
  | { readonly type: 'closed'; readonly link: number; readonly failure: Failure | undefined };

export interface Outcome {
  /** Of a start: where others reach us. */
  readonly address?: PeerAddress | undefined;
  /** Of a dial. */
  readonly link?: number;
}

/** An error as it crosses between threads, where a class and what it added would be lost. */
export interface Failure {
  readonly message: string;
  readonly engine?: { readonly code: string; readonly details: object };
}

/** Details are facts that a thread can hand on: numbers, text, plain objects. */
export function toFailure(error: unknown): Failure {
  if (!isEngineError(error)) return { message: error instanceof Error ? error.message : String(error) };
  return { message: error.message, engine: { code: error.code, details: error.details } };
}

export function fromFailure({ message, engine }: Failure): Error {
  if (!engine) return new Error(message);
  return new NetworkError(engine.code as NetworkErrorCode, engine.details, { message });
}

/** What a message that waits to be read costs beside its bytes. */
export const MESSAGE_COST_BYTES = 1024;
