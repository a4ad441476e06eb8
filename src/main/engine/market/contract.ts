import { Interface, Result, type InterfaceAbi, type ParamType } from 'ethers';
import type { z } from 'zod';
import type { Address } from '../contracts/ids.ts';
import { MarketError } from './errors.ts';
import { hexBytes, parseAnswer, type Rpc } from './rpc.ts';

/** A contract as data: encodes calls, asks them, and parses the answers. Functions are named by their full signature. */
export class Contract {
  readonly address: Address;
  readonly interface: Interface;
  readonly #rpc: Rpc;

  constructor({ address, abi, rpc }: { address: Address; abi: InterfaceAbi; rpc: Rpc }) {
    this.address = address;
    this.interface = new Interface(abi);
    this.#rpc = rpc;
  }

  encode(signature: string, args: readonly unknown[]): string {
    return this.interface.encodeFunctionData(signature, args);
  }

  /** The single answer of a view, as `schema` says. @throws MarketError HOSTILE_VALUE, reverts, and those of `Rpc` */
  async read<T>(
    schema: z.ZodType<T>,
    signature: string,
    args: readonly unknown[],
    options: ReadOptions,
  ): Promise<T> {
    const { blockTag, from, signal } = options;
    const call = { to: this.address, data: this.encode(signature, args), ...(from && { from }) };
    const decoded = (answer: unknown) => this.#decode(signature, parseAnswer(hexBytes, answer, signature));
    // What cannot be decoded no contract said: a server that lags behind its birth answers with nothing.
    const answer = await this.#rpc.send('eth_call', [call, blockTag], { signal, check: decoded });
    return parseAnswer(schema, decoded(answer), signature);
  }

  #decode(signature: string, data: string): unknown {
    try {
      const [output] = this.interface.getFunction(signature)?.outputs ?? [];
      const result = this.interface.decodeFunctionResult(signature, data);
      return output && plainValue(output, result[0]);
    } catch (cause) {
      const message = `The chain answered nonsense for ${signature}`;
      throw new MarketError(
        'HOSTILE_VALUE',
        { what: signature, data: data.slice(0, 200) },
        { cause, message },
      );
    }
  }
}

export interface ReadOptions {
  /** `pending` where the answer depends on time or on what is not mined yet. */
  blockTag: 'pending' | 'latest' | `0x${string}`;
  /** For views about the one who asks. */
  from?: Address;
  signal: AbortSignal;
}

/** ethers answers with proxies over arrays; structs become objects and lists become lists, all the way down. */
export function plainValue({ baseType }: ParamType, value: unknown): unknown {
  if (!(value instanceof Result)) return value;
  return baseType === 'tuple' ? value.toObject(true) : value.toArray(true);
}
