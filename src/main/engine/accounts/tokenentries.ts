import type { OnchainMarket } from '../market/onchain-market.ts';
import type { TokenTransfer, TransferChange } from '../market/transfers.ts';
import type { Beside } from '../stores/transactions.ts';
import type { Opening, TokenEntry } from './entry.ts';
import type { EntryStore } from './entrystore.ts';

export interface TokenEntriesModules {
  readonly market: Pick<OnchainMarket, 'ownTransaction' | 'payers' | 'block'>;
  readonly store: EntryStore;
  /** What a payout of a slot consists of. */
  readonly splitOf: (slotId: string, at: number) => TokenEntry['split'];
}

/**
 * Makes entries of the transfers that are told, one for each transaction. What is told again changes nothing: of the
 * transfers of a transaction that are alike there are as many as the chain has told at once.
 */
export class TokenEntries {
  readonly #modules: TokenEntriesModules;
  /** Told and not yet written. */
  #waiting: readonly TransferChange[] = [];
  /** The times of blocks of what waits: what failed goes on from where it was. */
  readonly #times = new Map<number, number>();

  constructor(modules: TokenEntriesModules) {
    this.#modules = modules;
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  saw(change: TransferChange): void {
    if (change.removed.length > 0) this.#times.clear();
    const removed = change.removed.filter((transfer) => this.#counts(transfer));
    const added = change.added.filter((transfer) => this.#counts(transfer));
    if (removed.length + added.length > 0) this.#waiting = [...this.#waiting, { removed, added }];
  }

  /** What is to be written for all that was told. @throws MarketError when a block's time is not known */
  async toWrite({ signal }: { signal: AbortSignal }): Promise<Beside> {
    const { store } = this.#modules;
    const taken = this.#waiting;
    const changed = new Map<string, TokenEntry | undefined>();
    for (const { removed, added } of taken) {
      for (const transfer of removed) {
        const entry = entryOf(transfer.transactionHash);
        if (entry) changed.set(transfer.transactionHash, without(entry, transfer));
      }
      for (const [hash, transfers] of byTransaction(added)) {
        const known = entryOf(hash);
        if (!known && isOfBefore(transfers, store.opening)) continue;
        changed.set(hash, await this.#with(known, transfers, signal));
      }
    }
    const put = [...changed.values()].flatMap((entry) => entry ?? []);
    const deleted = [...changed].flatMap(([hash, entry]) => (entry ? [] : (stored(hash) ?? [])));
    const { operations, written } = store.change(put, deleted);
    return {
      operations,
      written: () => {
        written();
        this.#waiting = this.#waiting.slice(taken.length);
        if (!this.isWaiting) this.#times.clear();
      },
    };

    function entryOf(hash: string): TokenEntry | undefined {
      return changed.has(hash) ? changed.get(hash) : stored(hash);
    }

    function stored(hash: string): TokenEntry | undefined {
      const entry = store.entries.get(tokensId(hash));
      return entry?.type === 'tokens' ? entry : undefined;
    }
  }

  async #with(
    known: TokenEntry | undefined,
    transfers: readonly TokenTransfer[],
    signal: AbortSignal,
  ): Promise<TokenEntry | undefined> {
    const [first] = transfers;
    if (!first) return known;
    const { transactionHash, blockNumber } = first;
    const { market, splitOf } = this.#modules;
    const own = market.ownTransaction(transactionHash);
    const isThere = known?.block === blockNumber;
    const at = isThere ? known.at : await this.#timeOf(blockNumber, own?.inclusion, signal);
    const split = own?.purpose === 'free' && own.slotId !== undefined ? splitOf(own.slotId, at) : undefined;
    return {
      type: 'tokens',
      id: tokensId(transactionHash),
      at,
      block: blockNumber,
      transactionHash: transactionHash as `0x${string}`,
      purpose: own?.purpose ?? known?.purpose,
      slotId: own?.slotId ?? known?.slotId,
      requestId: own?.requestId ?? known?.requestId,
      slotIndex: own?.slotIndex ?? known?.slotIndex,
      ...united(
        known,
        transfers.map((transfer) => this.#kept(transfer)),
      ),
      split: known?.split ?? split,
    };
  }

  /** Anybody can move nothing in anybody's name. Of a payout a part may be nothing. */
  #counts({ amount, counterparty, transactionHash }: TokenTransfer): boolean {
    if (amount !== 0n) return true;
    const { market } = this.#modules;
    return market.payers.includes(counterparty) && market.ownTransaction(transactionHash) !== undefined;
  }

  #kept({ counterparty, amount }: TokenTransfer): Kept {
    return { counterparty, amount, isOfMarket: this.#modules.market.payers.includes(counterparty) };
  }

  async #timeOf(
    block: number,
    inclusion: { readonly blockNumber: number; readonly minedAt: number } | undefined,
    signal: AbortSignal,
  ): Promise<number> {
    if (inclusion?.blockNumber === block) return inclusion.minedAt;
    const known = this.#times.get(block);
    if (known !== undefined) return known;
    const found = await this.#modules.market.block(block, { signal });
    if (found) {
      this.#times.set(block, found.timestamp);
      return found.timestamp;
    }
    throw new Error(`The server has no block ${block}`);
  }
}

/** The chain may be read anew from before the accounts began. */
function isOfBefore([transfer]: readonly TokenTransfer[], opening: Opening | undefined): boolean {
  if (!transfer || !opening) return false;
  return transfer.blockNumber <= (opening.firstBlock ?? opening.block);
}

const tokensId = (hash: string): string => `tokens-${hash.slice(2)}`;

type Kept = TokenEntry['transfers'][number];

type Content = Pick<TokenEntry, 'transfers' | 'rest'>;

/** Undefined when nothing is left. */
function without(entry: TokenEntry, { counterparty, amount }: TokenTransfer): TokenEntry | undefined {
  const { rest } = entry;
  const index = entry.transfers.findLastIndex(
    (kept) => kept.counterparty === counterparty && kept.amount === amount,
  );
  const transfers = entry.transfers.filter((_, at) => at !== index);
  const left = index < 0 && rest ? { count: rest.count - 1, amount: bounded(rest.amount - amount) } : rest;
  const isNothing = transfers.length === 0 && (left?.count ?? 0) === 0;
  return isNothing ? undefined : { ...entry, transfers, rest: left?.count === 0 ? undefined : left };
}

/**
 * Of each content as many as either has. Where many are summed up it is not known which: those of others are then what
 * was known or what is told, whichever is more.
 */
function united(known: Content | undefined, told: readonly Kept[]): Content {
  if (!known) return cut(told);
  const { transfers, rest } = known;
  if (!rest) return cut([...transfers, ...freshOf(transfers, told)]);
  const [ours, others] = parted(transfers);
  const [toldOurs, toldOthers] = parted(told);
  const all = [...ours, ...freshOf(ours, toldOurs)];
  if (toldOthers.length > others.length + rest.count) return cut([...all, ...toldOthers]);
  return { transfers: [...all, ...others], rest };
}

function freshOf(known: readonly Kept[], told: readonly Kept[]): Kept[] {
  const unmatched = [...known];
  return told.filter(({ counterparty, amount }) => {
    const index = unmatched.findIndex((kept) => kept.counterparty === counterparty && kept.amount === amount);
    if (index >= 0) unmatched.splice(index, 1);
    return index < 0;
  });
}

/** Anybody can put any number of transfers into a transaction. */
function cut(transfers: readonly Kept[]): Content {
  const summed = new Set(parted(transfers)[1].slice(MOST_OF_OTHERS));
  if (summed.size === 0) return { transfers: [...transfers], rest: undefined };
  const amount = bounded([...summed].reduce((sum, transfer) => sum + transfer.amount, 0n));
  return {
    transfers: transfers.filter((transfer) => !summed.has(transfer)),
    rest: { count: summed.size, amount },
  };
}

/** Those of the marketplace, and those of others. */
const parted = (transfers: readonly Kept[]): [ours: Kept[], others: Kept[]] => [
  transfers.filter(({ isOfMarket }) => isOfMarket),
  transfers.filter(({ isOfMarket }) => !isOfMarket),
];

/** What a hostile token adds up to must not be more than can be written down. */
const bounded = (sum: bigint): bigint => BigInt.asIntN(256, sum);

const MOST_OF_OTHERS = 50;

function byTransaction(transfers: readonly TokenTransfer[]): Map<string, TokenTransfer[]> {
  const groups = new Map<string, TokenTransfer[]>();
  for (const transfer of transfers) {
    const group = groups.get(transfer.transactionHash);
    if (group) group.push(transfer);
    else groups.set(transfer.transactionHash, [transfer]);
  }
  return groups;
}
