import { describe, expect, it } from 'vitest';
import { trayModel } from '../../../src/main/shell/tray-model.ts';
import { statusSentence } from '../../../src/shared/status.ts';
import { chainRow, moneyRow, nodeRow, offerRow, saleRow, tablesOf } from '../../support/livefixtures.ts';

const TST = 10n ** 18n;
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

  it('names the next proof in whole minutes, and what was earned', () => {
    const money = moneyRow({ earned: (1443n * TST) / 100n, nextProofBy: 1252 });
    const facts = (time: number) =>
      trayModel(tablesOf({ node: [nodeRow()], money: [money], chain: [chainRow(time)] })).facts;
    expect(facts(1000)).toEqual(['Next proof within 5 min', 'Earned: 14.43 TST']);
    expect(facts(1010)).toEqual(facts(1000));
    expect(facts(1251)[0]).toBe('Next proof within 1 min');
    expect(facts(1253)).toEqual(['Earned: 14.43 TST']);
  });

  it('offers to pause while an offer is active, and to resume when all are paused', () => {
    const offers = (...rows: ReturnType<typeof offerRow>[]) =>
      trayModel(tablesOf({ availabilities: rows })).offers;
    expect(offers(offerRow('a'), offerRow('b', 'paused'))).toEqual({ label: 'Pause offers', ids: ['a'] });
    expect(offers(offerRow('b', 'paused'))).toEqual({ label: 'Resume offers', ids: ['b'] });
    expect(offers(offerRow('c', 'ended'))).toBeUndefined();
  });

  it('says at Quit what is lost at most while proofs are due', () => {
    const quit = (...sales: ReturnType<typeof saleRow>[]) =>
      trayModel(tablesOf({ node: [nodeRow()], chain: [chainRow(100)], sales })).quit;
    const first = saleRow('a', { proofs: due(101), currentCollateral: 2n * TST, collateral: 9n * TST });
    const second = saleRow('b', { proofs: due(150), collateral: TST });
    expect(quit(first)).toBe('Quit (1 proof is due: up to 2.00 TST lost)');
    expect(quit(first, second)).toBe('Quit (2 proofs are due: up to 3.00 TST lost)');
    expect(quit(saleRow('c', { proofs: due(100) }))).toBe('Quit');
    expect(quit(saleRow('d', { proofs: due(150), state: 'finished', endedAt: 1 }))).toBe('Quit');
  });
});
