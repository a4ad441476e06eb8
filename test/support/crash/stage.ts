import { join } from 'node:path';
import { slotIdOf, type Nonce, type RequestId, type SlotId } from '../../../src/main/engine/contracts/ids.ts';
import { periodOf } from '../../../src/main/engine/contracts/periods.ts';
import type { StorageRequest } from '../../../src/main/engine/contracts/requests.ts';
import { MarketError } from '../../../src/main/engine/market/errors.ts';
import type { Cancellable, Sent } from '../../../src/main/engine/market/market.ts';
import { makeDataset, type Dataset } from '../../../src/main/engine/network/dataset.ts';
import { BLOCK_SIZE } from '../../../src/main/engine/network/blocknetwork.ts';
import type { Terms } from '../../../src/main/engine/sales/offers.ts';
import { FakeClock } from '../fakeclock.ts';
import { FakeMarket, type FakeMarketOptions } from '../fakemarket.ts';
import { account, word } from '../requests.ts';
import { writeDatasetFile } from './datasetfile.ts';

/** A dataset that children can serve to themselves. */
export interface Content {
  readonly path: string;
  readonly dataset: Dataset;
  readonly slots: number;
  readonly tolerance: number;
}

/** Five blocks to a slot, which are sold as eight: so many batches, and the end of a slot that is never written. */
export async function makeContent(folder: string, slots: number, tolerance: number): Promise<Content> {
  const blocks = (slots - tolerance) * STEPS;
  const data = new Uint8Array(blocks * BLOCK_SIZE - 1).map((_, i) => (i * 31 + (i >> 8) * 17) & 0xff);
  const dataset = makeDataset({ data, slots, tolerance });
  const path = join(folder, `dataset-${slots}-${tolerance}`);
  await writeDatasetFile(path, dataset);
  return { path, dataset, slots, tolerance };
}

const STEPS = 5;
export const SLOT_BYTES = 8n * BigInt(BLOCK_SIZE);

/** One fill of a slot by the node under test, as the chain knows it. Tokens. */
export interface Fill {
  readonly slotId: SlotId;
  readonly filledAt: number;
  readonly paid: bigint;
  /** Absent while it runs, and for ever when it was lost. */
  received?: bigint;
}

/** What outlives every process of a life: time, the chain, the folder, and what others do on the chain. */
export class Stage {
  readonly clock = new FakeClock();
  readonly market: AccountedMarket;
  readonly folder: string;
  readonly contents: readonly Content[];
  readonly requests: { readonly requestId: RequestId; readonly request: StorageRequest }[] = [];
  /** What was offered in all, by the name of the offer. */
  readonly offered = new Map<string, Terms>();
  readonly bornAt: number;
  /** The last second in which anything of a request can happen. */
  endsAt: number;

  constructor(folder: string, contents: readonly Content[]) {
    this.folder = folder;
    this.contents = contents;
    this.market = new AccountedMarket({ clock: this.clock });
    this.market.setPointer(100);
    this.bornAt = this.clock.now();
    this.endsAt = this.bornAt;
  }

  /** A client asks for `slots` slots. */
  post({
    slots,
    duration = 200,
    expiry = 150,
  }: {
    slots: number;
    duration?: number;
    expiry?: number;
  }): RequestId {
    const content = this.contents.find((one) => one.slots === slots);
    if (!content) throw new Error(`There is no dataset of ${slots} slots`);
    const { dataset, tolerance } = content;
    const posted = this.market.requestStorage({
      ask: {
        slots: BigInt(slots),
        maxSlotLoss: BigInt(tolerance),
        slotSize: dataset.slotSize,
        duration: BigInt(duration),
      },
      content: { cid: dataset.manifestCid.bytes, merkleRoot: dataset.merkleRoot },
      expiry: BigInt(expiry),
      nonce: word<Nonce>(0xc0de_0000 + this.requests.length),
    });
    this.requests.push(posted);
    this.endsAt = Math.max(this.endsAt, this.clock.now() + duration + 1);
    return posted.requestId;
  }

  get lastRequest(): RequestId {
    const last = this.requests.at(-1);
    if (!last) throw new Error('Nothing was asked for yet');
    return last.requestId;
  }

  /** A slot of the last request. */
  slot(index: number): SlotId {
    return slotIdOf(this.lastRequest, index);
  }

  /** Whether anybody ever had it. */
  isUntouched(slotId: SlotId): boolean {
    return this.market.chain.marketplace.slot(slotId) === undefined;
  }

  fillAsOther(index: number, requestId = this.lastRequest): void {
    this.market.fillAsOther(requestId, index, account(0xb0b + index));
  }

  /** Lets periods go by in which nobody proves, and marks what is missing until the slot is taken from its host. */
  slashOut(slotId: SlotId): void {
    const { periodSeconds } = this.market.config;
    for (let periods = 0; periods < 8 && this.market.chain.marketplace.slot(slotId)?.host; periods++) {
      this.clock.set((periodOf(this.clock.now(), periodSeconds) + 1) * periodSeconds + 1);
      this.markMissed(slotId);
    }
  }

  /** A validator looks at the period that is over. */
  markMissed(slotId: SlotId): void {
    try {
      this.market.markProofAsMissing(slotId);
    } catch (error) {
      // There was a proof, or none was due.
      if (!(error instanceof MarketError)) throw error;
    }
  }
}

/** A marketplace that writes down what its signer put in and got out. */
export class AccountedMarket extends FakeMarket {
  readonly fills: Fill[] = [];

  constructor(options: FakeMarketOptions) {
    super(options);
  }

  get tokens(): bigint {
    return this.chain.marketplace.tokens.get(this.signer) ?? 0n;
  }

  override async fillSlot(...args: Parameters<FakeMarket['fillSlot']>): Promise<Sent> {
    const before = this.tokens;
    const sent = await super.fillSlot(...args);
    const [requestId, slotIndex] = args;
    const slotId = slotIdOf(requestId, slotIndex);
    this.fills.push({ slotId, filledAt: sent.minedAt, paid: before - this.tokens });
    return sent;
  }

  override async freeSlot(id: SlotId, options: Cancellable): Promise<Sent> {
    const before = this.tokens;
    const state = this.chain.marketplace.slotState(id, this.chain.clock.now());
    const sent = await super.freeSlot(id, options);
    const fill = this.fills.findLast(({ slotId }) => slotId === id);
    if (fill && (state === 'finished' || state === 'cancelled')) {
      fill.received = (fill.received ?? 0n) + this.tokens - before;
    }
    return sent;
  }
}
