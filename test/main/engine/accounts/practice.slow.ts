import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { Contract, JsonRpcProvider } from 'ethers';
import type { AccountLine } from '../../../../src/shared/accounts.ts';
import { slotIdOf, type RequestId } from '../../../../src/main/engine/contracts/ids.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { keySigner } from '../../../../src/main/engine/market/signer.ts';
import { createNode, type SlotkeeperNode } from '../../../../src/main/engine/node.ts';
import { artifacts } from '../../../../src/main/practice/artifacts.ts';
import type { PracticeInfo } from '../../../../src/main/practice/practice.ts';
import { PracticeNetwork } from '../../../../src/main/practice/practicenetwork.ts';
import { Chain } from '../../../../src/main/practice/chain.ts';
import { Marketplace } from '../../../../src/main/practice/marketplace.ts';
import { RowTables } from '../../../support/rowtables.ts';

const { signal } = new AbortController();
const quick = { timeout: 90_000, interval: 100 };
let folder: string;
let network: PracticeNetwork;
let node: SlotkeeperNode | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'accounts-'));
});
afterEach(async () => {
  await node?.stop();
  node = undefined;
  await network.stop();
  await rm(folder, { recursive: true, force: true });
});

test.each(['direct', 'vault'] as const)(
  'after a run on the practice network of the %s family with payout, slash and loss the lines add up to the chain to the last wei',
  { timeout: 240_000 },
  async (family) => {
    network = await PracticeNetwork.start(
      { folder: join(folder, 'practice'), logger: silentLogger },
      { family, exchange: 'tcp', peers: 'told', scenario: 'none', speed: 8, seed: 3, signal },
    );
    const { info } = network;
    const chain = await Chain.connect(info.rpcUrl);
    onTestFinished(() => chain.close());
    const market = new Marketplace({ chain, deployment: info.deployment });
    node = await startNode(info);
    // They begin some blocks behind the newest one; the chain does not keep the balances of old ones for long.
    const began = await beginningOf(node);
    const atFirst = await held(info, began);
    await node.reservations.createAvailability({
      name: 'All of it',
      totalSize: 10_000_000n,
      duration: 100_000n,
      minPricePerBytePerSecond: 1n,
      totalCollateral: 10n ** 24n,
      enabled: true,
      until: 0,
    });

    // One that is paid in full.
    const short = await network.postRequest({
      slots: 2,
      tolerance: 1,
      slotBytes: 65_536,
      durationSeconds: 700,
      expirySeconds: 600,
    });
    await expect.poll(() => kindsOf(short), quick).toContain('collateralOut');
    await network.setSpeed(40);
    await expect.poll(() => kindsOf(short), quick).toContain('payout');
    await network.setSpeed(8);

    // One of which proofs are missed while the node is off, until the chain takes the slot away.
    const lost = await network.postRequest({
      slots: 2,
      tolerance: 1,
      slotBytes: 65_536,
      durationSeconds: 20_000,
      expirySeconds: 2000,
    });
    await expect.poll(() => kindsOf(lost), quick).toContain('collateralOut');
    const ours =
      all().find(({ kind, requestId }) => kind === 'collateralOut' && requestId === lost)?.slotIndex ?? -1;
    await expect.poll(() => market.slotState(slotIdOf(lost, ours)), quick).toBe('filled');
    await node.stop();
    await network.setSpeed(40);
    await expect.poll(() => market.slotState(slotIdOf(lost, ours)), quick).not.toBe('filled');
    await network.setSpeed(8);
    // While it is off, somebody gives the account tokens.
    await mintTo(info, 12_345n);
    node = await startNode(info);
    await expect.poll(() => kindsOf(lost), quick).toContain('slash');
    await expect.poll(() => all().some(({ kind }) => kind === 'transferIn'), quick).toBe(true);

    const check = await node.accounts.check();
    expect(check).toMatchObject({
      otherTransactions: 0,
      tokens: { difference: 0n },
      gas: { difference: 0n },
    });
    const now = await held(info, check.block);
    const { totals } = sumsBy(all());
    expect(now.tokens - atFirst.tokens).toBe(totals.tokens);
    expect(now.gas - atFirst.gas).toBe(totals.gas);

    const ofLost = all().filter(({ requestId }) => requestId === lost);
    const slashed = ofLost
      .filter(({ kind }) => kind === 'slash')
      .reduce((sum, { amount }) => sum + amount, 0n);
    // The oldest: the node may have taken the slot anew since, as a repair with less collateral.
    const put = ofLost.findLast(({ kind }) => kind === 'collateralOut')?.amount;
    expect(slashed).toBe(put);
    expect(ofLost.every(({ saleId }) => saleId !== undefined)).toBe(true);
    const ofShort = all().filter(({ requestId }) => requestId === short);
    const collateral = ofShort.filter(({ kind }) => kind.startsWith('collateral'));
    expect(collateral.reduce((sum, { amount }) => sum + amount, 0n)).toBe(0n);
    expect(all().find(({ kind }) => kind === 'transferIn')).toMatchObject({ amount: 12_345n });
    expect(all().filter(({ transactionHash }) => transactionHash === undefined)).toEqual([]);

    // A second start tells everything that is near the head again.
    const before = all();
    await node.stop();
    node = await startNode(info);
    await expect
      .poll(
        () =>
          node?.accounts.check().then(
            () => true,
            () => false,
          ),
        quick,
      )
      .toBe(true);
    const again = new Map(all().map((line) => [line.id, line]));
    for (const line of before)
      expect(again.get(line.id)).toMatchObject({ amount: line.amount, kind: line.kind });
    await expect(node.accounts.check()).resolves.toMatchObject({
      tokens: { difference: 0n },
      gas: { difference: 0n },
    });
  },
);

const all = (): readonly AccountLine[] => node?.accounts.lines() ?? [];

const kindsOf = (id: RequestId) => all().flatMap(({ requestId, kind }) => (requestId === id ? [kind] : []));

function sumsBy(lines: readonly AccountLine[]) {
  const totals = { tokens: 0n, gas: 0n };
  for (const { kind, amount } of lines) {
    if (kind === 'gas') totals.gas += amount;
    else if (kind !== 'slash') totals.tokens += amount;
  }
  return { totals };
}

/** The block at which the accounts begin, as soon as they have. */
async function beginningOf({ accounts }: SlotkeeperNode): Promise<number> {
  return vi.waitFor(async () => (await accounts.check()).began.block, { timeout: 20_000, interval: 100 });
}

function startNode({ rpcUrl, deployment, hostKey, peers }: PracticeInfo): Promise<SlotkeeperNode> {
  return createNode(
    {
      dataDir: join(folder, 'data'),
      rpcUrls: [rpcUrl],
      deployment,
      signer: keySigner(hostKey),
      peers,
      mustBeVerifiable: false,
      quotaBytes: 20_000_000n,
      workers: 2,
      pollMs: 200,
      token: { symbol: 'TST', decimals: 18 },
      rows: new RowTables(),
      logger: silentLogger,
    },
    { signal },
  );
}

async function held({ rpcUrl, token, hostKey }: PracticeInfo, block?: number) {
  const provider = new JsonRpcProvider(rpcUrl, undefined, { staticNetwork: true, cacheTimeout: -1 });
  try {
    const { address } = keySigner(hostKey);
    const blockTag = block ?? 'latest';
    const balanceOf = new Contract(token, artifacts.PracticeToken.abi, provider).getFunction('balanceOf');
    const tokens = BigInt(await balanceOf(address, { blockTag }));
    return { tokens, gas: await provider.getBalance(address, blockTag) };
  } finally {
    provider.destroy();
  }
}

async function mintTo({ rpcUrl, token, hostKey }: PracticeInfo, amount: bigint): Promise<void> {
  const provider = new JsonRpcProvider(rpcUrl, undefined, { staticNetwork: true, cacheTimeout: -1 });
  try {
    const [from = ''] = (await provider.send('eth_accounts', [])) as string[];
    const contract = new Contract(token, artifacts.PracticeToken.abi, provider);
    const data = contract.interface.encodeFunctionData('mint', [keySigner(hostKey).address, amount]);
    const by = from === '' ? '0x00000000000000000000000000000000000000a1' : from;
    if (from === '') {
      await provider.send('anvil_setBalance', [by, '0xde0b6b3a7640000']);
      await provider.send('anvil_impersonateAccount', [by]);
    }
    await provider.send('eth_sendTransaction', [{ from: by, to: token, data }]);
  } finally {
    provider.destroy();
  }
}
