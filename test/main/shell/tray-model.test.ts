import { describe, expect, it } from 'vitest';
import { trayModel } from '../../../src/main/shell/tray-model.ts';
import type { MoneyRow } from '../../../src/shared/rows.ts';
import { statusSentence } from '../../../src/shared/status.ts';
import { chainRow, moneyRow, nodeRow, offerRow, saleRow, tablesOf } from '../../support/livefixtures.ts';

const TST = 10n ** 18n;
/** By this computer's clock. */
const noon = new Date(2026, 10, 25, 12).getTime() / 1000;
const due = (dueBy: number) => ({ sent: 0, missed: 0, failed: 0, sentAt: [], missedAt: [], dueBy });

describe('Tray model', () => {
  it('begins with the status sentence, and names the practice network under it', () => {
    const tables = tablesOf({ node: [nodeRow()], sales: [saleRow('a')] });
    const { shape, sentence } = statusSentence({ tables });
    expect(trayModel(tables)).toMatchObject({
      shape,
      head: [sentence, 'Practice network: nothing here is real'],
    });
  });

  it('says nothing of practice on another network', () => {
    const node = nodeRow({ network: { kind: 'custom', name: 'Testnet' } });
    expect(trayModel(tablesOf({ node: [node] })).head).toEqual(['Nothing offered yet.']);
  });

  it('names a proof that is known in whole minutes, else until when none is due', () => {
    const facts = (time: number, changes: Partial<MoneyRow>) =>
      trayModel(tablesOf({ node: [nodeRow()], money: [moneyRow(changes)], chain: [chainRow(time)] })).facts;
    const known = { nextProofBy: 1252 };
    expect(facts(1000, known)[0]).toBe('Next proof within 5 min');
    expect(facts(1010, known)).toEqual(facts(1000, known));
    expect(facts(1251, known)[0]).toBe('Next proof within 1 min');
    expect(facts(1253, known)).toEqual(['Earned today: 0.00 TST']);
    expect(facts(noon, { noneDueUntil: noon + 35 * 60 })[0]).toBe('No proof is due until 12:35');
  });

  it('says what was paid since midnight, and nothing while the chain is not known', () => {
    const paid = (id: string, endedAt: number, payout: bigint) =>
      saleRow(id, { state: 'finished', endedAt, payout });
    const sales = [
      paid('a', noon - 13 * 3600, 9n * TST),
      paid('b', noon - 11 * 3600, TST),
      paid('c', noon, TST / 2n),
    ];
    const rows = { node: [nodeRow()], money: [moneyRow()], sales };
    expect(trayModel(tablesOf({ ...rows, chain: [chainRow(noon)] })).facts).toEqual([
      'Earned today: +1.50 TST',
    ]);
    expect(trayModel(tablesOf(rows)).facts).toEqual([]);
  });

  it('offers to pause while an offer is active, and to resume when all are paused', () => {
    const offers = (...rows: ReturnType<typeof offerRow>[]) =>
      trayModel(tablesOf({ availabilities: rows })).offers;
    expect(offers(offerRow('a'), offerRow('b', 'paused'))).toEqual({
      label: 'Pause offers',
      enables: false,
      ids: ['a'],
    });
    expect(offers(offerRow('b', 'paused'))).toEqual({
      label: 'Resume offers',
      enables: true,
      ids: ['b'],
    });
    expect(offers(offerRow('c', 'ended'))).toBeUndefined();
  });

  it('says at Quit what is at risk and by when, while proofs are due', () => {
    const quit = (...sales: ReturnType<typeof saleRow>[]) =>
      trayModel(tablesOf({ node: [nodeRow()], chain: [chainRow(noon)], sales })).quit;
    const first = saleRow('a', { proofs: due(noon + 60), currentCollateral: 2n * TST, collateral: 9n * TST });
    const second = saleRow('b', { proofs: due(noon + 120), collateral: TST });
    expect(quit(first)).toBe('Quit Slotkeeper (1 proof is due, by 12:01: up to 2.00 TST at risk)');
    expect(quit(second, first)).toBe(
      'Quit Slotkeeper (2 proofs are due, the first by 12:01: up to 3.00 TST at risk)',
    );
    expect(quit(saleRow('c', { proofs: due(noon) }))).toBe('Quit Slotkeeper');
    expect(quit(saleRow('d', { proofs: due(noon + 1), state: 'finished', endedAt: 1 }))).toBe(
      'Quit Slotkeeper',
    );
  });
});
