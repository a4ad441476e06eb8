import { act, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptySnapshot, fixtureSnapshot } from '../../../src/renderer/src/dev/fixture.ts';
import type { FixtureNode } from '../../../src/renderer/src/dev/fixturenode.ts';
import { setLanguageChoice } from '../../../src/renderer/src/i18n/language.ts';
import { goTo } from '../../../src/renderer/src/lib/router.ts';
import type { LiveSnapshot } from '../../../src/shared/live.ts';
import type { NodeRow } from '../../../src/shared/rows.ts';
import { expectAccessible, settled, showWindow } from '../support.tsx';

beforeEach(() => sessionStorage.clear());
afterEach(() => act(() => setLanguageChoice('system')));

/** A running practice node on which nothing is offered, with a disk and a wallet that are known. */
function newNode(change: Partial<NodeRow> = {}): LiveSnapshot {
  const { tables } = fixtureSnapshot();
  const nothing = { availabilities: [], sales: [], activity: [] };
  const storage = tables.storage.map((row) => ({
    ...row,
    quotaBytes: 20_000_000_000n,
    usedBytes: 0n,
    reservedBytes: 0n,
    soldBytes: 0n,
    downloadingBytes: 0n,
    offeredFreeBytes: 0n,
    otherFilesBytes: 790_000_000_000n,
    diskLeftBytes: 1_210_000_000_000n,
  }));
  const node = tables.node.map((row) => ({ ...row, isNew: true, ...change }));
  return { ...fixtureSnapshot(), tables: { ...tables, ...nothing, storage, node } };
}

const heading = () => screen.getByRole('heading', { level: 1 });
const press = async (name: string | RegExp) => {
  fireEvent.click(screen.getByRole('button', { name }));
  await settled();
};
const called = (node: FixtureNode, name: string) =>
  node.calls.filter((call) => call.name === name).map(({ input }) => input);

describe('The first steps', () => {
  it('begin by themselves in a new data folder, and are left for good', async () => {
    const node = await showWindow({ at: '', snapshot: newNode() });
    expect(location.hash).toBe('#/welcome');
    expect(screen.getByText('Step 1 of 5')).toBeDefined();
    expect(document.activeElement).toBe(heading());
    await press('Skip the first steps');
    expect(location.hash).toBe('#/home');
    expect(called(node, 'changeSettings')).toEqual([{ onboarded: true }]);
  });

  it('do not come where they were seen, nor over another page that was asked for', async () => {
    await showWindow({ at: '#/home', snapshot: newNode({ isNew: false }) });
    expect(location.hash).toBe('#/home');
  });

  it('leave alone a page that was asked for', async () => {
    await showWindow({ at: '#/settings', snapshot: newNode() });
    expect(location.hash).toBe('#/settings');
  });

  it('say what can be lost beside what can be earned', async () => {
    await showWindow({ at: '#/welcome', snapshot: newNode() });
    expect(screen.getByRole('region', { name: 'How it earns' })).toBeDefined();
    expect(
      within(screen.getByRole('region', { name: 'What can be lost' })).getAllByRole('listitem'),
    ).toHaveLength(4);
  });

  it('pass over the wallet when one practises, and come back the same way', async () => {
    const node = await showWindow({ at: '#/welcome/network', snapshot: newNode() });
    await press('Practise first');
    expect(location.hash).toBe('#/welcome/disk');
    expect(called(node, 'useNetwork')).toEqual([]);
    await press('Back');
    expect(location.hash).toBe('#/welcome/network');
    expect(screen.getByRole('link', { name: /Wallet.*not needed/ }).getAttribute('href')).toBe(
      '#/welcome/wallet',
    );
    await act(async () => goTo('welcome', 'wallet'));
    expect(screen.getByText(/No wallet is needed there/)).toBeDefined();
  });

  it('say that real networks have no proofs yet, and change the network only when that is wanted', async () => {
    const node = await showWindow({
      at: '#/welcome/network',
      snapshot: newNode(),
      prepare: (fixture) => {
        fixture.answers.networks = async () => [
          { id: 'practice', name: 'Practice network', isChosen: true, ...noFacts },
          { id: 'archivist-testnet', name: 'Archivist testnet', isChosen: false, ...noFacts },
        ];
      },
    });
    fireEvent.click(screen.getByRole('radio', { name: 'Archivist testnet' }));
    expect(screen.getByText(/Proofs for real networks are not part of this version/)).toBeDefined();
    await press('Practise instead');
    expect(screen.getByRole<HTMLInputElement>('radio', { name: 'Practice network' }).checked).toBe(true);
    fireEvent.click(screen.getByRole('radio', { name: 'Archivist testnet' }));
    await press('Continue to the wallet');
    expect(called(node, 'proposeNetworkUse')).toEqual([
      { network: { kind: 'archivist', id: 'archivist-testnet' } },
    ]);
    expect([called(node, 'useNetwork').length, called(node, 'restartNode')]).toEqual([1, [{}]]);
    expect(location.hash).toBe('#/welcome/wallet');
  });

  it('do not take another network without its addresses, and stay where that is refused', async () => {
    const node = await showWindow({ at: '#/welcome/network', snapshot: newNode() });
    node.refuse('useNetwork', 'CONFIRM_AT_TERMINAL');
    fireEvent.click(screen.getByRole('radio', { name: 'Another network' }));
    await press('Continue to the wallet');
    expect(screen.getByText(/Enter an address such as/)).toBeDefined();
    expect(called(node, 'proposeNetworkUse')).toEqual([]);
    fireEvent.change(screen.getByLabelText('RPC server'), { target: { value: 'https://rpc.example.org' } });
    fireEvent.change(screen.getByLabelText('Marketplace contract'), {
      target: { value: `0x${'ab'.repeat(20)}` },
    });
    await press('Continue to the wallet');
    expect(within(screen.getByRole('alert')).getByText('The network was not changed.')).toBeDefined();
    expect(called(node, 'restartNode')).toEqual([]);
    expect(location.hash).toBe('#/welcome/network');
  });

  it('keep a quota that was typed over going back, refuse one the disk has not got, and set one that it has', async () => {
    const node = await showWindow({ at: '#/welcome/disk', snapshot: newNode() });
    const field = () => screen.getByLabelText<HTMLInputElement>('Size');
    expect(field().value).toBe('20');
    fireEvent.change(field(), { target: { value: '1300' } });
    expect(screen.getByText(/Other files leave 1\.21 TB on this disk/)).toBeDefined();
    await press('Continue to first offer');
    expect([location.hash, called(node, 'changeSettings')]).toEqual(['#/welcome/disk', []]);
    await press('Back');
    await act(async () => goTo('welcome', 'disk'));
    expect(field().value).toBe('1300');
    fireEvent.change(screen.getByRole('slider', { name: 'Quota' }), { target: { value: '900' } });
    expect(field().value).toBe('900');
    expect(screen.getByText('310.0 GB stay free for you')).toBeDefined();
    await press('Continue to first offer');
    expect(called(node, 'changeSettings')).toEqual([{ quotaBytes: 900_000_000_000 }]);
    expect(location.hash).toBe('#/welcome/offer');
  });

  it('fill in an offer from the requests that were seen, as a range beside what can be lost', async () => {
    const node = await showWindow({
      at: '#/welcome/offer',
      // What practice asks is widened by what is usual there.
      snapshot: newNode({ network: { kind: 'archivist', name: 'Archivist testnet' } }),
      prepare: (fixture) => {
        fixture.answers.whyNot = async () => ({ counts: [], recent: [seenRequest()] });
      },
    });
    await settled();
    expect(screen.getByLabelText<HTMLInputElement>('Lowest price').value).toBe('0.62208');
    const container = screen.getByRole('main');
    expect(container.textContent).toMatch(/Could earn, a month[\d.,]+ to [\d.,]+ TST/);
    expect(container.textContent).toMatch(/Worst case, all slots lost\u2212[\d.,]+ TST/);
    fireEvent.change(screen.getByLabelText('Name'), { target: { value: 'Evening disk' } });
    expect(sessionStorage.getItem('slotkeeper.welcome.offer')).toContain('Evening disk');
    await press('Create offer');
    expect(called(node, 'createAvailability')).toMatchObject([
      { name: 'Evening disk', minPricePerBytePerSecond: 240n },
    ]);
    expect([location.hash, sessionStorage.getItem('slotkeeper.welcome.offer')]).toEqual(['#/home', null]);
  });

  it('say why nothing can be offered while the node does not run, and where that is mended', async () => {
    const failure = { code: 'NO_WALLET', message: 'There is no wallet yet.' };
    const network = { kind: 'archivist', name: 'Archivist testnet' } as const;
    await showWindow({ at: '#/welcome/offer', snapshot: newNode({ state: 'failed', failure, network }) });
    const alert = within(screen.getByRole('alert'));
    expect(alert.getByText(/Nothing can be offered/)).toBeDefined();
    expect(alert.getByRole('link', { name: 'To the wallet' }).getAttribute('href')).toBe('#/welcome/wallet');
  });

  it('are in the palette and in the settings', async () => {
    await showWindow({ at: '#/settings', snapshot: newNode({ isNew: false }) });
    expect(screen.getByRole('link', { name: 'Show the first steps again' }).getAttribute('href')).toBe(
      '#/welcome',
    );
    fireEvent.keyDown(window, { key: 'k', ctrlKey: true });
    fireEvent.change(screen.getByRole('combobox', { name: 'Find or do' }), {
      target: { value: 'first steps' },
    });
    expect(screen.getByRole('option', { name: /Show the first steps again/ })).toBeDefined();
  });
});

describe('Home', () => {
  it('waits for the first filled slot in plain view, and not after it', async () => {
    const { tables } = fixtureSnapshot();
    const [sale] = tables.sales;
    if (!sale) throw new Error('The fixture has a sale');
    const { filledAt: _, endedAt: _2, ...rest } = sale;
    const downloading = { ...rest, state: 'downloading' } as const;
    const node = await showWindow({
      snapshot: { ...fixtureSnapshot(), tables: { ...tables, sales: [downloading] } },
    });
    const path = within(screen.getByRole('region', { name: 'Your first sale' }));
    expect(path.getAllByRole('listitem').map(({ dataset }) => dataset['state'])).toEqual([
      'done',
      'done',
      'now',
      'toCome',
      'toCome',
    ]);
    await act(async () =>
      node.push({ table: 'sales', id: sale.id, row: { ...downloading, state: 'proving', filledAt: 1 } }),
    );
    expect(screen.queryByRole('region', { name: 'Your first sale' })).toBeNull();
  });

  it('has nothing of it while nothing is offered', async () => {
    await showWindow({ snapshot: emptySnapshot() });
    expect(screen.queryByRole('region', { name: 'Your first sale' })).toBeNull();
  });
});

describe.each(['en', 'de'] as const)('In %s', (language) => {
  it.each(['', '/network', '/wallet', '/disk', '/offer'])(
    'step %s is accessible',
    async (step) => {
      setLanguageChoice(language);
      await showWindow({ at: `#/welcome${step}`, snapshot: newNode() });
      await settled();
      await expectAccessible();
    },
    30_000,
  );
});

const noFacts = { origin: { kind: 'builtIn' }, servers: [], bootstrapRecords: 0 } as const;

const seenRequest = () => ({
  requestId: `0x${'11'.repeat(32)}`,
  seenAt: Math.floor(Date.now() / 1000) - 600,
  slots: 3n,
  slotSizeBytes: 4_294_967_296n,
  durationSeconds: 1200n,
  pricePerBytePerSecond: 240n,
  collateralPerByte: 1_000_000n,
  expiresAt: Math.floor(Date.now() / 1000) + 600,
  sold: 0,
  offers: [],
});
