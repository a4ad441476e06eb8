import { act, screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { emptySnapshot, fixtureLogs, fixtureSnapshot } from '../../../src/renderer/src/dev/fixture.ts';
import { pageNames } from '../../../src/renderer/src/lib/router.ts';
import { expectAccessible, settled, showWindow } from '../support.tsx';

const NOW = Math.floor(Date.now() / 1000);
const saleId = fixtureSnapshot(NOW).tables.sales[0]?.id ?? '';
const places = [...pageNames.map((page) => `#/${page}`), `#/sales/${saleId}`];

describe.each(places)('the page at %s', (at) => {
  it('shows a running node, and can be used without seeing it', async () => {
    await showWindow({ at, snapshot: fixtureSnapshot(NOW), logs: fixtureLogs(NOW) });
    expect(screen.getByRole('heading', { level: 1 }).textContent).not.toBe('');
    await expectAccessible();
  });

  it('shows a node with nothing yet, and can be used without seeing it', async () => {
    await showWindow({ at, snapshot: emptySnapshot(NOW) });
    expect(screen.getByRole('heading', { level: 1 })).toBeDefined();
    await expectAccessible();
  });

  it('stands while the node has not answered', async () => {
    await showWindow({ at, prepare: (node) => void (node.answers.snapshot = () => new Promise(() => {})) });
    expect(screen.getByRole('heading', { level: 1 })).toBeDefined();
    expect(screen.queryByText(/Here will be/)).toBeNull();
    await expectAccessible();
  });

  it('says since when what it shows may be old', async () => {
    const node = await showWindow({ at, snapshot: fixtureSnapshot(NOW) });
    act(() => node.setConnected(false));
    expect(screen.getByText(/^Node unreachable for .*, retrying\. Data of \d\d:\d\d\.$/)).toBeDefined();
    act(() => node.setConnected(true));
    await settled();
    expect(screen.queryByText(/^Node unreachable/)).toBeNull();
  });

  it('says why the node failed and what to do, with the details folded away', async () => {
    const snapshot = fixtureSnapshot(NOW);
    const [running] = snapshot.tables.node;
    if (!running) throw new Error('The fixture has a node');
    const failure = { code: 'CHAIN_UNREACHABLE', message: 'connect ECONNREFUSED 127.0.0.1:8545' };
    const node = [{ ...running, state: 'failed' as const, failure }];
    await showWindow({ at, snapshot: { ...snapshot, tables: { ...snapshot.tables, node } } });
    const alert = screen.getByRole('alert');
    expect(within(alert).getByText(/Check the address of its RPC/)).toBeDefined();
    expect(
      within(alert)
        .getByText(/ECONNREFUSED/)
        .closest('details')?.open,
    ).toBe(false);
  });
});

describe('empty pages', () => {
  it.each([
    ['#/home', /Create your first offer/],
    ['#/offers', /Here will be the space you offer/],
    ['#/sales', /Here will be every slot you sell/],
    ['#/queue', /Here will be the slots on sale/],
    ['#/activity', /Here will be what the node does/],
  ])('at %s say what will be here', async (at, text) => {
    await showWindow({ at, snapshot: emptySnapshot(NOW) });
    expect(screen.getByText(text)).toBeDefined();
  });
});
