import { describe, expect, it } from 'vitest';
import type { RequestId, SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import type { SaleInfo } from '../../../../src/main/engine/sales/saleinfo.ts';
import { newSale, resumedSale, SaleRecord } from '../../../../src/main/engine/sales/salerecord.ts';
import { salesummary, secondsByState } from '../../../../src/main/engine/sales/salesummary.ts';
import { atStake, costOfMiss } from '../../../../src/main/engine/sales/stake.ts';
import { FakeClock } from '../../../support/fakeclock.ts';
import { fakeConfig } from '../../../support/fakemarket.ts';
import { exampleAsk, word } from '../../../support/requests.ts';
import { recordingLogger } from '../../../support/recordinglogger.ts';
import { pass, settled } from '../../../support/salesfixtures.ts';
import { post, scenes } from '../../../support/salesscenes.ts';

const { provider } = scenes();

const ref = { slotId: word<SlotId>(1), requestId: word<RequestId>(2), slotIndex: 3 };
const sale = (changes: Partial<SaleInfo> = {}): SaleInfo => ({ ...newSale(ref, 1000), ...changes });

describe('the summary of a sale', () => {
  it('is one line that says how it ended, how long it took, and what it moved', async () => {
    const { logger, lines } = recordingLogger();
    const { world, node } = await provider({ logger });
    const { requestId, slotId, rate } = post(world);
    await settled();
    await pass(world.clock, 3700);
    const [info] = await node.sales.history(1);
    const summaries = lines.filter(({ message }) => message === 'Sale ended');
    expect(summaries).toHaveLength(1);
    expect(summaries[0]).toMatchObject({ level: 'info' });
    expect(summaries[0]?.fields).toEqual({
      requestId,
      slotIndex: 0,
      slotId,
      outcome: 'paid',
      why: 'Ran to its end and was paid.',
      seconds: { initialProving: 45, proving: 3560, payout: 60 },
      slotSize: 1_048_576n,
      downloadedBytes: 1_048_576n,
      collateral: 104_857_600n,
      returned: 104_857_600n,
      payout: rate * BigInt((info?.requestEndsAt ?? 0) - (info?.filledAt ?? 0)),
      gasCost: info?.gasCost,
      proofs: { sent: info?.proofs.sent, late: 0, failed: 0, missed: 0 },
    });
  });

  it('adds up the visits to a state, and leaves out those that were left at once', () => {
    const path = [
      { state: 'preparing', at: 1000 },
      { state: 'filling', at: 1000 },
      { state: 'initialProving', at: 1010 },
      { state: 'filling', at: 1030 },
      { state: 'errored', at: 1035 },
    ] as const;
    expect(secondsByState(sale({ path, endedAt: 1040 }))).toEqual({
      filling: 15,
      initialProving: 20,
      errored: 5,
    });
  });

  it('names no collateral of a slot that was never filled', () => {
    const record = new SaleRecord(sale(), { clock: new FakeClock(1100), tell: () => {} });
    record.note({ collateral: 5n });
    record.ended();
    expect(record.info).not.toHaveProperty('collateral');
    expect(salesummary(record.info)).toMatchObject({ collateral: undefined, returned: undefined });
    expect(salesummary(record.info)).not.toHaveProperty('proofs');
  });
});

describe('the path of a sale', () => {
  it('goes on after a restart, and keeps its beginning and its newest part', () => {
    const clock = new FakeClock(1000);
    const record = new SaleRecord(sale(), { clock, tell: () => {} });
    record.entered('preparing', undefined);
    for (let i = 0; i < 100; i++) {
      clock.advance(1);
      record.entered('unknown', 'proving');
      record.entered('proving', 'unknown');
    }
    const { path } = resumedSale(record.info, clock.now());
    expect(path).toHaveLength(128);
    expect(path[0]).toEqual({ state: 'preparing', at: 1000 });
    expect(path.at(-1)).toEqual({ state: 'proving', at: 1100 });
    expect(path[1]?.at).toBeGreaterThan(1030);
  });
});

describe('what is at stake in a slot', () => {
  const hosted = sale({
    ask: exampleAsk,
    filledAt: 1000,
    requestEndsAt: 4600,
    collateral: 104_857_600n,
    currentCollateral: 83_886_080n,
  });

  it('is the collateral that is left and the pay earned, and nothing once the request has ended', () => {
    expect(atStake(hosted, 1000)).toBe(83_886_080n);
    expect(atStake(hosted, 1060)).toBe(83_886_080n + 60n * 7_340_032n);
    expect(atStake(hosted, 4600)).toBe(83_886_080n + 3600n * 7_340_032n);
    expect(atStake(hosted, 4601)).toBe(0n);
    expect(atStake(sale({ ask: exampleAsk }), 1060)).toBe(0n);
  });

  it('is all of the collateral of a slot taken over at a discount, before the chain was asked for it', () => {
    const repaired = sale({ ask: exampleAsk, filledAt: 1000, requestEndsAt: 4600, collateral: 94_371_840n });
    expect(atStake(repaired, 1000)).toBe(104_857_600n);
  });

  it('costs a fifth of the full collateral with a miss, and the slot with the last that is let pass', () => {
    const missedOnce = { ...hosted, proofs: { ...hosted.proofs, missed: 1 } };
    expect(costOfMiss(hosted, fakeConfig)).toEqual({ slash: 20_971_520n, losesSlot: false });
    expect(costOfMiss(missedOnce, fakeConfig)).toEqual({ slash: 20_971_520n, losesSlot: true });
  });
});
