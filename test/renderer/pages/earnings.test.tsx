import { act, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { emptySnapshot, fixtureSnapshot } from '../../../src/renderer/src/dev/fixture.ts';
import { fixtureCheck, fixtureLines, fixtureTotals } from '../../../src/renderer/src/dev/fixtureaccounts.ts';
import type { FixtureNode } from '../../../src/renderer/src/dev/fixturenode.ts';
import { expectAccessible, settled, showWindow } from '../support.tsx';

const NOW = Math.floor(Date.now() / 1000);

afterEach(() => vi.useRealTimers());

const shown = (prepare?: (node: FixtureNode) => void) =>
  showWindow({ at: '#/earnings', snapshot: fixtureSnapshot(NOW), ...(prepare && { prepare }) });
const lines = () => within(screen.getByLabelText('Lines', { selector: '[role=table]' }));
const inputsOf = (node: FixtureNode, name: string) =>
  node.calls.filter((call) => call.name === name).map(({ input }) => input);

describe('the earnings', () => {
  it('show figures, sums and lines with every digit at hand', async () => {
    await shown();
    expect(screen.getByText('Slashed or lost').nextElementSibling?.textContent).toBe('−8.00 TST');
    const payout = lines().getByText('+12.00 TST');
    expect(payout.title).toBe('12.000000000000345678 TST');
    expect(lines().getAllByRole('row')).toHaveLength(fixtureLines.length + 1);
    expect(lines().getByText('Gas: a proof, reverted')).toBeDefined();
    expect(lines().getByText('before the accounts began')).toBeDefined();
    expect(lines().getAllByText('not known')).toHaveLength(1);
  });

  it('open the sale of a line, and copy its transaction', async () => {
    await shown();
    const line = lines().getByText('Payout').closest('a');
    expect(decodeURIComponent(line?.hash ?? '')).toBe(`#/sales/${fixtureLines[1]?.saleId}`);
    const written = vi.fn(async () => {});
    vi.spyOn(navigator.clipboard, 'writeText').mockImplementation(written);
    fireEvent.click(lines().getAllByRole('button', { name: 'Copy the transaction hash' })[0] as HTMLElement);
    await settled();
    expect(written).toHaveBeenCalledWith(fixtureLines[0]?.transactionHash);
    vi.restoreAllMocks();
  });

  it('ask for the lines of a kind, a month or a sale, and for all again', async () => {
    const node = await shown();
    const newest = () => inputsOf(node, 'accountLines').at(-1);
    fireEvent.click(screen.getByText('Payout', { selector: 'button' }));
    await settled();
    expect(screen.getByText('1 line')).toBeDefined();
    fireEvent.click(screen.getByText('Nov 2026', { selector: 'button' }));
    await settled();
    expect(newest()).toMatchObject({ kind: 'payout', month: '2026-11' });
    fireEvent.click(screen.getByText('Only Nov 2026. Show all'));
    fireEvent.click(screen.getByText('By sale'));
    await settled();
    expect(newest()).not.toHaveProperty('month');
    const sale = screen.getByLabelText('By sale', { selector: '[role=table]' }).querySelector('button');
    fireEvent.click(sale as HTMLElement);
    await settled();
    expect(newest()).toMatchObject({ saleId: fixtureTotals.sales[0]?.saleId });
  });

  it('are asked again when money moves, once a second at most', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const node = await shown();
    const before = inputsOf(node, 'accountTotals').length;
    for (let revision = 1; revision < 50; revision++) act(() => node.emit('accounts', { revision }));
    await act(() => vi.advanceTimersByTimeAsync(1000));
    expect(inputsOf(node, 'accountTotals').length).toBe(before + 1);
  });

  it('say what will be here while there is none', async () => {
    await showWindow({ at: '#/earnings', snapshot: emptySnapshot(NOW) });
    expect(screen.getByText(/Here will be each payout/)).toBeDefined();
    expect(screen.queryByRole('table', { name: 'Lines' })).toBeNull();
  });

  it('stand as heads and axes while they are asked for', async () => {
    await shown((node) => {
      node.answers.accountTotals = () => new Promise(() => {});
      node.answers.accountLines = () => new Promise(() => {});
      node.answers.accountChart = () => new Promise(() => {});
    });
    expect(screen.getByRole('heading', { name: 'Over time, TST' })).toBeDefined();
    await expectAccessible();
  });

  it('say what failed in its place, and keep the rest', async () => {
    await shown((node) => node.refuse('accountLines', 'NODE_NOT_RUNNING'));
    expect(screen.getByRole('alert').textContent).toMatch(/The accounts could not be read/);
    expect(screen.getByText('Slashed or lost')).toBeDefined();
    await expectAccessible();
  });
});

describe('the comparison with the chain', () => {
  it('says that it adds up, at which block', async () => {
    await shown();
    expect(screen.getByText('Adds up with the chain: 1,472.00 TST and 0.094 ETH.')).toBeDefined();
    expect(screen.getByText(/^Block 1,204,118/)).toBeDefined();
  });

  it('shows a difference with its amount and time, and other transactions', async () => {
    const gas = { ...fixtureCheck.gas, difference: -3n * 10n ** 15n, since: fixtureCheck.at - 60 };
    const check = { ...fixtureCheck, gas, otherTransactions: 2 };
    await shown((node) => (node.answers.accountCheck = async () => check));
    const text = screen.getByText(/^The chain holds 0\.0030 ETH less than the lines explain, seen since/);
    expect(text.closest('p')?.title).toBe('−0.003');
    expect(screen.getByText(/^2 transactions of this account were not sent by this node/)).toBeDefined();
    await expectAccessible();
  });

  it('is made anew on demand, and keeps what it said when the chain does not answer', async () => {
    const node = await shown();
    node.refuse('accountCheck', 'CHAIN_UNREACHABLE');
    fireEvent.click(screen.getByRole('button', { name: 'Compare now' }));
    await settled();
    expect(inputsOf(node, 'accountCheck')).toEqual([{ isFresh: false }, { isFresh: true }]);
    expect(screen.getByText(/^Adds up with the chain/)).toBeDefined();
    expect(screen.getByRole('alert').textContent).toMatch(/The chain could not be asked/);
  });
});

describe('the chart', () => {
  it('is read along by arrow keys, in words', async () => {
    await shown();
    const chart = screen.getByRole('slider', { name: 'Earnings over time' });
    expect(chart.getAttribute('aria-valuetext')).toMatch(/^22 Nov: 0\.00 TST settled, 3\.00 TST expected/);
    for (let times = 0; times < 4; times++) fireEvent.keyDown(chart, { key: 'ArrowLeft' });
    expect(chart.getAttribute('aria-valuetext')).toBe('18 Nov: 8.00 TST settled, −8.00 TST slashed.');
    fireEvent.keyDown(chart, { key: 'End' });
    fireEvent.keyDown(chart, { key: 'ArrowRight' });
    expect(chart.getAttribute('aria-valuenow')).toBe('29');
  });

  it('stands as a table as well, which can be used without seeing it', async () => {
    await shown();
    fireEvent.click(screen.getByText('Table'));
    const table = screen.getByLabelText('Earnings over time');
    expect([table.role, table.getAttribute('aria-rowcount')]).toEqual(['table', '31']);
    await expectAccessible();
  });

  it('is by month on demand', async () => {
    await shown();
    fireEvent.click(screen.getByText('Table'));
    fireEvent.click(within(screen.getByLabelText('Bars')).getByText('By month'));
    await settled();
    const table = screen.getByLabelText('Earnings over time');
    expect(table.getAttribute('aria-rowcount')).toBe('15');
    expect(within(table).getByText('Nov 2026')).toBeDefined();
  });

  it('is at home, too, with a way to all earnings', async () => {
    await showWindow({ snapshot: fixtureSnapshot(NOW) });
    expect(screen.getByRole('slider', { name: 'Earnings over time' })).toBeDefined();
    expect(screen.getByRole('link', { name: 'All earnings' }).getAttribute('href')).toBe('#/earnings');
  });
});

describe('an export', () => {
  it('is of what is shown, and says where the desktop wrote it', async () => {
    const node = await shown((fixture) => {
      fixture.answers.exportAccounts = async () => ({
        kind: 'written',
        file: '/home/someone/e.csv',
        lines: 9,
      });
    });
    fireEvent.click(screen.getByRole('button', { name: 'Payout' }));
    fireEvent.click(screen.getByRole('button', { name: 'Export CSV' }));
    await settled();
    expect(inputsOf(node, 'exportAccounts')).toEqual([{ kind: 'payout', format: 'csv', to: 'file' }]);
    expect(screen.getByText('Written to /home/someone/e.csv.')).toBeDefined();
  });

  it('is a download where main has no dialog', async () => {
    const made = vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:it');
    const clicked = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => {});
    await shown((fixture) => {
      fixture.answers.exportAccounts = async () => ({ kind: 'text', name: 'e.json', text: '{}', lines: 9 });
    });
    fireEvent.click(screen.getByRole('button', { name: 'Export JSON' }));
    await settled();
    expect(clicked.mock.contexts.map((link) => (link as HTMLAnchorElement).download)).toEqual(['e.json']);
    const [[blob] = []] = made.mock.calls as unknown as [Blob][];
    await expect(blob?.text()).resolves.toBe('{}');
    vi.restoreAllMocks();
  });

  it('that failed says so', async () => {
    await shown((node) => node.refuse('exportAccounts', 'DISK_FULL'));
    fireEvent.click(screen.getByRole('button', { name: 'Export CSV' }));
    await settled();
    expect(screen.getByRole('alert').textContent).toMatch(/The file was not written/);
  });
});
