import { randomBytes } from 'node:crypto';
import { hex32, type Nonce, type RequestId } from '../engine/contracts/ids.ts';
import { requestIdOf } from '../engine/contracts/requestid.ts';
import type { StorageRequest } from '../engine/contracts/requests.ts';
import { BLOCK_SIZE } from '../engine/network/blocknetwork.ts';
import { makeDataset, type Dataset } from '../engine/network/dataset.ts';
import { withProofs } from '../engine/network/provendataset.ts';
import type { BlockDigester } from '../engine/proofs/blockdigester.ts';
import { isEngineError } from '../engine/errors.ts';
import type { Logger } from '../engine/logger.ts';
import type { Account } from './account.ts';
import type { DatasetStore } from './datasets.ts';
import { PracticeError } from './errors.ts';
import type { Marketplace } from './marketplace.ts';
import type { RequestPlan } from './scenario.ts';

type ClientMarket = Pick<Marketplace, 'requestState' | 'requestStorage' | 'withdrawFunds'>;

interface ClientModules {
  market: ClientMarket;
  account: Account;
  datasets: DatasetStore;
  digester: BlockDigester;
  logger: Logger;
}

/**
 * Someone who has data stored: makes random bytes, asks for their storage, keeps them for hosts to fetch while the
 * request runs, and takes the rest of the money back when it has ended.
 */
export class Client {
  readonly #market: ClientMarket;
  readonly #account: Account;
  readonly #datasets: DatasetStore;
  readonly #digester: BlockDigester;
  readonly #logger: Logger;
  /** On their way: the chain does not know them yet. */
  readonly #posting = new Set<RequestId>();

  constructor({ market, account, datasets, digester, logger }: ClientModules) {
    this.#market = market;
    this.#account = account;
    this.#datasets = datasets;
    this.#digester = digester;
    this.#logger = logger;
  }

  /** Requests that have not ended, or whose money a vault still keeps: those whose data is kept. */
  get openRequests(): number {
    return this.#datasets.requestIds.length;
  }

  /** @throws PracticeError TRANSACTION_REFUSED when the contract would not take such a request */
  async post(plan: RequestPlan, { signal }: { signal: AbortSignal }): Promise<RequestId> {
    const { slots, tolerance } = plan;
    const unproven = makeDataset({ data: randomData(plan), slots, tolerance });
    const dataset = await withProofs(unproven, { digester: this.#digester }, { signal });
    const request = requestFor(plan, dataset, this.#account);
    const id = requestIdOf(request);
    this.#posting.add(id);
    try {
      // The data first: a host may come for it as soon as the request is seen.
      await this.#datasets.add(id, dataset);
      await this.#market.requestStorage(this.#account, request, { signal });
    } catch (error) {
      if (isEngineError(error, 'TRANSACTION_REFUSED')) await this.#datasets.remove(id);
      throw error;
    } finally {
      this.#posting.delete(id);
    }
    this.#logger.info('Storage requested', { requestId: id, slots: plan.slots, slotBytes: plan.slotBytes });
    return id;
  }

  /** Clears up after the requests that have ended, and those that never reached the chain. */
  async settle({ signal }: { signal: AbortSignal }): Promise<void> {
    for (const id of this.#datasets.requestIds) {
      if (this.#posting.has(id)) continue;
      const state = await this.#market.requestState(id);
      if (state === 'new' || state === 'started') continue;
      if (state !== undefined && !(await this.#withdraw(id, signal))) continue;
      await this.#datasets.remove(id);
      this.#logger.info('Request ended', { requestId: id, state: state ?? 'never posted' });
    }
  }

  /** Whether nothing more is to be had, and so the request can be forgotten. */
  async #withdraw(id: RequestId, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#market.withdrawFunds(this.#account, id, { signal });
      return true;
    } catch (error) {
      if (!isEngineError(error, 'TRANSACTION_REFUSED')) throw error;
      // A vault keeps the money of a failed request until the end that was planned. Any other reason is that every second
      // was sold, or that it was withdrawn just before the last stop.
      return !('reason' in error.details && error.details.reason === 'VaultFundNotUnlocked');
    }
  }
}

/** Fills the data rows exactly, so that no padding is needed. */
function randomData({ slots, tolerance, slotBytes }: RequestPlan): Uint8Array {
  const rows = slots - tolerance;
  const isPowerOfTwo = Number.isInteger(Math.log2(slotBytes / BLOCK_SIZE));
  if (rows > 0 && isPowerOfTwo) return randomBytes(rows * slotBytes);
  const message = 'A request needs at least one data slot, and slots of a power of two of 64 KiB blocks.';
  throw new PracticeError('TRANSACTION_REFUSED', message, { slots, tolerance, slotBytes });
}

function requestFor(plan: RequestPlan, dataset: Dataset, { address }: Account): StorageRequest {
  return {
    client: address,
    ask: {
      proofProbability: BigInt(plan.proofProbability),
      pricePerBytePerSecond: plan.pricePerBytePerSecond,
      collateralPerByte: plan.collateralPerByte,
      slots: BigInt(plan.slots),
      slotSize: dataset.slotSize,
      duration: BigInt(plan.durationSeconds),
      maxSlotLoss: BigInt(plan.tolerance),
    },
    content: { cid: dataset.manifestCid.bytes, merkleRoot: dataset.merkleRoot },
    expiry: BigInt(plan.expirySeconds),
    nonce: hex32<Nonce>(`0x${randomBytes(32).toString('hex')}`),
  };
}
