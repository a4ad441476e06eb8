import { keccak256, toBeHex, zeroPadValue } from 'ethers';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { MarketFamily } from '../../src/main/engine/contracts/family.ts';
import { startTestChain, testConfig, type TestChain, type TestDeployment } from './practicechain.ts';
import { pointerOf } from './proofdraw.ts';
import type { Sent, TestAccount, TestContract } from './testcontract.ts';

/** Time of the example request: the first second of a period, well after the blocks mined at the start. */
export const T = 1_700_001_000;

/** The example request E of marketplace.md §17. */
export const exampleAsk = {
  proofProbability: 1n,
  pricePerBytePerSecond: 7n,
  collateralPerByte: 100n,
  slots: 4n,
  slotSize: 1_048_576n,
  duration: 3600n,
  maxSlotLoss: 2n,
};
export const exampleContent = {
  cid: `0x01819a031220${'11'.repeat(32)}`,
  merkleRoot: `0x${'22'.repeat(32)}`,
};
export const rate = 7_340_032n;
export const price = 105_696_460_800n;
export const collateral = 104_857_600n;

export const validProof = proofOf(1n);
export const zeroProof = proofOf(0n);

export const requestStates = { new: 0n, started: 1n, cancelled: 2n, finished: 3n, failed: 4n };
export const slotStates = {
  free: 0n,
  filled: 1n,
  finished: 2n,
  failed: 3n,
  paid: 4n,
  cancelled: 5n,
  repair: 6n,
};
export const vaultSlotStates = {
  free: 0n,
  filled: 1n,
  finished: 2n,
  failed: 3n,
  cancelled: 4n,
  repair: 5n,
};
export const zeroAddress = `0x${'00'.repeat(20)}`;
/** Where burned tokens go. */
export const nobody = { address: '0x000000000000000000000000000000000000dead' };

/** One chain and marketplace for the whole file; every test finds them as they were at the start. */
export function useScenario(family: MarketFamily = 'direct'): () => Scenario {
  let chain: TestChain | undefined;
  let scenario: Scenario | undefined;
  let restore: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    chain = await startTestChain();
    scenario = new Scenario(chain, await chain.deploy(testConfig, family));
    await scenario.endow();
  });
  beforeEach(async () => {
    restore = await chain?.snapshot();
  });
  afterEach(() => restore?.());
  afterAll(() => chain?.stop());
  return () => {
    if (!scenario) throw new Error('The scenario did not start');
    return scenario;
  };
}

/** A client, four hosts and a validator around one marketplace. */
export class Scenario {
  readonly client: TestAccount;
  readonly hosts: readonly [TestAccount, TestAccount, TestAccount, TestAccount];
  readonly validator: TestAccount;
  /** Accounts without any tokens. */
  readonly strangers: readonly [TestAccount, TestAccount];
  readonly chain: TestChain;
  readonly market: TestContract;
  /** Who holds the tokens: the vault, or the marketplace itself. */
  readonly treasury: TestContract;
  readonly token: TestContract;

  constructor(chain: TestChain, { marketplace, treasury, token }: TestDeployment) {
    const [, client, a, b, c, d, validator, stranger, other] = chain.accounts;
    if (!client || !a || !b || !c || !d || !validator || !stranger || !other)
      throw new Error('Too few accounts');
    this.client = client;
    this.hosts = [a, b, c, d];
    this.validator = validator;
    this.strangers = [stranger, other];
    this.chain = chain;
    this.market = marketplace;
    this.treasury = treasury;
    this.token = token;
  }

  /** Gives everyone tokens, and the marketplace leave to take them. */
  async endow(): Promise<void> {
    for (const account of [this.client, ...this.hosts]) {
      await this.token.send(account, 'mint', [account.address, 10n ** 18n]);
      await this.token.send(account, 'approve', [this.market.address, 2n ** 256n - 1n]);
    }
  }

  /** Posts the example request, changed as told, at time T or another. */
  async request({ at = T, ask = {}, expiry = 600n, nonce = 1 }: RequestChange = {}): Promise<PostedRequest> {
    const request = {
      client: this.client.address,
      ask: { ...exampleAsk, ...ask },
      content: exampleContent,
      expiry,
      nonce: zeroPadValue(toBeHex(nonce), 32),
    };
    const sent = await this.send(this.client, 'requestStorage', [request], at);
    const requested = this.events(sent).find(({ name }) => name === 'StorageRequested');
    const id = String(requested?.args['requestId']);
    return { id, request, sent, slots: [slotIdOf(id, 0), slotIdOf(id, 1), slotIdOf(id, 2), slotIdOf(id, 3)] };
  }

  /**
   * Calls the token in a block at time T, so that no second of the wall lies between it and the next
   * request, which is made at T and may not be earlier than the block before.
   */
  async tokenAt(by: TestAccount, method: string, args: unknown[], at = T): Promise<Sent> {
    await this.chain.nextBlockAt(at);
    return this.token.send(by, method, args);
  }

  /** By its number. */
  host(index: number): TestAccount {
    const host = this.hosts[index];
    if (!host) throw new Error(`There is no host ${index}`);
    return host;
  }

  async reserve(host: number, id: string, slotIndex: number): Promise<Sent> {
    return this.send(this.host(host), 'reserveSlot', [id, slotIndex]);
  }

  /** Fills a slot, and reserves it before if need be. */
  async fill(host: number, id: string, slotIndex: number, at: number): Promise<Sent> {
    const canReserve = await this.market.read(this.host(host), 'canReserveSlot', [id, slotIndex]);
    if (canReserve === true) await this.reserve(host, id, slotIndex);
    return this.send(this.host(host), 'fillSlot', [id, slotIndex, validProof], at);
  }

  /** The id of a slot of the example request that host 0 filled at T + 10; the other slots stay empty. */
  async runningSlot(): Promise<string> {
    const { id, slots } = await this.request({ expiry: 3500n });
    await this.fill(0, id, 0, T + 10);
    return slots[0];
  }

  /** The host takes its payout, or gives the slot up while it runs. */
  async free(host: number, slotId: string, at?: number): Promise<Sent> {
    return this.send(this.host(host), 'freeSlot(bytes32)', [slotId], at);
  }

  async withdraw(id: string): Promise<Sent> {
    return this.send(this.client, 'withdrawFunds(bytes32)', [id]);
  }

  /** The validator marks the proof of that period. */
  async mark(slotId: string, period: number, at: number): Promise<Sent> {
    return this.send(this.validator, 'markProofAsMissing', [slotId, period], at);
  }

  /** The example request, its four slots filled by the four hosts. */
  async started(
    times = [T + 60, T + 61, T + 62, T + 63],
    change: RequestChange = {},
  ): Promise<PostedRequest> {
    const request = await this.request(change);
    for (const [index, time] of times.entries()) await this.fill(index, request.id, index, time);
    return request;
  }

  /** A transaction to the marketplace, in a block of that time; in the second of the latest block when none is told. */
  async send(from: TestAccount, method: string, args: readonly unknown[], at?: number): Promise<Sent> {
    await this.chain.nextBlockAt(at ?? (await this.chain.now()));
    return this.market.send(from, method, args);
  }

  async read(method: string, ...args: unknown[]): Promise<unknown> {
    return this.market.read(this.client, method, args);
  }

  async balance(account: { readonly address: string }): Promise<bigint> {
    return BigInt(String(await this.token.read(this.client, 'balanceOf', [account.address])));
  }

  /** By how much the account's tokens grow during the action. */
  async gain(account: { readonly address: string }, action: () => Promise<unknown>): Promise<bigint> {
    const before = await this.balance(account);
    await action();
    return (await this.balance(account)) - before;
  }

  /** Mines blocks, all at about the present second, until the slot has that pointer for that period in the *next* block. */
  async mineToPointer(slotId: string, period: number, pointer: number): Promise<void> {
    const next = (await this.chain.provider.getBlockNumber()) + 1;
    const blocks = (pointer - pointerOf(slotId, period, next) + 256) % 256;
    await this.chain.nextBlockAt(await this.chain.now());
    if (blocks > 0) await this.chain.mine(blocks, 0);
  }

  /** What a transaction emitted, token's and marketplace's events alike, in order. */
  events({ logs }: Sent): ScenarioEvent[] {
    return logs.map((log) => {
      const contract = log.address.toLowerCase() === this.token.address ? this.token : this.market;
      const event = contract.interface.parseLog({ topics: [...log.topics], data: log.data });
      if (!event) throw new Error('Unknown event');
      return { name: event.name, args: event.args.toObject() };
    });
  }

  /** Events as short lines: a transfer with its amount, everything else by name. */
  story(sent: Sent): string[] {
    return this.events(sent).map(({ name, args }) =>
      name === 'Transfer' ? `Transfer ${String(args['value'])}` : name,
    );
  }
}

export interface RequestChange {
  readonly at?: number;
  readonly ask?: Partial<typeof exampleAsk>;
  readonly expiry?: bigint;
  readonly nonce?: number;
}

export interface PostedRequest {
  readonly id: string;
  readonly request: object;
  readonly sent: Sent;
  /** The ids of the first four slots. */
  readonly slots: readonly [string, string, string, string];
}

export interface ScenarioEvent {
  readonly name: string;
  readonly args: Record<string, unknown>;
}

function slotIdOf(requestId: string, slotIndex: number): string {
  return keccak256(requestId + toBeHex(slotIndex, 32).slice(2));
}

function proofOf(value: bigint): object {
  const point = { x: value, y: value };
  const element = { real: value, imag: value };
  return { a: point, b: { x: element, y: element }, c: point };
}
