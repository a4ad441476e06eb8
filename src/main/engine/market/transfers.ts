import { id, zeroPadValue } from 'ethers';
import { z } from 'zod';
import type { Address } from '../contracts/ids.ts';
import { isEngineError } from '../errors.ts';
import { throwIfAborted } from '../lib/abort.ts';
import { Emitter } from '../lib/emitter.ts';
import type { Logger } from '../logger.ts';
import { MarketError } from './errors.ts';
import { LogFollower } from './log-follower.ts';
import { blockAt, RpcChainReader, type ChainLog, type ChainReader, type Head } from './log-reader.ts';
import type { CursorStore } from './log-tail.ts';
import { hexBytes, parseAnswer, quantity, type Servers } from './rpc.ts';

/** Tokens that came to the account, or left it. */
export interface TokenTransfer {
  readonly transactionHash: string;
  readonly blockNumber: number;
  /** Whom they came from, or went to; the account itself where it paid itself. */
  readonly counterparty: Address;
  /** Negative for what left. */
  readonly amount: bigint;
}

/** As `LogChange`, in transfers. */
export interface TransferChange {
  readonly removed: readonly TokenTransfer[];
  readonly added: readonly TokenTransfer[];
}

export interface TransfersModules {
  readonly rpc: Servers;
  readonly token: Address;
  readonly account: Address;
  readonly cursors: CursorStore;
  readonly logger: Logger;
}

/**
 * Follows what is moved to and from an account of an ERC-20, by its Transfer events. It looks seldom by itself, and when
 * it is poked: nothing waits for it but the accounts.
 */
export class Transfers {
  /** Told before the position is saved, so that a listener can keep both together. */
  readonly changes: Emitter<TransferChange>;
  readonly #chain: ChainReader;
  readonly #account: Address;
  readonly #logger: Logger;
  readonly #follower: LogFollower;
  #isReachable = true;
  #isBehind = false;

  constructor(
    { rpc, token, account, cursors, logger }: TransfersModules,
    { pollMs = 30_000 }: { pollMs?: number } = {},
  ) {
    this.changes = new Emitter((error) => logger.error('A listener of the transfers failed', { error }));
    const party = zeroPadValue(account, 32).toLowerCase();
    this.#account = account;
    this.#logger = logger;
    this.#chain = new RpcChainReader(rpc, { address: token, topics: [TRANSFER], parties: party });
    this.#follower = new LogFollower({ chain: this.#chain, cursors, logger }, { pollMs });
    this.#follower.logs.subscribe(({ removed, added }) =>
      this.changes.emit({ removed: removed.flatMap(this.#decode), added: added.flatMap(this.#decode) }),
    );
    this.#follower.reachable.subscribe((reachable) => (this.#isReachable = reachable));
    this.#follower.progress.subscribe(({ at, to }) => (this.#isBehind = at < to));
  }

  /** @throws MarketError when the chain does not answer */
  async start({ signal }: { signal: AbortSignal }): Promise<void> {
    await this.#follower.start({ signal });
  }

  async stop(): Promise<void> {
    await this.#follower.stop();
  }

  /** Looks soon; nobody waits for it. */
  hint(): void {
    this.#follower.hint();
  }

  /**
   * Reads up to the newest block, and answers with it: all transfers up to it have been told and kept.
   * @throws MarketError CHAIN_UNREACHABLE when that did not succeed
   */
  async catchUp({ signal }: { signal: AbortSignal }): Promise<Head> {
    const head = await blockAt(this.#chain, 'latest', signal);
    for (let look = 0; look < MOST_LOOKS; look++) {
      await this.#follower.poke();
      throwIfAborted(signal);
      if (!this.#isReachable) break;
      if (!this.#isBehind) return head;
    }
    const message = 'The transfers of the account could not be read up to the newest block';
    throw new MarketError('CHAIN_UNREACHABLE', { block: head.number }, { message });
  }

  /**
   * Of one log; two where the account paid itself, which leaves it as it was. An amount that no token has is left out, so
   * that a hostile one holds up nothing else.
   */
  readonly #decode = ({ topics, data, transactionHash, blockNumber }: ChainLog): TokenTransfer[] => {
    const [, from, to] = topics.map(partyOf);
    if (!from || !to || topics.length !== 3) return [];
    const { data: amount } = quantity.safeParse(data);
    if (amount === undefined || amount >= AMOUNT_LIMIT) {
      this.#logger.warn('A transfer of tokens is left out: its amount cannot be', {
        transactionHash,
        blockNumber,
      });
      return [];
    }
    const transfer = { transactionHash, blockNumber };
    return [
      ...(from === this.#account ? [{ ...transfer, counterparty: to, amount: -amount }] : []),
      ...(to === this.#account ? [{ ...transfer, counterparty: from, amount }] : []),
    ];
  };
}

export type TokenMove = Pick<ChainLog, 'transactionHash' | 'blockNumber'>;

/** Where some of those who hold tokens moved any, in the newest blocks. @throws MarketError as `Rpc` */
export async function tokenMovesBy(
  { rpc, token }: { readonly rpc: Servers; readonly token: Address },
  from: readonly Address[],
  { blocks, signal }: { blocks: number; signal: AbortSignal },
): Promise<readonly TokenMove[]> {
  const parties = from.map((address) => zeroPadValue(address, 32).toLowerCase());
  const chain = new RpcChainReader(rpc, { address: token, topics: [TRANSFER], from: parties });
  const { number: to } = await blockAt(chain, 'latest', signal);
  for (let span = blocks; ; span = Math.floor(span / 8)) {
    try {
      return (await chain.logs({ from: Math.max(0, to - span), to }, { isTolerant: true, signal })).logs;
    } catch (error) {
      if (!isEngineError(error, 'RPC_REFUSED') || span < 8) throw error;
    }
  }
}

export async function callOf(
  rpc: Pick<Servers, 'send'>,
  hash: string,
  { signal }: { signal: AbortSignal },
): Promise<string | undefined> {
  const answer = await rpc.send('eth_getTransactionByHash', [hash], { signal });
  return parseAnswer(transactionAnswer, answer, 'a transaction')?.input;
}

const transactionAnswer = z.object({ input: hexBytes }).nullable();

const partyOf = (topic: string): Address => `0x${topic.slice(-40).toLowerCase()}` as Address;

const TRANSFER = id('Transfer(address,address,uint256)');
/** With its sign an amount has to fit 256 bits. */
const AMOUNT_LIMIT = 2n ** 255n;
/** Each reads twenty pages; who is farther behind is not waited for. */
const MOST_LOOKS = 20;
