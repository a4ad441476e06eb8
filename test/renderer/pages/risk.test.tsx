import { act, screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { emptySnapshot, fixtureSnapshot } from '../../../src/renderer/src/dev/fixture.ts';
import { fixtureRisk } from '../../../src/renderer/src/dev/fixtureinsight.ts';
import { chanceText } from '../../../src/renderer/src/lib/format.ts';
import { expectAccessible, settled, showWindow } from '../support.tsx';

/** Answers come after a timer of zero, once what is asked is quiet. */
async function answered(): Promise<void> {
  await act(async () => new Promise((resolve) => setTimeout(resolve, 0)));
  await settled();
}

const missedOnce = () => {
  const sale = fixtureSnapshot().tables.sales.find(({ proofs }) => proofs.missed === 1);
  if (!sale) throw new Error('The fixture has a sale with a missed proof');
  return sale;
};

describe('what a sale may lose', () => {
  it('is a ladder with what each rung takes in addition, and where the slot stands', async () => {
    await showWindow({ at: `#/sales/${missedOnce().id}` });
    await answered();
    const here = screen.getByText('1 proof missed, you are here').closest('li');
    expect(here?.getAttribute('aria-current')).toBe('true');
    expect(here?.textContent).toContain('−1.72');
    const lost = screen.getByText('2 proofs missed, slot lost').closest('li');
    expect(lost?.textContent).toMatch(/−9\.8\d/);
    const offline = screen.getByLabelText('Chance of losing it if offline');
    expect(within(offline).getByText('31 %')).toBeDefined();
    await expectAccessible();
  });

  it('is asked again when a proof is missed', async () => {
    const sale = missedOnce();
    const node = await showWindow({ at: `#/sales/${sale.id}` });
    await answered();
    const asked = () => node.calls.filter(({ name }) => name === 'risk').length;
    const before = asked();
    const row = { ...sale, proofs: { ...sale.proofs, missed: 2 } };
    act(() => node.push({ table: 'sales', id: sale.id, row }));
    await answered();
    expect(asked()).toBe(before + 1);
  });

  it('says in its place why it is not known', async () => {
    await showWindow({
      at: `#/sales/${missedOnce().id}`,
      prepare: (node) => node.refuse('risk', 'CHAIN_UNREACHABLE'),
    });
    await answered();
    const alert = screen.getByRole('alert');
    expect(within(alert).getByText('What is at risk could not be worked out.')).toBeDefined();
  });
});

describe('being off', () => {
  it('has a length without risk, and its cost for longer', async () => {
    await showWindow({ at: '#/home' });
    await answered();
    const section = screen.getByRole('region', { name: 'If this computer is off' });
    expect(within(section).getByText(/Off for 9 min: below 1 % for any slash\./)).toBeDefined();
    expect(within(section).getByText('−1.30 TST expected')).toBeDefined();
    await expectAccessible();
  });

  it('is not spoken of, nor asked, while no slot is held', async () => {
    const node = await showWindow({ at: '#/home', snapshot: emptySnapshot() });
    await answered();
    expect(screen.queryByText('If this computer is off')).toBeNull();
    expect(node.calls.filter(({ name }) => name === 'risk')).toEqual([]);
  });

  it('warns while a proof is due', async () => {
    await showWindow({
      at: '#/home',
      prepare: (node) => {
        node.answers.risk = async () => ({
          ...fixtureRisk(0, fixtureSnapshot().tables.sales),
          safeSeconds: { risk: 0.01, noSlash: 0, noLoss: Infinity },
        });
      },
    });
    await answered();
    expect(screen.getByText(/A proof is due: do not switch it off now\..*as long as they run/)).toBeDefined();
  });
});

it('rounds a chance to no certainty', () => {
  expect([0, 0.0001, 0.13, 0.999, 1].map(chanceText)).toEqual(['0 %', '< 1 %', '13 %', '> 99 %', '100 %']);
});
