import { screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { AccountLine } from '../../../src/shared/accounts.ts';
import { fixtureSnapshot, idOf } from '../../../src/renderer/src/dev/fixture.ts';
import { hrefOf } from '../../../src/renderer/src/lib/router.ts';
import { movesOf } from '../../../src/renderer/src/pages/sale/SaleTransactions.tsx';
import { showWindow } from '../support.tsx';

const gas = (id: string, at: number, more: Partial<AccountLine> = {}): AccountLine => ({
  id,
  kind: 'gas',
  purpose: 'prove',
  amount: -21n,
  at,
  isBefore: false,
  ...more,
});

describe('The transactions of a sale', () => {
  it('are told oldest first, with the proofs as one line where the last of them was', () => {
    const fill = gas('fill', 1, { purpose: 'fill' });
    const moves = movesOf([gas('c', 4), gas('b', 3, { isFailed: true }), gas('a', 2), fill]);
    expect(moves.map(({ line, proofs }) => [line.id, line.amount, proofs])).toEqual([
      ['fill', -21n, 1],
      ['b', -21n, 1],
      ['c', -42n, 2],
    ]);
  });

  it('stand on its page with what they cost', async () => {
    const snapshot = fixtureSnapshot();
    await showWindow({ at: hrefOf('sales', idOf('51d7', 11)), snapshot });
    const part = within(screen.getByRole('region', { name: 'Transactions' }));
    const rows = part.getAllByRole('listitem').map(({ textContent }) => textContent);
    expect(rows[0]).toMatch(/^Gas: reserving.*−0\.000018 ETH/);
    expect(rows.at(-1)).toMatch(/^Gas: 26 proofslast .*−0\.00055 ETH/);
    expect(rows.filter((text) => text.startsWith('Slashed'))).toHaveLength(1);
  });
});
