import { describe, expect, it } from 'vitest';
import type { RequestId, SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { needsDisk } from '../../../../src/main/engine/sales/diskneed.ts';
import type { SaleInfo } from '../../../../src/main/engine/sales/saleinfo.ts';
import { newSale } from '../../../../src/main/engine/sales/salerecord.ts';
import { word } from '../../../support/requests.ts';

const sale = newSale({ slotId: word<SlotId>(1), requestId: word<RequestId>(2), slotIndex: 0 }, 0);

describe('A sale needs the disk', () => {
  it.each<[boolean, string, Partial<SaleInfo>]>([
    [false, 'has nothing to do', { state: 'proving' }],
    [true, 'downloads', { state: 'downloading' }],
    [true, 'makes its first proof', { state: 'initialProving' }],
    [true, 'has a proof due', { state: 'proving', proofs: { ...sale.proofs, dueBy: 5 } }],
    [true, 'fetches what is missing', { state: 'proving', missingBytes: 1n }],
  ])('%s, when it %s', (needs, _, changes) => {
    expect(needsDisk({ ...sale, ...changes })).toBe(needs);
  });
});
