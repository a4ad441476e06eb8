import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RequestId } from '../../../src/main/engine/contracts/ids.ts';
import { requestIdOf } from '../../../src/main/engine/contracts/requestid.ts';
import type { RequestState } from '../../../src/main/engine/contracts/requests.ts';
import { Secret } from '../../../src/main/engine/lib/secret.ts';
import { silentLogger } from '../../../src/main/engine/logger.ts';
import { InlineDigester } from '../../../src/main/engine/proofs/inlinedigester.ts';
import { Account } from '../../../src/main/practice/account.ts';
import { Chain } from '../../../src/main/practice/chain.ts';
import { Client } from '../../../src/main/practice/client.ts';
import { DatasetStore } from '../../../src/main/practice/datasets.ts';
import { PracticeError } from '../../../src/main/practice/errors.ts';
import type { Marketplace } from '../../../src/main/practice/marketplace.ts';
import { planFor } from '../../../src/main/practice/scenario.ts';

const { signal } = new AbortController();
const plan = planFor({ slotBytes: 65_536 });
let folder: string;
let datasets: DatasetStore;
let market: MarketDouble;
let client: Client;

/** Knows what was asked for once `arrived` says so; refuses when told to. */
class MarketDouble implements Pick<Marketplace, 'requestState' | 'requestStorage' | 'withdrawFunds'> {
  readonly states = new Map<RequestId, RequestState>();
  readonly withdrawn: RequestId[] = [];
  refusal: PracticeError | undefined;
  onItsWay: () => Promise<void> = () => Promise.resolve();

  requestState = async (id: RequestId) => this.states.get(id);
  requestStorage: Marketplace['requestStorage'] = async (_, request) => {
    await this.onItsWay();
    if (this.refusal) throw this.refusal;
    this.states.set(requestIdOf(request), 'new');
  };
  withdrawFunds: Marketplace['withdrawFunds'] = async (_, id) => {
    this.withdrawn.push(id);
    if (this.refusal) throw this.refusal;
  };
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'client-'));
  datasets = await DatasetStore.open(folder);
  market = new MarketDouble();
  const account = new Account({
    chain: Object.create(Chain.prototype) as Chain,
    key: new Secret(`0x${'11'.repeat(32)}`),
  });
  client = new Client({ market, account, datasets, digester: new InlineDigester(), logger: silentLogger });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('the data of a request is kept while the request is new or runs', async () => {
  const id = await client.post(plan, { signal });
  for (const state of ['new', 'started'] as const) {
    market.states.set(id, state);
    await client.settle({ signal });
    expect(datasets.requestIds).toEqual([id]);
  }
  expect(market.withdrawn).toEqual([]);
});

test.each(['cancelled', 'finished', 'failed'] as const)(
  'when it is %s the money is taken back and the data goes',
  async (state) => {
    const id = await client.post(plan, { signal });
    market.states.set(id, state);
    await client.settle({ signal });
    expect(market.withdrawn).toEqual([id]);
    expect(client.openRequests).toBe(0);
  },
);

test('the data of a request on its way is kept, although the chain does not know it yet', async () => {
  market.onItsWay = async () => {
    await client.settle({ signal });
    expect(client.openRequests).toBe(1);
  };
  const id = await client.post(plan, { signal });
  expect(datasets.requestIds).toEqual([id]);
});

test('a request that the contract refuses leaves no data', async () => {
  market.refusal = new PracticeError('TRANSACTION_REFUSED', 'no');
  await expect(client.post(plan, { signal })).rejects.toBe(market.refusal);
  expect(client.openRequests).toBe(0);
});

test('a request whose fate is unknown keeps its data, and loses it when the chain turns out not to know it', async () => {
  market.refusal = new PracticeError('TRANSACTION_LOST', 'lost');
  await expect(client.post(plan, { signal })).rejects.toBe(market.refusal);
  expect(client.openRequests).toBe(1);
  await client.settle({ signal });
  expect(client.openRequests).toBe(0);
});

test('a failed request whose money a vault still keeps is not forgotten before it is had', async () => {
  const id = await client.post(plan, { signal });
  market.states.set(id, 'failed');
  const details = { reason: 'VaultFundNotUnlocked' };
  market.refusal = new PracticeError('TRANSACTION_REFUSED', 'not yet', details);
  await client.settle({ signal });
  expect(client.openRequests).toBe(1);
  market.refusal = undefined;
  await client.settle({ signal });
  expect(market.withdrawn).toEqual([id, id]);
  expect(client.openRequests).toBe(0);
});

test('where there is nothing left to take back the data goes all the same', async () => {
  const id = await client.post(plan, { signal });
  market.states.set(id, 'finished');
  market.refusal = new PracticeError('TRANSACTION_REFUSED', 'Marketplace_NothingToWithdraw');
  await client.settle({ signal });
  expect(client.openRequests).toBe(0);
});
