import type { OnchainMarket } from '../market/onchain-market.ts';
import type { SlashEntry } from './entry.ts';

type MarkMarket = Pick<OnchainMarket, 'tokenMovesBy' | 'callOf' | 'payers' | 'block'>;
type Moves = ReadonlyMap<string, number>;

/**
 * Finds the transaction that marked a proof of a slot as missing. The contract tells of it in no event; but it moves
 * tokens (to the validator, or away for good), and names the slot in its call. So the newest such moves of the marketplace
 * are looked through. Proofs are missed together, when the node has trouble anyway: what was asked for one is kept for the
 * next.
 */
export class MarkFinder {
  readonly #market: MarkMarket;
  readonly #nowMs: () => number;
  /** What transactions call, of the newest that were asked for, in lower case. */
  readonly #calls = new Map<string, string>();
  #last: { readonly askedAtMs: number; readonly moves: Moves } | undefined;

  constructor(market: MarkMarket, { nowMs }: { nowMs: () => number }) {
    this.#market = market;
    this.#nowMs = nowMs;
  }

  /**
   * Undefined when none of them names the slot: then somebody called through a contract of his own.
   * @throws MarketError
   */
  async find(
    slot: Pick<SlashEntry, 'slotId'>,
    { signal }: { signal: AbortSignal },
  ): Promise<Pick<SlashEntry, 'at' | 'block' | 'transactionHash'> | undefined> {
    const last = this.#last;
    const isNew = last && this.#nowMs() - last.askedAtMs < SHARED_MS;
    // The mark may be newer than what is kept.
    const found = (isNew && (await this.#markIn(last.moves, slot, signal))) || undefined;
    const hash = found ?? (await this.#markIn(await this.#moves(signal), slot, signal));
    const number = hash === undefined ? undefined : this.#last?.moves.get(hash);
    if (hash === undefined || number === undefined) return undefined;
    const block = await this.#market.block(number, { signal });
    return block && { at: block.timestamp, block: number, transactionHash: hash as `0x${string}` };
  }

  async #moves(signal: AbortSignal): Promise<Moves> {
    const { payers } = this.#market;
    const askedAtMs = this.#nowMs();
    const list = await this.#market.tokenMovesBy(payers, { blocks: BLOCKS_BACK, signal });
    const moves = new Map(list.map(({ transactionHash, blockNumber }) => [transactionHash, blockNumber]));
    this.#last = { askedAtMs, moves };
    return moves;
  }

  async #markIn(
    moves: Moves,
    { slotId }: Pick<SlashEntry, 'slotId'>,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    for (const hash of [...moves.keys()].reverse().slice(0, MOST_CALLS)) {
      const call = await this.#callOf(hash, signal);
      if (call?.includes(slotId.slice(2)) && call.slice(0, 10) !== FREE_SLOT) return hash;
    }
    return undefined;
  }

  async #callOf(hash: string, signal: AbortSignal): Promise<string | undefined> {
    const known = this.#calls.get(hash);
    if (known !== undefined) return known;
    const call = (await this.#market.callOf(hash, { signal }))?.toLowerCase();
    if (call === undefined || call.length > LONGEST_KEPT) return call;
    this.#calls.set(hash, call);
    if (this.#calls.size > CALLS_KEPT) this.#calls.delete(this.#calls.keys().next().value ?? '');
    return call;
  }
}

/** A miss is marked within the period after it, and noticed by the end of that one. */
const BLOCKS_BACK = 2000;
const MOST_CALLS = 60;
const SHARED_MS = 10_000;
const CALLS_KEPT = 300;
/** In signs. */
const LONGEST_KEPT = 20_000;
/** `freeSlot(bytes32)` names the slot as well. */
const FREE_SLOT = '0xa29c29a4';
