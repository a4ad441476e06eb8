import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/main/engine/errors.ts';
import { aCommandDesk, FakeRunningNode } from '../../support/commanddesk.ts';
import { chainRow, moneyRow, nodeRow, offerRow, saleRow } from '../../support/livefixtures.ts';

const id = (digit: string) => `0x${digit.repeat(64)}`;
const token = 10n ** 18n;
const offer = {
  ...offerRow(id('a')),
  name: 'Spare \u001B[31mdisk',
  totalBytes: 500_000_000_000n,
  durationSeconds: 2_592_000n,
  minPricePerBytePerSecond: 231n,
  totalCollateral: 1000n * token,
  remainingCollateral: 900n * token,
};
const running = saleRow(id('b'), {
  requestId: id('c'),
  durationSeconds: 100n,
  pricePerSecond: token,
  proofs: { sent: 3, missed: 1, failed: 0, sentAt: [], missedAt: [] },
});
const ended = {
  ...saleRow(`${id('d')}@50`),
  slotId: id('d'),
  startedAt: 50,
  endedAt: 90,
  payout: 5n * token,
};
const rows = {
  node: [nodeRow({ practiceSpeed: 10 })],
  chain: [chainRow(1_700_000_000)],
  availabilities: [offer],
  sales: [running, ended],
  money: [moneyRow({ earned: 5n * token, nextProofBy: 1_700_000_060 })],
};

async function aDesk(answers: ConstructorParameters<typeof FakeRunningNode>[1] = {}) {
  const node = new FakeRunningNode(rows, answers);
  return { node, ...(await aCommandDesk({ node })) };
}

describe('slotkeeper status', () => {
  it('says in a sentence what the node does, then its figures', async () => {
    const { run } = await aDesk();
    const { code, out, err } = await run('status');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^Selling 10\.0 GB in 1 slot\. All proofs on time\.\n\nNode {5}running, version 0\.1\.0/,
    );
    expect(out).toMatch(/Money +5\.00 TST earned, 0\.00 TST accruing/);
    expect(out).toMatch(/Next +a proof in 1 min/);
    expect(out).not.toContain('\u001B');
  });

  it('prints exact values as JSON', async () => {
    const { run } = await aDesk();
    const { out, json } = await run('status', '--json');
    expect(out).not.toContain('\n');
    expect(json()).toMatchObject({
      shape: 'selling',
      node: { state: 'running' },
      money: { earned: '5000000000000000000' },
    });
  });

  it.each([
    ['looking', true, 'the router is being asked'],
    ['noAddress', true, 'readers cannot fetch from you. No router agreed'],
    ['noAddress', false, 'set "map-ports" to yes, or forward ports 8070 (TCP) and 8090 (UDP)'],
    ['unproven', true, 'nobody came from outside yet'],
    ['reachable', true, 'from outside, since '],
  ] as const)('says whether others reach the node, and what to do: %s', async (state, mapsPorts, said) => {
    const { run, node } = await aDesk();
    const listening = { tcp: 8070, udp: 8090 };
    const row = { id: 'peers', peerId: '16Uiu2H', announced: [], listening, dhtNodes: 3, mapsPorts };
    node.rows = { ...rows, peers: [{ ...row, reachability: { state, sinceMs: 0 } }] };
    const { out } = await run('status');
    expect(out).toMatch(/Peers +3 known in the DHT; we are 16Uiu2H, no address announced/);
    expect(out).toContain(said);
    expect((await run('status', '--json')).json()).toMatchObject({
      peers: { dhtNodes: 3, reachability: { state } },
    });
  });

  it('is shown again when something changes, until it is interrupted', async () => {
    const { node, run, terminal, interrupt } = await aDesk();
    const watched = run('status', '--watch', '--json');
    await expect.poll(() => terminal.printed.length).toBe(1);
    node.rows = { ...rows, sales: [] };
    node.events.emit({ name: 'live', payload: { revision: 2, changes: [] } });
    await expect.poll(() => terminal.printed.length).toBe(2);
    interrupt();
    expect((await watched).code).toBe(130);
    expect(terminal.printed[1]).toContain('Waiting for a request');
  });

  it('ends when the node ends', async () => {
    const { node, run, terminal } = await aDesk();
    const watched = run('status', '--watch');
    await expect.poll(() => terminal.printed.length).toBe(1);
    node.end();
    expect(await watched).toMatchObject({ code: 0, err: 'The node has ended.' });
  });
});

describe('slotkeeper offers', () => {
  it('are listed in units that people use, without what could colour the terminal', async () => {
    const { run } = await aDesk();
    const { out } = await run('offers', 'list');
    expect(out.split('\n')[1]).toMatch(
      /^aaaaaaaa +Spare \\u001b\[31mdisk +active +500\.0 GB +0?\S* B +0 +0\.60 +30 d +900\.00 TST +no end$/,
    );
    expect((await run('offers', 'list', '--json')).json()).toMatchObject([
      { id: id('a'), totalCollateral: '1000000000000000000000' },
    ]);
    expect((await run('offers', 'show', 'aaaa')).out).toMatch(/231 for a byte and second/);
  });

  it('are made in human units', async () => {
    const { run, node } = await aDesk({ createAvailability: () => ({ id: id('e') }) });
    const terms = ['--size', '1,5 TB', '--duration', '14d', '--price', '0.6', '--collateral', '1000'];
    const { code, out } = await run('offers', 'add', ...terms, '--name', 'Mine', '--until', '1800000000');
    expect([code, out]).toEqual([0, `Offered: Mine\n${id('e')}`]);
    expect(node.calls).toEqual([
      {
        name: 'createAvailability',
        input: {
          name: 'Mine',
          totalBytes: 1_500_000_000_000n,
          durationSeconds: 1_209_600n,
          minPricePerBytePerSecond: 232n,
          totalCollateral: 1000n * token,
          enabled: true,
          until: 1_800_000_000,
        },
      },
    ]);
  });

  it('are made in exact units, and paused', async () => {
    const { run, node } = await aDesk({ createAvailability: () => ({ id: id('e') }) });
    const exact = [
      '--size-bytes',
      '5',
      '--duration-seconds',
      '7',
      '--price-raw',
      '9',
      '--collateral-raw',
      '11',
    ];
    expect((await run('offers', 'add', ...exact, '--paused', '--json')).json()).toEqual({ id: id('e') });
    expect(node.calls[0]?.input).toMatchObject({
      totalBytes: 5n,
      durationSeconds: 7n,
      minPricePerBytePerSecond: 9n,
      totalCollateral: 11n,
      enabled: false,
    });
  });

  it.each([
    [['add', '--size', '5GB'], /needs --duration, --price, --collateral/],
    [['add', '--size', '5GB', '--size-bytes', '5'], /--size and --size-bytes say the same/],
    [['add', '--size', '1,500'], /--size cannot be "1,500"/],
    [['add', '--sise', '5GB'], /'--sise'.*Did you mean --size\?/],
    [['edit', 'aaaa'], /Nothing to change/],
    [['edit', 'ffff', '--size', '5GB'], /no offer "ffff"/],
    [['edit'], /missing required argument/i],
    [['lsit'], /Unknown command 'lsit'.*Did you mean list\?/],
  ])('are refused as %j with code 2, and nothing is asked of the node', async (args, problem) => {
    const { run, node } = await aDesk();
    const { code, out, err } = await run('offers', ...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(problem);
    expect(node.calls).toEqual([]);
  });

  it('are changed, paused, resumed and removed by the beginning of their id', async () => {
    const { run, node } = await aDesk({ deleteAvailability: () => ({ state: 'draining' }) });
    await run('offers', 'edit', 'aaa', '--collateral', '5', '--until', 'none');
    await run('offers', 'pause', '0xaaa');
    await run('offers', 'resume', id('a'));
    expect((await run('offers', 'remove', 'a')).out).toContain('goes with its last slot');
    expect(node.calls).toEqual([
      { name: 'updateAvailability', input: { id: id('a'), totalCollateral: 5n * token, until: 0 } },
      { name: 'setAvailabilityEnabled', input: { id: id('a'), enabled: false } },
      { name: 'setAvailabilityEnabled', input: { id: id('a'), enabled: true } },
      { name: 'deleteAvailability', input: { id: id('a') } },
    ]);
  });

  it('that the node refuses are told with the code and what to do, with code 1', async () => {
    const refuse = () => {
      throw new EngineError('QUOTA_EXCEEDED', {}, { message: 'Only 3 GB are left.' });
    };
    const { run } = await aDesk({ createAvailability: refuse });
    const terms = ['--size', '5GB', '--duration', '14d', '--price', '0.6', '--collateral', '1000'];
    const { code, out, err } = await run('offers', 'add', ...terms);
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(
      'QUOTA_EXCEEDED: Only 3 GB are left.\nThis is more than is left of the quota. Offer less, or raise the quota in the settings.',
    );
    const json = await run('offers', 'add', ...terms, '--json');
    expect([json.code, json.out]).toEqual([1, '']);
    expect(JSON.parse(json.err)).toEqual({
      error: { code: 'QUOTA_EXCEEDED', message: 'Only 3 GB are left.' },
    });
  });

  it('can be tried on the past', async () => {
    const totals = { requests: 2, slots: 4n, bytes: 8_000_000n, earned: token };
    const report = {
      requests: 9,
      matched: totals,
      withCapacity: totals,
      refusedBy: { price: 7 },
      nearestMisses: [],
    };
    const { run, node } = await aDesk({ backtest: () => report });
    const terms = ['--size', '5GB', '--duration', '14d', '--price', '0.6', '--collateral', '1000'];
    const { out } = await run('offers', 'backtest', ...terms, '--from', '2026-01-01');
    expect(out).toMatch(/Looked at +9 requests\nWould fit +2 requests, 4 slots, 8\.0 MB, 1\.00 TST/);
    expect(out).toMatch(/Not, by price +7 requests/);
    expect(node.calls[0]?.input).toMatchObject({ from: 1_767_225_600 });
  });
});

describe('slotkeeper sales and queue', () => {
  it('lists sales: all, those that run, those that ended', async () => {
    const { run } = await aDesk();
    const all = (await run('sales', 'list')).out;
    expect(all).toMatch(/bbbbbbbb +proving +cccc…cccc +0 +10\.0 GB +100\.00 TST +3 sent, 1 missed/);
    expect(all).toMatch(/dddddddd@50 .* 5\.00 TST/);
    expect((await run('sales', 'list', '--running')).out).not.toContain('dddd');
    expect((await run('sales', 'list', '--ended')).out).not.toContain('bbbb');
  });

  it('shows one sale with whole ids and every digit', async () => {
    const { run } = await aDesk();
    expect((await run('sales', 'show', 'bb')).out).toContain(id('c'));
    expect((await run('sales', 'show', 'dddd@50', '--json')).json()).toMatchObject({
      payout: '5000000000000000000',
    });
  });

  it('tells of a download how fast, how long, from whom, and who was dropped', async () => {
    const { run, node } = await aDesk();
    const progress = {
      doneBytes: 64_000_000n,
      totalBytes: 100_000_000n,
      bytesPerSecond: 100_000,
      peers: [
        { peer: '/ip4/198.51.100.23/tcp/1', bytes: 0n, trouble: { code: 'FALSE_PROOF', isDropped: true } },
        { peer: '/ip4/203.0.113.9/tcp/2', bytes: 64_000_000n },
      ],
    };
    node.rows = { ...rows, sales: [{ ...running, state: 'downloading', progress }] };
    const { out } = await run('sales', 'show', 'bb');
    expect(out).toMatch(/Fetched +64,000,000 of 100,000,000 bytes\nSpeed +100\.0 kB\/s, 6 min left\n/);
    expect(out).toMatch(
      /From +\/ip4\/198.*refused and dropped.*FALSE_PROOF.*\n +\/ip4\/203.*64,000,000 bytes\n/,
    );
    node.rows = { ...rows, sales: [{ ...running, progress: { ...progress, bytesPerSecond: 0 } }] };
    expect((await run('sales', 'show', 'bb')).out).toMatch(/Speed +nothing comes at present/);
  });

  it('lists the queue in its order, and what was refused', async () => {
    const { run, node } = await aDesk();
    const queued = {
      requestId: id('c'),
      slotIndex: 1,
      slotSizeBytes: 10n,
      durationSeconds: 60n,
      pricePerBytePerSecond: 1n,
    };
    const money = { profit: token, collateral: token, expiresAt: 1_700_000_000 };
    node.rows = {
      ...rows,
      queue: [
        { ...queued, ...money, id: 'second', position: 2 },
        { ...queued, ...money, id: 'first', position: 1, waitingFor: 'a lower price' },
      ],
      refused: [
        {
          id: 'r',
          requestId: id('c'),
          slotIndex: 0,
          at: 1_700_000_000,
          code: 'price',
          text: 'Pays too little',
        },
      ],
    };
    const [, first, second] = (await run('queue', 'list')).out.split('\n');
    expect(first).toMatch(/^1 .*a lower price$/);
    expect(second).toMatch(/^2 /);
    expect((await run('queue', 'list', '--refused')).out).toContain('Pays too little');
    node.rows = { node: rows.node };
    expect((await run('queue', 'list')).out).toBe('The queue is empty.');
  });
});

describe('slotkeeper why-not and risk', () => {
  it('asks for the days and shows the counts', async () => {
    const report = {
      counts: [{ day: '2026-11-22', rule: 'price', requests: 3, slots: 6 }],
      recent: [],
    } as const;
    const { run, node } = await aDesk({ whyNot: () => report });
    const { out } = await run('why-not', '--from', '2026-11-20', '--limit', '5');
    expect(out).toMatch(/2026-11-22 +- +price +3 +6/);
    expect(node.calls).toEqual([{ name: 'whyNot', input: { from: '2026-11-20', limit: 5 } }]);
    expect((await run('why-not', '--from', 'monday')).code).toBe(2);
  });

  it('shows what is at risk while the node is off', async () => {
    const slot = { slotId: id('b'), missed: 0, ladder: [], atRisk: token, proofChance: 0.5 };
    const off = { seconds: 600, anySlash: 0.25, anyLoss: 0, expectedLoss: token, slots: [] };
    const report = {
      asOf: 0,
      atRisk: token,
      slots: [slot],
      offline: [off],
      safeSeconds: { risk: 0.01, noSlash: 300, noLoss: Infinity },
    };
    const { run, node } = await aDesk({ risk: () => report });
    const { out } = await run('risk', '--off', '10min', '8h');
    expect(out).toMatch(/1\.00 TST in 1 slots/);
    expect(out).toMatch(/Off without a loss +as long as they run/);
    expect(out).toMatch(/10 min +25 % +0\.0 % +1\.00 TST/);
    expect(node.calls[0]?.input).toEqual({ seconds: [600, 28_800], risk: 0.01 });
  });
});

describe('slotkeeper earnings', () => {
  const line = {
    id: 'gas-1',
    kind: 'gas',
    amount: -3n,
    at: 1_700_000_000,
    purpose: 'prove',
    slotId: id('b'),
    transactionHash: id('f'),
    isBefore: false,
  } as const;
  const sums = { lines: 1, earned: 5n * token, collateral: 0n, slashed: -token, transfers: 0n, gas: -3n };
  const balance = { opening: 0n, lines: 5n, chain: 5n, difference: 0n };
  const began = { at: 1, block: 2, tokens: 0n, gas: 0n };
  const check = { at: 9, block: 8, began, tokens: balance, gas: balance, otherTransactions: 0 };

  it('list shows lines with every digit, and passes the filter on', async () => {
    const { run, node } = await aDesk({ accountLines: () => ({ lines: [line], total: 7, sums }) });
    const { out } = await run('earnings', 'list', '--month', '2026-11', '--kind', 'gas', '--limit', '1');
    expect(out).toMatch(/gas +−0\.000000000000000003 ETH +prove +bbbbbbbb +0xffff/);
    expect(out).toMatch(/1 of 7 lines; --limit/);
    expect(node.calls.at(-1)?.input).toEqual({ month: '2026-11', kind: 'gas', limit: 1, offset: 0 });
    expect((await run('earnings', 'list', '--month', '2026-13')).code).toBe(2);
    expect((await run('earnings', 'list', '--kind', 'gifts')).code).toBe(2);
    const { json } = await run('earnings', 'list', '--json');
    expect(json()).toMatchObject({ lines: [{ amount: '-3' }], total: 7 });
  });

  it('totals shows sums of all, by month and by sale', async () => {
    const months = [{ month: '2026-11', ...sums }];
    const sale = { ...sums, saleId: id('b'), slotId: id('b'), requestId: id('c'), slotIndex: 0, at: 1 };
    const { run } = await aDesk({ accountTotals: () => ({ began, all: sums, months, sales: [sale] }) });
    const { out } = await run('earnings', 'totals');
    expect(out).toMatch(/Earned +5 TST/);
    expect(out).toMatch(/2026-11 +5\.00 TST +−1\.00 TST/);
    expect(out).toMatch(/bbbb…bbbb +5\.00 TST/);
  });

  it('check ends with 1 when it does not add up, and says by how much', async () => {
    expect((await (await aDesk({ accountCheck: () => check })).run('earnings', 'check')).code).toBe(0);
    const gas = { ...balance, difference: 2n, since: 3 };
    const { run } = await aDesk({ accountCheck: () => ({ ...check, gas, otherTransactions: 1 }) });
    const { code, out } = await run('earnings', 'check');
    expect(code).toBe(1);
    expect(out).toMatch(/Gas +differs by 0\.000000000000000002 ETH, seen since/);
    expect(out).toMatch(/Other transactions +1 that this node did not send/);
  });

  it('export writes a new file, and never over another', async () => {
    const text = 'a,b\r\n1,2\r\n';
    const { run, dataDir } = await aDesk({
      exportAccounts: () => ({ kind: 'text', name: 'x.csv', text, lines: 1 }),
    });
    expect((await run('earnings', 'export')).out).toBe('a,b\r\n1,2');
    const file = join(dataDir, 'out.csv');
    expect((await run('earnings', 'export', '--to', file)).out).toContain('1 lines written');
    expect(await readFile(file, 'utf8')).toBe(text);
    expect((await run('earnings', 'export', '--to', file)).err).toMatch(/^FILE_THERE/);
    expect((await run('earnings', 'export', '--format', 'xls')).code).toBe(2);
  });
});

describe('slotkeeper settings and practice-speed with a node', () => {
  const settings = {
    network: { kind: 'practice' },
    workers: 5,
    queueCapacity: 128,
    scrubBytesPerSecond: 1_000_000,
    logLevel: 'info',
  } as never;

  it('changes at once what can count at once, and the rest for the next start', async () => {
    const { run, node } = await aDesk({ changeSettings: () => settings });
    expect((await run('settings', 'set', 'workers', '5')).out).toBe('workers: 5');
    expect((await run('settings', 'set', 'log-level', 'info')).out).toBe('log-level: info');
    expect((await run('settings', 'set', 'scrub-speed', '1MB')).out).not.toContain('next start');
    expect((await run('settings', 'set', 'quota', 'default')).out).not.toContain('next start');
    expect((await run('settings', 'set', 'queue-capacity', '128')).out).toContain('slotkeeper restart');
    expect(node.calls.map(({ name }) => name)).toEqual(Array(5).fill('changeSettings'));
  });

  it('sets the speed of practice time', async () => {
    const { run, node } = await aDesk();
    expect((await run('practice-speed', '60')).code).toBe(0);
    expect(node.calls).toEqual([{ name: 'setPracticeSpeed', input: { speed: 60 } }]);
    expect((await run('practice-speed', 'fast')).code).toBe(2);
  });

  it('makes a slash in practice, and says of what and what it costs', async () => {
    const slotId = `0x${'ab'.repeat(32)}`;
    const { run } = await aDesk({
      makePracticeSlash: () => ({ state: 'waiting', slotId, cost: 12n * 10n ** 18n, at: 1 }),
    });
    const { out } = await run('practice-slash');
    expect(out).toContain(slotId);
    expect(out).toContain('12.00 TST');
  });
});

describe('slotkeeper restart', () => {
  it('starts the node anew, and says what it takes up', async () => {
    const waiting = [nodeRow({ settingsWaiting: ['queueCapacity', 'peers'] })];
    const node = new FakeRunningNode({ ...rows, node: waiting });
    const { run } = await aCommandDesk({ node });
    const { code, out } = await run('restart');
    expect([code, out]).toEqual([0, 'The node starts anew. It takes up queueCapacity, peers.']);
    expect(node.calls).toEqual([{ name: 'restartNode', input: { force: false } }]);
    expect((await run('restart', '--json')).json()).toEqual({
      restarted: true,
      taken: ['queueCapacity', 'peers'],
    });
  });

  it('is refused while slots are at stake, unless it is forced', async () => {
    const { run, node } = await aDesk({
      restartNode: ({ force }) => {
        if (!force) throw new EngineError('SLOTS_AT_STAKE', {}, { message: '2 slots have to be proven.' });
        return null;
      },
    });
    const refused = await run('restart');
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringContaining('SLOTS_AT_STAKE: 2 slots') as string,
    ]);
    expect((await run('restart', '--force')).out).toBe('The node starts anew.');
    expect(node.calls.at(-1)).toEqual({ name: 'restartNode', input: { force: true } });
  });

  it('says so where no node runs', async () => {
    const { run } = await aCommandDesk();
    expect((await run('restart')).code).toBe(3);
  });
});
