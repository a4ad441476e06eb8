import { afterEach, describe, expect, it } from 'vitest';
import { Emitter } from '../../../src/main/engine/lib/emitter.ts';
import { throwIfAborted } from '../../../src/main/engine/lib/abort.ts';
import type { ChainStatus } from '../../../src/main/engine/market/onchain-market.ts';
import type { ServerStatus } from '../../../src/main/engine/market/servers/health.ts';
import { StatusRows } from '../../../src/main/engine/statusrows.ts';
import { fakeConfig } from '../../support/fakemarket.ts';
import { recordingLogger } from '../../support/recordinglogger.ts';
import { account } from '../../support/requests.ts';
import { RowTables } from '../../support/rowtables.ts';
import { settled } from '../../support/salesfixtures.ts';

/** Ticks by hand. */
class Ticks {
  #next: (() => void) | undefined;

  readonly sleep = async (_ms: number, signal: AbortSignal): Promise<void> => {
    await new Promise<void>((resolve) => {
      this.#next = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    throwIfAborted(signal);
  };

  async pass(): Promise<void> {
    await settled();
    this.#next?.();
    await settled();
  }
}

const running: StatusRows[] = [];
afterEach(async () => {
  for (const status of running.splice(0)) await status.stop();
});

const servers: readonly ServerStatus[] = [
  { server: 'https://one.example', state: 'resting', reason: 'HTTP 502', isInUse: false, faults: 3, head: 5 },
  { server: 'https://two.example', state: 'good', isInUse: true, faults: 0, latencyMs: 40, lagBlocks: 0 },
];

function aStatus() {
  const rows = new RowTables();
  const ticks = new Ticks();
  const { logger, lines } = recordingLogger();
  const changes = new Emitter<ChainStatus>();
  const world = {
    ticked: 0,
    diskFails: false,
    walletFails: false,
    gasPerProof: 0n,
    asked: 0,
    paid: 0n,
    woken: 0,
  };
  const market = {
    signer: account(7),
    config: fakeConfig,
    status: { reachable: true, block: { number: 5, timestamp: 1000 }, servers },
    onStatus: (listener: (status: ChainStatus) => void) => changes.subscribe(listener),
    gasOutlook: async () => {
      if (world.gasPerProof < 0n) throw new Error('nobody says what gas costs');
      return { gasPerProof: world.gasPerProof, waitsForFees: false };
    },
    balances: async () => {
      world.asked++;
      if (world.walletFails) throw new Error('no answer');
      return { tokens: BigInt(world.asked) - world.paid, gas: 2n };
    },
  };
  const view = {
    tick: async () => {
      world.ticked++;
      if (world.diskFails) throw new Error('statfs failed');
    },
  };
  const reservations = { wake: () => void world.woken++ };
  const status = new StatusRows(
    { market, view, rows, reservations, logger },
    { walletTicks: 1, sleep: ticks.sleep },
  );
  running.push(status);
  return { status, rows, ticks, lines, world, changes };
}

describe('StatusRows', () => {
  it('shows chain and wallet from the start, and lets the view tick', async () => {
    const { status, rows, ticks, world } = aStatus();
    status.start();
    await ticks.pass();
    expect(rows.of('chain')).toMatchObject([{ block: 5, time: 1000 }]);
    expect(rows.of('wallet')).toEqual([{ id: 'wallet', address: account(7), tokens: 2n, gas: 2n }]);
    expect(world.ticked).toBe(2);
  });

  it('goes on after an error of the disk, tells the error once, and again when it comes anew', async () => {
    const { status, ticks, lines, world } = aStatus();
    world.diskFails = true;
    status.start();
    await ticks.pass();
    await ticks.pass();
    expect(world).toMatchObject({ ticked: 3, asked: 3 });
    expect(lines.map(({ level, fields }) => [level, fields.what])).toEqual([['warn', 'view']]);
    world.diskFails = false;
    await ticks.pass();
    world.diskFails = true;
    await ticks.pass();
    expect(lines).toHaveLength(2);
  });

  it('says how many proofs the gas lasts for, once it is known what gas costs', async () => {
    const { status, world, rows, ticks, lines } = aStatus();
    status.start();
    await ticks.pass();
    world.gasPerProof = -1n;
    await ticks.pass();
    expect(rows.of('wallet')).toEqual([expect.not.objectContaining({ proofsLeft: expect.anything() })]);
    world.gasPerProof = 1n;
    await ticks.pass();
    expect(rows.of('wallet')).toMatchObject([{ gasPerProof: 1n, proofsLeft: 2n }]);
    await ticks.pass();
    const warnings = lines.filter(({ level, message }) => level === 'warn' && message.includes('few proofs'));
    expect(warnings).toHaveLength(1);
  });

  it('leaves the wallet as it was while it cannot be asked', async () => {
    const { status, rows, ticks, world } = aStatus();
    status.start();
    await settled();
    world.walletFails = true;
    await ticks.pass();
    expect(rows.of('wallet')).toMatchObject([{ tokens: 1n }]);
    world.walletFails = false;
    await ticks.pass();
    expect(rows.of('wallet')).toMatchObject([{ tokens: 3n }]);
  });

  it('lets what was refused be looked at again when tokens came in, and only then', async () => {
    const { status, ticks, world } = aStatus();
    status.start();
    await settled();
    expect(world.woken).toBe(0);
    await ticks.pass();
    expect(world.woken).toBe(1);
    world.paid = 10n;
    await ticks.pass();
    expect(world.woken).toBe(1);
    await ticks.pass();
    expect(world.woken).toBe(2);
  });

  it('says how well each server of the chain serves, and changes of it', () => {
    const { status, rows, changes } = aStatus();
    status.start();
    expect(rows.of('chain')[0]?.servers).toEqual([
      { name: 'https://one.example', state: 'resting', reason: 'HTTP 502', isInUse: false, faults: 3 },
      { name: 'https://two.example', state: 'good', isInUse: true, faults: 0, latencyMs: 40, lagBlocks: 0 },
    ]);
    changes.emit({ reachable: true, block: { number: 5, timestamp: 1000 }, servers: servers.slice(1) });
    expect(rows.of('chain')[0]?.servers).toHaveLength(1);
  });

  it('says since when the chain does not answer, until it does', () => {
    const { status, rows, changes } = aStatus();
    status.start();
    const block = { number: 6, timestamp: 1001 };
    changes.emit({ reachable: false, block, servers });
    const since = rows.of('chain')[0]?.unreachableSinceMs;
    expect(since).toBeTypeOf('number');
    changes.emit({ reachable: false, block, servers });
    expect(rows.of('chain')[0]?.unreachableSinceMs).toBe(since);
    changes.emit({ reachable: true, block, servers });
    expect(rows.of('chain')[0]?.unreachableSinceMs).toBeUndefined();
  });

  it('does nothing more once it has stopped', async () => {
    const { status, ticks, world, changes } = aStatus();
    status.start();
    await settled();
    await status.stop();
    await ticks.pass();
    expect(world.ticked).toBe(1);
    expect(changes.size).toBe(0);
  });
});
