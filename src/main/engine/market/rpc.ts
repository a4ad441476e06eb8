import { z } from 'zod';
import { MarketError } from './errors.ts';

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
  /** What it answered turned out to be wrong later: that counts as if it had not answered. */
  fault(reason: string): void;
}

/** Several servers of one chain as one: who answers best is asked, and another one when that one fails. */
export interface Servers extends Rpc {
  /** The server that is best now. After a fault the next call of this may name another. */
  pinned(): ServerRpc;
  /** Told when a server announces a block: a hint to look at the chain now, and no more than that. */
  onHead(listener: () => void): () => void;
}

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
