import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { address, slotIdOf, type RequestId } from '../../../../../src/main/engine/contracts/ids.ts';
import { requestIdOf } from '../../../../../src/main/engine/contracts/requestid.ts';
import { collateralPerSlot, totalPrice } from '../../../../../src/main/engine/contracts/requests.ts';
import { built, type Built } from '../../../../support/built.ts';
import type { Job } from '../../../../support/killedhost/job.ts';
import { KillingProxy } from '../../../../support/killedhost/killingproxy.ts';
import {
  chainId,
  startTestChain,
  type TestChain,
  type TestDeployment,
} from '../../../../support/practicechain.ts';
import { aRequest } from '../../../../support/requests.ts';
import { tempFolder } from '../../../../support/tempfolder.ts';
import type { TestAccount } from '../../../../support/testcontract.ts';

let chain: TestChain;
let contracts: TestDeployment;
let program: Built;
let proxy: KillingProxy;

beforeAll(async () => {
  chain = await startTestChain();
  contracts = await chain.deploy();
  proxy = await KillingProxy.start(chain.rpcUrl);
  program = await built(
    { child: 'test/support/killedhost/child.ts' },
    { ssr: { noExternal: true, external: ['classic-level'] } },
  );
  await contracts.token.send(host(), 'mint', [host().address, 10n ** 18n]);
});
afterAll(async () => {
  await proxy.stop();
  await chain.stop();
  await program.remove();
});

const client = () => chain.accounts[0] as TestAccount;
const host = () => chain.accounts[1] as TestAccount;

describe('a host that is killed while it reserves and fills a slot', { timeout: 600_000 }, () => {
  it('has reserved and filled it once after a restart, wherever it was killed around its writes', async () => {
    const { writes } = await aWholeLife(await aSlot());
    expect(writes).toBeGreaterThanOrEqual(6);
    for (let write = 1; write <= writes; write++) {
      for (const when of ['before', 'after'] as const) {
        const slot = await aSlot();
        expect(await aLife(slot, { write, when })).toEqual({ killed: true });
        await expectOnce(slot, await aWholeLife(slot), `${when} write ${write}`);
      }
    }
  });

  it.each(['before', 'after'] as const)(
    'has done so too when it was killed just %s the chain had a transaction',
    async (when) => {
      for (let nth = 1; nth <= 3; nth++) {
        const slot = await aSlot();
        let sends = 0;
        proxy.onSend = async (forward) => {
          if (++sends !== nth) return forward();
          // It has arrived and waits to be mined when the process ends.
          await chain.provider.send('evm_setAutomine', [false]);
          if (when === 'after') await forward();
          slot.child?.kill('SIGKILL');
        };
        expect(await aLife(slot)).toEqual({ killed: true });
        proxy.onSend = (forward) => forward();
        const second = aWholeLife(slot);
        await chain.provider.send('evm_setAutomine', [true]);
        if (nth !== 2) await chain.mine();
        await expectOnce(slot, await second, `${when} transaction ${nth}`);
      }
    },
  );
});

interface Slot {
  readonly requestId: RequestId;
  readonly collateral: bigint;
  readonly folder: string;
  readonly nonce: number;
  readonly block: number;
  child?: ChildProcess;
}

async function aSlot(): Promise<Slot> {
  const request = aRequest({ client: address(client().address) });
  const { token, marketplace } = contracts;
  await token.send(client(), 'mint', [client().address, totalPrice(request.ask)]);
  await token.send(client(), 'approve', [marketplace.address, totalPrice(request.ask)]);
  await marketplace.send(client(), 'requestStorage', [request]);
  return {
    requestId: requestIdOf(request),
    collateral: collateralPerSlot(request.ask),
    folder: await tempFolder(),
    nonce: await chain.provider.getTransactionCount(host().address),
    block: await chain.provider.getBlockNumber(),
  };
}

interface Life {
  readonly writes: number;
  /** What it knew of the slot's transactions at its end: purposes and states. */
  readonly told: readonly string[];
}

async function aWholeLife(slot: Slot): Promise<Life> {
  const life = await aLife(slot);
  if ('killed' in life) throw new Error('It was killed, and should not have been');
  return life;
}

/** From its start to its end, which may be a sudden one. */
async function aLife(slot: Slot, dieAt?: Job['dieAt']): Promise<Life | { killed: true }> {
  const { abi, address: marketplace } = contracts.marketplace;
  const { deployedAtBlock } = contracts;
  const job: Job = {
    folder: slot.folder,
    rpcUrl: proxy.url,
    deployment: { name: 'the test chain', chainId, marketplace, abi, deployedAtBlock },
    key: host().key,
    requestId: slot.requestId,
    collateral: slot.collateral.toString(),
    ...(dieAt && { dieAt }),
  };
  const child = spawn(process.execPath, [join(program.folder, 'child.mjs')], {
    env: { ...process.env, JOB: JSON.stringify(job) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  slot.child = child;
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  const told = text(child.stdout);
  const [code, signal] = await exited;
  if (signal === 'SIGKILL') return { killed: true };
  expect(code).toBe(0);
  return JSON.parse(await told) as Life;
}

/** One effect of each kind, known to the later life; and nothing of the host's waits or was left out. */
async function expectOnce({ requestId, nonce, block }: Slot, { told }: Life, where: string): Promise<void> {
  // Whoever sent it: the earlier life's transactions are found again.
  expect(told, where).toEqual(expect.arrayContaining(['reserve mined', 'fill mined']));
  const sent: string[] = [];
  const nonces: number[] = [];
  for (let number = block + 1; number <= (await chain.provider.getBlockNumber()); number++) {
    const found = await chain.provider.getBlock(number, true);
    for (const transaction of found?.prefetchedTransactions ?? []) {
      if (transaction.from.toLowerCase() !== host().address) continue;
      nonces.push(transaction.nonce);
      const receipt = await chain.provider.getTransactionReceipt(transaction.hash);
      const name = contracts.marketplace.interface.getFunction(transaction.data.slice(0, 10))?.name;
      if (name !== undefined) sent.push(receipt?.status === 1 ? name : `${name}, refused`);
    }
  }
  expect(sent.toSorted(), where).toEqual(['fillSlot', 'reserveSlot']);
  expect(nonces, where).toEqual(nonces.map((_, index) => nonce + index));
  expect(await chain.provider.send('txpool_status', []), where).toEqual({ pending: '0x0', queued: '0x0' });
  expect(await contracts.marketplace.read(host(), 'mySlots'), where).toContain(slotIdOf(requestId, 0));
}
