import { zeroPadValue } from 'ethers';
import { describe, expect, it } from 'vitest';
import { address } from '../../../../src/main/engine/contracts/ids.ts';
import { RpcChainReader } from '../../../../src/main/engine/market/log-reader.ts';
import { Transfers, type TransferChange } from '../../../../src/main/engine/market/transfers.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { MemoryCursors } from '../../../support/memorycursors.ts';

const token = address(`0x${'ee'.repeat(20)}`);
const me = address(`0x${'22'.repeat(20)}`);
const market = address(`0x${'aa'.repeat(20)}`);
const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
const hash = (n: number | bigint) => `0x${n.toString(16).padStart(64, '0')}`;
const { signal } = new AbortController();

interface Moved {
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
  readonly block: number;
  /** In place of the amount. */
  readonly data?: string;
}

/** A server that knows transfers, and answers a filter as servers do. */
class TokenServer {
  readonly asked: unknown[] = [];
  head = 10;
  constructor(readonly moved: Moved[]) {}

  async send(method: string, params: readonly unknown[]): Promise<unknown> {
    if (method === 'eth_getBlockByNumber') {
      const number = params[0] === 'latest' ? this.head : Number(params[0]);
      return { number: hex(number), hash: hash(1000 + number), timestamp: hex(1_700_000_000 + number) };
    }
    const [filter] = params as [{ topics: (string | string[] | null)[]; fromBlock: string; toBlock: string }];
    this.asked.push(filter.topics);
    return this.moved
      .map((moved, index) => logOf(moved, index))
      .filter((log) => Number(log.blockNumber) >= Number(filter.fromBlock))
      .filter((log) => Number(log.blockNumber) <= Number(filter.toBlock))
      .filter((log) =>
        filter.topics.every(
          (wanted, index) => wanted === null || [wanted].flat().includes(log.topics[index] ?? ''),
        ),
      );
  }

  pinned() {
    return { server: 'one', fault: () => {}, send: this.send.bind(this) };
  }

  onHead = () => () => {};
}

const hex = (value: number) => `0x${value.toString(16)}`;
const padded = (party: string) => zeroPadValue(party, 32).toLowerCase();

const logOf = ({ from, to, amount, block, data = hash(amount) }: Moved, index: number) => ({
  address: token,
  blockNumber: hex(block),
  blockHash: hash(1000 + block),
  transactionHash: hash(index + 1),
  logIndex: hex(index),
  topics: [TRANSFER, padded(from), padded(to)],
  data,
});

describe('The transfers of an account', () => {
  const moved = [
    { from: me, to: market, amount: 400n, block: 11 },
    { from: market, to: me, amount: 90n, block: 12 },
    { from: market, to: market, amount: 7n, block: 12 },
    { from: me, to: me, amount: 5n, block: 13 },
  ];

  it('are told with their sign, each once, also one to itself, and none of others', async () => {
    const server = new TokenServer(moved);
    const transfers = new Transfers({
      rpc: server,
      token,
      account: me,
      cursors: new MemoryCursors(),
      logger: silentLogger,
    });
    const told: TransferChange[] = [];
    transfers.changes.subscribe((change) => told.push(change));
    await transfers.start({ signal });
    server.head = 13;
    const head = await transfers.catchUp({ signal });
    expect(head.number).toBe(13);
    expect(told.flatMap(({ added }) => added)).toMatchObject([
      { counterparty: market, amount: -400n, blockNumber: 11, transactionHash: hash(1) },
      { counterparty: market, amount: 90n, blockNumber: 12 },
      { counterparty: me, amount: -5n },
      { counterparty: me, amount: 5n },
    ]);
    await transfers.stop();
  });

  it('are told without those of an amount that no token has', async () => {
    const server = new TokenServer([
      { from: market, to: me, amount: 2n ** 255n, block: 11 },
      { from: market, to: me, amount: 0n, block: 11, data: '0x' },
      { from: market, to: me, amount: 2n ** 255n - 1n, block: 12 },
    ]);
    const transfers = new Transfers({
      rpc: server,
      token,
      account: me,
      cursors: new MemoryCursors(),
      logger: silentLogger,
    });
    const told: TransferChange[] = [];
    transfers.changes.subscribe((change) => told.push(change));
    await transfers.start({ signal });
    server.head = 13;
    await transfers.catchUp({ signal });
    expect(told.flatMap(({ added }) => added.map(({ amount }) => amount))).toEqual([2n ** 255n - 1n]);
    await transfers.stop();
  });

  it('are asked of the server by who sent and who got them, so that others’ never cross', async () => {
    const server = new TokenServer(moved);
    const filter = { address: token, topics: [TRANSFER], parties: padded(me) };
    const { logs } = await new RpcChainReader(server, filter).logs({ from: 0, to: 20 }, { signal });
    expect(logs).toHaveLength(3);
    expect(server.asked).toEqual([
      [[TRANSFER], padded(me)],
      [[TRANSFER], null, padded(me)],
    ]);
  });
});
