import { isCallException, isError, type JsonRpcProvider } from 'ethers';
import { z } from 'zod';
import { isEngineError } from '../errors.ts';
import { throwIfAborted, untilAborted } from '../lib/abort.ts';
import { MarketError } from './errors.ts';
import type { RevertDecoder } from './reverts.ts';

/**
 * One JSON-RPC call. Rejects with `MarketError`: CHAIN_UNREACHABLE when no answer came, RPC_REFUSED when the server
 * answered that it will not, INSUFFICIENT_GAS, or what the contract's revert means; or with an abort error.
 */
export interface Rpc {
  send(method: string, params: readonly unknown[], options?: SendRpcOptions): Promise<unknown>;
}

export interface SendRpcOptions {
  signal?: AbortSignal | undefined;
  /**
   * Throws when the answer is nothing that any honest server would say. It then counts against the server, and another
   * one is asked. Not for what a contract may hold: that every server says alike.
   */
  check?: (answer: unknown) => void;
}

/** One server, so that what it answers fits together. */
export interface ServerRpc extends Rpc {
  /** Names the server, without what is secret in its address. */
  readonly server: string;
}

/** Several servers of one chain as one: who answers best is asked, and another one when that one fails. */
export interface Servers extends Rpc {
  /** The server that is best now. After a fault the next call of this may name another. */
  pinned(): ServerRpc;
  /** Told when a server announces a block: a hint to look at the chain now, and no more than that. */
  onHead(listener: () => void): () => void;
}

export class ProviderRpc implements Rpc {
  readonly #provider: JsonRpcProvider;
  readonly #reverts: RevertDecoder;

  constructor(provider: JsonRpcProvider, reverts: RevertDecoder) {
    this.#provider = provider;
    this.#reverts = reverts;
  }

  async send(
    method: string,
    params: readonly unknown[],
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<unknown> {
    throwIfAborted(signal);
    const answer = this.#askTwice(method, params);
    return signal ? untilAborted(answer, signal) : answer;
  }

  /**
   * A server that answers every second call, or one of two behind an address, must not keep those waiting who need
   * several answers in a row. None of our calls does harm when it arrives twice, a signed transaction neither.
   */
  async #askTwice(method: string, params: readonly unknown[]): Promise<unknown> {
    const startedMs = performance.now();
    try {
      return await this.#ask(method, params);
    } catch (error) {
      const isQuick = performance.now() - startedMs < QUICK_MS;
      if (!isQuick || !isEngineError(error, 'CHAIN_UNREACHABLE')) throw error;
      return this.#ask(method, params);
    }
  }

  async #ask(method: string, params: readonly unknown[]): Promise<unknown> {
    try {
      return await this.#provider.send(method, [...params]);
    } catch (error) {
      throw this.#meaning(method, error);
    }
  }

  #meaning(method: string, error: unknown): MarketError {
    const cause = error;
    if (isCallException(error)) return this.#reverts.decode(error.data, { method }, { cause });
    if (isError(error, 'INSUFFICIENT_FUNDS')) {
      const message = 'The account has too little of the chain’s coin to pay for the transaction';
      return new MarketError('INSUFFICIENT_GAS', { method }, { cause, message });
    }
    const refusal = refusalText(error);
    return refusal === undefined
      ? new MarketError('CHAIN_UNREACHABLE', { method }, { cause, message: 'The chain did not answer' })
      : new MarketError(
          'RPC_REFUSED',
          { method, refusal },
          { cause, message: `The server refused: ${refusal}` },
        );
  }
}

/** A server that let us wait will let us wait again. */
const QUICK_MS = 1000;

/** A number in JSON-RPC: hexadecimal with `0x`. */
export const quantity = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/)
  .transform((text) => BigInt(text));

/** A quantity that fits a number. */
export const smallQuantity = quantity
  .refine((value) => value <= BigInt(Number.MAX_SAFE_INTEGER))
  .transform((value) => Number(value));

export const hexBytes = z.string().regex(/^0x(?:[0-9a-fA-F]{2})*$/);

/** Parses what a server answered. @throws MarketError HOSTILE_VALUE */
export function parseAnswer<T>(schema: z.ZodType<T>, answer: unknown, what: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const problem = parsed.error.issues[0];
  const details = { what, at: problem?.path.join('.'), problem: problem?.message };
  throw new MarketError('HOSTILE_VALUE', details, { message: `The chain answered nonsense for ${what}` });
}

/** What the server said, when it did answer; ethers keeps its words in various places. */
function refusalText(error: unknown): string | undefined {
  if (isError(error, 'UNKNOWN_ERROR') && error.error) return wordsOf(error.error);
  if (isError(error, 'NONCE_EXPIRED')) return 'nonce too low';
  if (isError(error, 'REPLACEMENT_UNDERPRICED')) return 'replacement transaction underpriced';
  if (isError(error, 'UNSUPPORTED_OPERATION') && !/destroyed/.test(error.message)) return error.shortMessage;
  return undefined;
}

function wordsOf(error: object): string {
  return 'message' in error && typeof error.message === 'string'
    ? error.message.slice(0, 300)
    : 'no reason given';
}
