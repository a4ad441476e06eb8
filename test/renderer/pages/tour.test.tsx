import { act, cleanup, fireEvent, screen, within } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';
import { emptySnapshot, fixtureSnapshot } from '../../../src/renderer/src/dev/fixture.ts';
import { fixtureRisk } from '../../../src/renderer/src/dev/fixtureinsight.ts';
import type { FixtureNode } from '../../../src/renderer/src/dev/fixturenode.ts';
import { showTour, tourSteps } from '../../../src/renderer/src/lib/tour.ts';
import type { LiveSnapshot } from '../../../src/shared/live.ts';
import type { PracticeSlash } from '../../../src/shared/practiceslash.ts';
import type { NodeRow, SaleRow } from '../../../src/shared/rows.ts';
import { tokensText } from '../../../src/shared/units.ts';
import { expectAccessible, settled, showWindow } from '../support.tsx';

const NOW = Math.floor(Date.now() / 1000);
const TOKEN = 10n ** 18n;
beforeEach(() => localStorage.clear());

type Scenario = NodeRow['network']['scenario'];
const practising = (snapshot: LiveSnapshot, scenario: Scenario, changes: Partial<NodeRow> = {}) => {
  const [row] = snapshot.tables.node;
  if (!row) throw new Error('The fixture has a node');
  const network = { kind: 'practice', name: 'Practice network', ...(scenario && { scenario }) } as const;
  const node = { ...row, practiceSpeed: 10, network, ...changes };
  return { row: node, snapshot: { ...snapshot, tables: { ...snapshot.tables, node: [node] } } };
};

const panel = () => screen.queryByRole('region', { name: 'A tour of practice' });
const shownPanel = () => panel() ?? expect.fail('The tour is not shown');
const stateOf = (title: string) =>
  within(shownPanel()).getByRole('heading', { name: new RegExp(`^${title} `) }).textContent;
const button = () =>
  within(shownPanel()).getByRole<HTMLButtonElement>('button', { name: 'Make a slash happen' });

describe('the tour', () => {
  it(
    'ticks its steps by themselves as the rows come, and leads to what each is about',
    { timeout: 20_000 },
    async () => {
      const { snapshot } = practising(emptySnapshot(NOW), 'tour');
      const node = await showWindow({ snapshot });
      const { availabilities, sales, money, queue } = fixtureSnapshot(NOW).tables;
      const [offer] = availabilities;
      const [waiting] = queue;
      const [cash] = money;
      const sale = sales.find(({ state, proofs }) => state === 'proving' && proofs.missed === 0);
      if (!offer || !waiting || !cash || !sale) throw new Error('The fixture has these');
      const none = { ...sale.proofs, sent: 0, sentAt: [] };
      const showSale = (changes: Partial<SaleRow>) =>
        act(() => node.push({ table: 'sales', id: sale.id, row: { ...sale, proofs: none, ...changes } }));

      expect(stateOf('Offer made')).toContain('next');
      expect(stateOf('Request in the queue')).toContain('to come');
      act(() => node.push({ table: 'availabilities', id: offer.id, row: offer }));
      expect(stateOf('Offer made')).toContain('done');
      act(() => node.push({ table: 'queue', id: waiting.id, row: waiting }));
      expect(stateOf('Request in the queue')).toContain('done');
      expect(stateOf('Slot filled')).toContain('next');
      showSale({});
      expect(stateOf('Slot filled')).toContain('done');
      showSale({ proofs: { ...none, sent: 1 } });
      expect(stateOf('First proof sent')).toContain('done');
      showSale({ proofs: { ...none, sent: 1, missed: 1 } });
      expect(stateOf('Slash seen')).toContain('done');
      expect(stateOf('Paid out')).toContain('next');
      const links = within(shownPanel()).getAllByRole('link');
      expect(links.map((link) => link.getAttribute('href'))).toEqual([
        '#/offers',
        '#/queue',
        `#/sales/${sale.id}`,
        `#/sales/${sale.id}`,
        '#/earnings',
        `#/sales/${sale.id}`,
      ]);
      showSale({ endedAt: NOW, outcome: { code: 'paid', text: 'Paid.' }, proofs: { ...none, sent: 1 } });
      expect(stateOf('Paid out')).toContain('done');
      await expectAccessible();
    },
  );

  it('knows by the sums what ended too long ago to be among the sales', () => {
    const { tables } = emptySnapshot(NOW);
    const [money] = tables.money;
    if (!money) throw new Error('The fixture has money');
    const row = { ...money, earned: 1n, proofsSent: 4, proofsMissed: 1 };
    const no = new Map();
    const steps = tourSteps({
      node: no,
      availabilities: no,
      sales: no,
      queue: no,
      refused: no,
      money: new Map([['money', row]]),
    });
    expect(steps.filter(({ isDone }) => isDone).map(({ name }) => name)).toEqual(['proof', 'paid', 'slash']);
  });

  it('is there by itself in its own scenario only, and never on a real network', async () => {
    for (const [scenario, isThere] of [
      ['tour', true],
      ['demo', false],
      ['none', false],
    ] as const) {
      const { snapshot } = practising(emptySnapshot(NOW), scenario);
      const { unmount } = await shown(snapshot);
      expect(panel() !== null, scenario).toBe(isThere);
      unmount();
    }
    localStorage.setItem('slotkeeper.tour', 'shown');
    const real = practising(emptySnapshot(NOW), undefined);
    const node = [{ ...real.row, network: { kind: 'custom' as const, name: 'Archivist testnet' } }];
    await showWindow({ snapshot: { ...real.snapshot, tables: { ...real.snapshot.tables, node } } });
    expect(panel()).toBeNull();
  });

  it('is put away for good, and comes back by the settings or the palette', async () => {
    const { snapshot } = practising(emptySnapshot(NOW), 'tour');
    const first = await shown(snapshot);
    fireEvent.click(within(shownPanel()).getByRole('button', { name: 'Put away' }));
    expect(panel()).toBeNull();
    expect(localStorage.getItem('slotkeeper.tour')).toBe('away');
    first.unmount();

    const second = await shown(snapshot, '#/settings');
    const check = screen.getByRole<HTMLInputElement>('checkbox', { name: 'Show the tour on Home' });
    expect(check.checked).toBe(false);
    fireEvent.click(check);
    second.unmount();
    await showWindow({ snapshot });
    fireEvent.keyDown(document.body, { key: 'k', ctrlKey: true });
    await settled();
    const find = screen.getByRole('combobox', { name: 'Find or do' });
    fireEvent.change(find, { target: { value: 'tour' } });
    fireEvent.keyDown(find, { key: 'Enter' });
    await settled();
    expect(panel()).toBeNull();
  });
});

describe('a slash on demand', () => {
  beforeEach(() => showTour(true));

  /** A slot that is proven for a day more, on a chain whose newest block is so new that its time is the present. */
  const held = (changes: Partial<NodeRow> = {}) => {
    const whole = fixtureSnapshot(NOW);
    const proving = whole.tables.sales.filter(({ state }) => state === 'proving');
    const sales = proving.slice(0, 1).map((sale) => ({ ...sale, requestEndsAt: NOW + 86_400 }));
    const chain = whole.tables.chain.map((row) => ({ ...row, time: NOW, seenAtMs: Date.now() + 3_600_000 }));
    const made = practising({ ...whole, tables: { ...whole.tables, sales, chain } }, 'tour', changes);
    return { ...made, sales };
  };
  const answered = async () => {
    await act(async () => new Promise((resolve) => setTimeout(resolve, 0)));
    await settled();
  };
  const show = async (changes: Partial<NodeRow> = {}, prepare: (node: FixtureNode) => void = () => {}) => {
    const made = held(changes);
    const node = await showWindow({
      snapshot: made.snapshot,
      prepare: (fresh) => {
        fresh.answers.risk = async () => ({
          ...fixtureRisk(NOW, made.sales),
          slots: fixtureRisk(NOW, made.sales).slots.map((slot) => ({ ...slot, missed: 0, proofChance: 0.5 })),
        });
        prepare(fresh);
      },
    });
    await answered();
    return { ...made, node };
  };

  it('says beside its button what it will cost, and is asked for by it', async () => {
    const { node, sales } = await show();
    const [sale] = sales;
    const cost = (sale?.collateral ?? 0n) / 5n;
    expect(cost).toBeGreaterThan(0n);
    expect(shownPanel().textContent).toContain(`costs ${tokensText(cost)} TST of practice collateral`);
    fireEvent.click(button());
    await settled();
    expect(node.calls).toContainEqual({ name: 'makePracticeSlash', input: {} });
  });

  it('cannot be asked for while no slot could be slashed, and says why', async () => {
    const { snapshot } = practising(emptySnapshot(NOW), 'tour');
    await showWindow({ snapshot });
    expect(button().disabled).toBe(true);
    expect(shownPanel().textContent).toContain('needs a slot that is filled');
  });

  it('says why the node refused it', async () => {
    await show({}, (node) => node.refuse('makePracticeSlash', 'PRACTICE_NO_SLOT'));
    fireEvent.click(button());
    await settled();
    expect(within(shownPanel()).getByText(/No slot can be slashed now/)).toBeDefined();
  });

  it.each<[PracticeSlash['state'], number, number, RegExp]>([
    ['waiting', 100, 10, /Waits for a proof of slot abab…abab to be due.*about 10 s in all/],
    ['waiting', -5, 10, /it may be any moment/],
    ['heldBack', 45, 10, /is held back until its period ends: 5 s more/],
    ['heldBack', -5, 10, /a validator will find that out/],
    ['heldBack', 45, 0, /Time stands still/],
    ['slashed', -60, 10, /slot abab…abab missed a proof, and 2\.00 TST of its collateral is gone/],
    ['calledOff', -60, 10, /Nothing was slashed/],
  ])('that is %s, %d s from now at speed %d, says so', async (state, inSeconds, practiceSpeed, words) => {
    const slotId = `0x${'ab'.repeat(32)}`;
    const { row, node } = await show({ practiceSpeed });
    const practiceSlash = { state, slotId, cost: 2n * TOKEN, at: NOW + inSeconds };
    act(() => node.push({ table: 'node', id: 'node', row: { ...row, practiceSlash } }));
    expect(within(shownPanel()).getByText(words)).toBeDefined();
    expect(button().disabled).toBe(state === 'waiting' || state === 'heldBack');
  });
});

/** A window that can be closed. */
async function shown(snapshot: LiveSnapshot, at = '#/home') {
  await showWindow({ snapshot, at });
  return { unmount: cleanup };
}
