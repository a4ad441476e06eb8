import { Interface } from 'ethers';
import { ServerError, type AskServer } from '../../src/main/networks/ask-server.ts';

/** A server of a chain as far as a look at it goes: its number, its blocks, and one contract. */
export interface FakeServer {
  readonly chainId: number;
  readonly blocks?: number;
  /** Unix time of block 0; one block a second. */
  readonly bornAt?: number;
  /** Where its contract is, and what it is. */
  readonly contract?: { readonly at: string; readonly kind: 'direct' | 'vault' | 'other' };
}

/** Servers by URL; any other URL does not answer. */
export class FakeServers {
  readonly asked: string[] = [];
  readonly #byUrl: Readonly<Record<string, FakeServer>>;

  constructor(byUrl: Readonly<Record<string, FakeServer>>) {
    this.#byUrl = byUrl;
  }

  readonly ask: AskServer = async (url, method, params, { signal }) => {
    signal.throwIfAborted();
    this.asked.push(`${url} ${method}`);
    const server = this.#byUrl[url];
    if (!server)
      throw new ServerError('CHAIN_UNREACHABLE', { server: url }, { message: `No answer from ${url}.` });
    return answerOf(server, method, params);
  };
}

const contractInterface = new Interface(['function vault()', 'function token()', 'function configuration()']);
const word = (digit: string) => `0x${digit.padStart(64, '0')}`;

function answerOf(server: FakeServer, method: string, [first, second]: readonly unknown[]): unknown {
  const { chainId, blocks = 1000, bornAt = 0, contract } = server;
  const isThere = (address: unknown) =>
    contract !== undefined && String(address).toLowerCase() === contract.at.toLowerCase();
  switch (method) {
    case 'eth_chainId':
      return hex(chainId);
    case 'eth_getCode':
      return isThere(first) ? '0x60' : '0x';
    case 'eth_getBlockByNumber': {
      const number = first === 'latest' ? blocks - 1 : Number(first);
      return { number: hex(number), timestamp: hex(bornAt + number) };
    }
    case 'eth_call': {
      const { to, data } = first as { to: string; data: string };
      const name = contractInterface.parseTransaction({ data })?.name;
      if (!isThere(to) || contract?.kind === 'other') throw revert(second);
      if (name === 'vault' && contract?.kind === 'direct') throw revert(second);
      return name === 'configuration' ? word('1') : word('ab'.repeat(20));
    }
    default:
      throw new Error(`Nobody taught this server ${method}`);
  }
}

const hex = (value: number) => `0x${value.toString(16)}`;

const revert = (tag: unknown) =>
  new ServerError(
    'RPC_REFUSED',
    { server: 'a test', refusal: 'execution reverted', refusalCode: 3 },
    { message: `Reverted at ${String(tag)}` },
  );
