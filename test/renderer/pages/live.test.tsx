import { act, fireEvent, screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { AccountTotals } from '../../../src/shared/accounts.ts';
import type { Notice } from '../../../src/shared/notice.ts';
import { noticeWords } from '../../support/noticewords.ts';
import type { PeersRow, SaleRow } from '../../../src/shared/rows.ts';
import {
  emptySnapshot,
  fixtureLogs,
  fixtureSale,
  fixtureSnapshot,
} from '../../../src/renderer/src/dev/fixture.ts';
import { fixtureTotals } from '../../../src/renderer/src/dev/fixtureaccounts.ts';
import { de } from '../../../src/renderer/src/i18n/de.ts';
import { en } from '../../../src/renderer/src/i18n/en.ts';
import { setLanguageChoice } from '../../../src/renderer/src/i18n/language.ts';
import { settled, showWindow } from '../support.tsx';

const NOW = Math.floor(Date.now() / 1000);
const snapshot = fixtureSnapshot(NOW);
const rowsIn = (name: string) => within(screen.getByRole('table', { name })).getAllByRole('row').slice(1);

describe('live rows', () => {
  it('change what is on the screen as they arrive', async () => {
    const node = await showWindow({ at: '#/sales', snapshot: emptySnapshot(NOW) });
    const sale = fixtureSale(
      { state: 'downloading', progress: { doneBytes: 64n, totalBytes: 100n, bytesPerSecond: 6 } },
      NOW,
    );
    act(() => node.push({ table: 'sales', id: sale.id, row: sale }));
    expect(screen.getByText('Downloading 64 %')).toBeDefined();
    act(() => node.push({ table: 'sales', id: sale.id, row: { ...sale, state: 'proving' } }));
    expect(screen.queryByText('Downloading 64 %')).toBeNull();
    act(() => node.push({ table: 'sales', id: sale.id, row: null }));
    expect(screen.getByText(/Here will be every slot you sell/)).toBeDefined();
  });

  it('tell of a download how far, how fast, how long, from whom, and who was refused', async () => {
    const sale = fixtureSale(
      {
        state: 'downloading',
        progress: {
          doneBytes: 64_000_000n,
          totalBytes: 100_000_000n,
          bytesPerSecond: 100_000,
          peers: [
            {
              peer: '/ip4/198.51.100.23/tcp/8070',
              bytes: 1n,
              trouble: { code: 'FALSE_PROOF', isDropped: true },
            },
            {
              peer: '/ip6/2001:db8::1/tcp/9/p2p/16Uiu2',
              bytes: 63_900_000n,
              trouble: { code: 'PEER_TIMEOUT', isDropped: false },
            },
          ],
        },
      },
      NOW,
    );
    const node = await showWindow({ at: `#/sales/${sale.id}`, snapshot: emptySnapshot(NOW) });
    act(() => node.push({ table: 'sales', id: sale.id, row: sale }));
    expect(screen.getByText('64 %, 64.0 MB of 100.0 MB, 100.0 kB/s, 6 min left')).toBeDefined();
    const [liar, slow] = within(screen.getByRole('list', { name: 'Where it comes from' })).getAllByRole(
      'listitem',
    );
    expect(liar?.textContent).toMatch(/198\.51\.100\.23:8070.*false data.*1 B/);
    expect(slow?.textContent).toMatch(/\[2001:db8::1\]:9.*not answer.*63\.9 MB/);
    const progress = { doneBytes: 64_000_000n, totalBytes: 100_000_000n, bytesPerSecond: 0 };
    act(() => node.push({ table: 'sales', id: sale.id, row: { ...sale, progress } }));
    expect(screen.getByText(/nothing has come yet$/)).toBeDefined();
    const repaired = { ...sale, state: 'proving' as const, missingBytes: 5n, progress };
    act(() => node.push({ table: 'sales', id: sale.id, row: repaired }));
    expect(screen.getByRole('progressbar', { name: 'Missing data is fetched again' })).toBeDefined();
  });

  it('change the sentence of the navigation and of Home at once', async () => {
    const node = await showWindow({ snapshot: emptySnapshot(NOW) });
    expect(screen.getAllByText('Nothing offered yet.')).toHaveLength(2);
    const sale = fixtureSale({}, NOW);
    act(() => node.push({ table: 'sales', id: sale.id, row: sale }));
    expect(screen.getAllByText('Selling 17.2 GB in 1 slot. All proofs on time.')).toHaveLength(2);
  });

  it('show the disk and its parts in its unit, adding up to it, and what is tiny in its own', async () => {
    const tables = emptySnapshot(NOW).tables;
    const [storage] = tables.storage;
    if (!storage) throw new Error('The fixture has storage');
    const row = {
      ...storage,
      soldBytes: 4_194_304n,
      downloadingBytes: 131_072n,
      offeredFreeBytes: 2_000_000_000n,
      otherFilesBytes: 300_000_000_000n,
      diskLeftBytes: 1_000_000_000_000n - 4_194_304n - 131_072n - 302_000_000_000n,
      diskTotalBytes: 1_000_000_000_000n,
    };
    await showWindow({
      at: '#/home',
      snapshot: { ...emptySnapshot(NOW), tables: { ...tables, storage: [row] } },
    });
    const shown = ['Sold', 'Reserved, downloading', 'Offered and free', 'Other files', 'Disk left'].map(
      (name) => screen.getByText(name).nextElementSibling?.textContent ?? '',
    );
    expect(shown).toEqual(['4.2 MB', '131.1 kB', '2.0 GB', '300.0 GB', '698.0 GB']);
    expect(screen.getByText(/, 1,000\.0 GB\. Quota/)).toBeDefined();
  });

  it('say what was earned as the accounts do, and by how much the sales are ahead of them', async () => {
    const earned = () => screen.getByText('Earned, settled').parentElement?.textContent;
    const [money] = snapshot.tables.money;
    if (!money) throw new Error('The fixture has money');
    let answer: (totals: AccountTotals) => void = () => {};
    const node = await showWindow({
      at: '#/home',
      snapshot,
      prepare: ({ answers }) => (answers.accountTotals = () => new Promise((resolve) => (answer = resolve))),
    });
    expect(earned()).toContain('12.00 TSTas the sales say; the accounts are not read');
    answer(fixtureTotals);
    await settled();
    expect(earned()).toContain('12.00 TST8.00 slashed');
    act(() => node.push({ table: 'money', id: 'money', row: { ...money, earned: 14n * 10n ** 18n } }));
    expect(earned()).toContain('12.00 TST2.00 more was paid, not booked yet');
  });

  it('keep a sale on the screen when it ends and its id changes', async () => {
    const [sale] = snapshot.tables.sales;
    if (!sale) throw new Error('The fixture has sales');
    const node = await showWindow({ at: `#/sales/${sale.id}`, snapshot });
    const ended: SaleRow = {
      ...sale,
      id: `${sale.id}@${sale.startedAt}`,
      state: 'finished',
      endedAt: NOW,
      payout: 481n * 10n ** 16n,
      outcome: { code: 'paid', text: 'All was paid.' },
    };
    act(() =>
      node.push({ table: 'sales', id: sale.id, row: null }, { table: 'sales', id: ended.id, row: ended }),
    );
    expect(screen.getByText('Ended, paid')).toBeDefined();
    expect(screen.getByText('All was paid.')).toBeDefined();
  });
});

describe('the sales', () => {
  it('are filtered by words with counts, and searched by id', async () => {
    await showWindow({ at: '#/sales', snapshot });
    fireEvent.click(screen.getByRole('button', { name: 'Starting 2' }));
    expect(rowsIn('Sales')).toHaveLength(2);
    fireEvent.click(screen.getByRole('button', { name: 'All 28' }));
    const requestId = snapshot.tables.sales[4]?.requestId ?? '';
    fireEvent.change(screen.getByRole('searchbox', { name: 'Request or slot id' }), {
      target: { value: requestId.slice(0, 14) },
    });
    expect(rowsIn('Sales')).toHaveLength(1);
    fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'nothing' } });
    expect(screen.getByText('No sale fits these choices.')).toBeDefined();
  });

  it('tell their bar to those who do not see it', async () => {
    await showWindow({ at: '#/sales', snapshot });
    expect(screen.getByRole('img', { name: /^26 proofs sent, 1 missed, the last .*, ends / })).toBeDefined();
  });

  it('draw only the rows in sight, however many there are', async () => {
    const many = Array.from({ length: 5000 }, (_, index) => fixtureSale({}, NOW, index + 1000));
    await showWindow({
      at: '#/sales',
      snapshot: { ...snapshot, tables: { ...snapshot.tables, sales: many } },
    });
    expect(rowsIn('Sales').length).toBeLessThan(100);
    expect(screen.getByRole('table').getAttribute('aria-rowcount')).toBe('5001');
  });

  it('look at few rows when one of 10,000 changes, wherever it stands', async () => {
    const seen = new Set<string>();
    const usual = fixtureSale({}, NOW);
    const saleAt = (index: number): SaleRow => ({
      ...usual,
      id: `0x${index}`,
      slotId: `0x${index}`,
      startedAt: NOW - index,
    });
    const get = (row: SaleRow, key: keyof SaleRow) => {
      seen.add(row.id);
      return row[key];
    };
    const many = Array.from(
      { length: 10_000 },
      (_, index) => new Proxy(saleAt(index), { get } as ProxyHandler<SaleRow>),
    );
    const node = await showWindow({
      at: '#/sales',
      snapshot: { ...snapshot, tables: { ...snapshot.tables, sales: many } },
    });
    for (const index of [3, 5000]) {
      const row = { ...saleAt(index), gasCost: usual.gasCost + 1n };
      seen.clear();
      act(() => node.push({ table: 'sales', id: row.id, row }));
      // Those in sight for their key, and about 14 on the way to its place; counts, sums and order are kept up.
      expect(seen.size).toBeLessThan(rowsIn('Sales').length + 20);
    }
  }, 20_000);

  it('are in another language at once, rows that did not change too', async () => {
    await showWindow({ at: '#/sales', snapshot });
    const texts = () => screen.getByRole('table').textContent;
    expect(texts()).toContain(en['state.proving']);
    act(() => setLanguageChoice('de'));
    expect(texts()).toContain(de['sales.state']);
    expect(texts()).toContain(de['state.proving']);
    expect(texts()).not.toContain(en['state.proving']);
    expect(screen.getByRole('button', { name: `${de['filter.all']} 28` })).toBeDefined();
    act(() => setLanguageChoice('system'));
  });

  it('open by a link, so that keyboard and address bar reach them', async () => {
    await showWindow({ at: '#/sales', snapshot });
    const [sale] = snapshot.tables.sales;
    const link = screen.getAllByRole('link').find(({ title }) => title === sale?.requestId);
    expect(link?.getAttribute('href')).toBe(`#/sales/${sale?.id}`);
    act(() => void (location.hash = link?.getAttribute('href') ?? ''));
    expect(await screen.findByRole('list', { name: 'How far it is' })).toBeDefined();
    expect(screen.getByText('Money, TST', { selector: 'h2' })).toBeDefined();
  });

  it('say plainly when one is not known', async () => {
    await showWindow({ at: '#/sales/0xdead', snapshot });
    expect(screen.getByText('This sale is not known here.')).toBeDefined();
  });
});

describe('the queue', () => {
  it('gives the reason for each place, what is waited for, and the first rule that failed', async () => {
    await showWindow({ at: '#/queue', snapshot });
    const [first, second] = rowsIn('Queue');
    if (!first || !second) throw new Error('The queue has rows');
    expect(within(first).getByText('pays most')).toBeDefined();
    expect(within(second).getByText('pays less')).toBeDefined();
    expect(screen.getByText(/waits: an offer that pays collateral/)).toBeDefined();
    expect(screen.getByText(/2 of 3 workers busy/)).toBeDefined();
    const [refused] = rowsIn('Not taken');
    if (!refused) throw new Error('Something was refused');
    expect(within(refused).getByText('No offer fits')).toBeDefined();
  });
});

describe('what was not taken', () => {
  it('is told once for each slot, as it was the last time', async () => {
    const node = await showWindow({ at: '#/queue', snapshot });
    const [refused] = snapshot.tables.refused;
    if (!refused) throw new Error('Something was refused');
    const again = { ...refused, id: `${refused.id}@later`, at: NOW, text: 'It asks too much now.' };
    act(() => node.push({ table: 'refused', id: again.id, row: again }));
    expect(rowsIn('Not taken')).toHaveLength(3);
    expect(screen.getByText('It asks too much now.')).toBeDefined();
    expect(screen.queryByText(refused.text)).toBeNull();
  });
});

describe('the log', () => {
  it('goes on as lines come, each of them once', async () => {
    const logs = fixtureLogs(NOW);
    const node = await showWindow({ at: '#/activity', snapshot, logs: logs.slice(0, 10) });
    const count = () => screen.getByText(/^\d+ lines$/).textContent;
    const shown = (lines: typeof logs) => lines.filter(({ level }) => level !== 'debug').length;
    expect(count()).toBe(`${shown(logs.slice(0, 10))} lines`);
    act(() => node.emit('log', logs.slice(5, 20)));
    expect(count()).toBe(`${shown(logs.slice(0, 20))} lines`);
  });

  it('is searched by text, and opens the whole record of a line', async () => {
    await showWindow({ at: '#/activity', snapshot, logs: fixtureLogs(NOW) });
    fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'peer slowly' } });
    const [first] = screen.getAllByRole('button', { name: /Peer answers slowly/ });
    if (!first) throw new Error('A line fits');
    fireEvent.click(first);
    const record = screen.getByRole('complementary', { name: 'Record' });
    expect(record.textContent).toContain('"peer": "127.0.0.1:40221"');
    fireEvent.click(within(record).getByRole('button', { name: 'Close' }));
    expect(screen.queryByRole('complementary', { name: 'Record' })).toBeNull();
  });

  it('says in place when earlier lines could not be had', async () => {
    await showWindow({
      at: '#/activity',
      snapshot,
      prepare: (node) => node.refuse('recentLogs', 'NODE_UNREACHABLE'),
    });
    expect(within(screen.getByRole('alert')).getByText('Earlier log lines could not be had.')).toBeDefined();
  });
});

describe('the practice network', () => {
  it('is said above everything, with its speed in words and a way to change it', async () => {
    const node = await showWindow({ snapshot });
    const ribbon = screen.getByRole('complementary', { name: 'Practice network' });
    expect(ribbon.textContent).toContain('Practice network: nothing here is real');
    expect(ribbon.textContent).toContain('Time runs at normal speed.');
    const network = within(ribbon).getByRole('link', { name: 'Change network' });
    expect(network.getAttribute('href')).toBe('#/settings');
    fireEvent.click(within(ribbon).getByRole('button', { name: 'Change speed' }));
    await settled();
    fireEvent.click(await screen.findByRole('menuitem', { name: 'Time runs 60 times as fast' }));
    expect(node.calls).toContainEqual({ name: 'setPracticeSpeed', input: { speed: 60 } });
    const [row] = snapshot.tables.node;
    if (!row) throw new Error('The fixture has a node');
    act(() => node.push({ table: 'node', id: 'node', row: { ...row, practiceSpeed: 60 } }));
    expect(ribbon.textContent).toContain('Time runs 60 times as fast.');
  });

  it('is nowhere on a real one', async () => {
    const [row] = snapshot.tables.node;
    if (!row) throw new Error('The fixture has a node');
    const { practiceSpeed: _speed, ...rest } = row;
    const node = [{ ...rest, network: { kind: 'custom' as const, name: 'Archivist testnet' } }];
    await showWindow({ at: '#/settings', snapshot: { ...snapshot, tables: { ...snapshot.tables, node } } });
    expect(screen.queryByText(/nothing here is real/)).toBeNull();
    expect(screen.queryByText('Practice time')).toBeNull();
  });
});

describe('a notice', () => {
  const [sale] = snapshot.tables.sales;
  const lost: Notice = {
    kind: 'slotLost',
    ...noticeWords('Slot lost: 5.00 TST of collateral gone', 'Two proofs were missed.'),
    place: { page: 'sales', id: sale?.id ?? '' },
    isLoss: true,
    isPractice: true,
  };
  const filled: Notice = {
    ...lost,
    kind: 'slotFilled',
    ...noticeWords('Slot filled', 'It earns.'),
    isLoss: false,
  };

  it('stands in the window until it is read, and opens its sale', async () => {
    const node = await showWindow({ snapshot });
    act(() => node.emit('notice', lost));
    const place = screen.getByText('Two proofs were missed.').closest('[aria-live]');
    if (!(place instanceof HTMLElement)) throw new Error('It is announced');
    expect(within(place).getByText('Practice network: nothing here is real')).toBeDefined();
    fireEvent.click(within(place).getByRole('button', { name: 'Open sale' }));
    expect(location.hash).toBe(`#/sales/${sale?.id}`);
    expect(screen.queryByText('Two proofs were missed.')).toBeNull();
  });

  it('of a loss is not driven away by others', async () => {
    const node = await showWindow({ snapshot });
    act(() => node.emit('notice', lost));
    for (const number of [1, 2, 3, 4]) {
      act(() =>
        node.emit('notice', { ...filled, ...noticeWords(`Filled ${number}`, ''), place: { page: 'offers' } }),
      );
    }
    expect(screen.getByText('Two proofs were missed.')).toBeDefined();
    expect([1, 2, 3, 4].filter((number) => screen.queryByText(`Filled ${number}`))).toEqual([3, 4]);
    expect(screen.getAllByRole('button', { name: 'Open Offers' })).toHaveLength(2);
  });

  it('is left to the system where that has notifications', async () => {
    const [row] = snapshot.tables.node;
    if (!row) throw new Error('The fixture has a node');
    const host = {
      kind: 'desktop',
      hasNotifications: true,
      canStartAtLogin: true,
      canKeepAwake: true,
    } as const;
    const node = await showWindow({
      snapshot: { ...snapshot, tables: { ...snapshot.tables, node: [{ ...row, host }] } },
    });
    act(() => node.emit('notice', lost));
    expect(screen.queryByText('Two proofs were missed.')).toBeNull();
  });
});

describe('the desktop', () => {
  it('opens a place in the window', async () => {
    const node = await showWindow({ snapshot });
    act(() => node.emit('goTo', { page: 'queue' }));
    expect(location.hash).toBe('#/queue');
  });

  it('has the window say that a link led nowhere', async () => {
    await showWindow({ at: '#/home/unknown-link', snapshot });
    expect(screen.getByText('The link that was opened leads to no sale known here.')).toBeDefined();
  });
});

describe('the other peers', () => {
  const [peers] = snapshot.tables.peers;
  if (!peers) throw new Error('The fixture has peers');
  const withPeers = (rows: readonly PeersRow[]) => ({
    ...snapshot,
    tables: { ...snapshot.tables, peers: rows },
  });

  it('are told with the own id, the address and whether they can reach this node', async () => {
    const node = await showWindow({ at: '#/settings', snapshot });
    const section = screen.getByRole('heading', { name: 'Other peers' }).closest('section');
    if (!section) throw new Error('It is a section');
    expect(section.textContent).toContain(peers.peerId);
    expect(section.textContent).toContain('/ip4/203.0.113.7/tcp/8070');
    expect(section.textContent).toContain('41 peers');
    expect(section.textContent).toContain('Reachable from outside since');
    const push = (change: Partial<PeersRow>) =>
      act(() => node.push({ table: 'peers', id: 'peers', row: { ...peers, announced: [], ...change } }));
    push({ reachability: { state: 'noAddress' } });
    expect(section.textContent).toContain('you can sell and prove, but readers cannot fetch from you');
    expect(section.textContent).toContain('Switch on UPnP or NAT-PMP');
    push({ reachability: { state: 'noAddress' }, mapsPorts: false });
    expect(section.textContent).toContain('Set “map-ports” to yes');
    push({ reachability: { state: 'unproven' } });
    expect(section.textContent).toContain('nobody came from outside yet');
    expect(section.textContent).toContain('port 8090 (UDP)');
  });

  it('are not spoken of where they are only told', async () => {
    await showWindow({ at: '#/settings', snapshot: withPeers([]) });
    expect(screen.queryByText('Other peers')).toBeNull();
  });
});

describe('the appearance', () => {
  it('follows the choice, and keeps it', async () => {
    await showWindow({ at: '#/settings', snapshot });
    fireEvent.click(screen.getByRole('radio', { name: 'Dark' }));
    expect(document.documentElement.dataset['theme']).toBe('dark');
    expect(localStorage.getItem('slotkeeper.appearance')).toBe('dark');
    fireEvent.click(screen.getByRole('radio', { name: 'Light' }));
    expect(document.documentElement.dataset['theme']).toBe('light');
  });
});
