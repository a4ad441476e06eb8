import { describe, expect, it } from 'vitest';
import { Gate } from '../../../support/fakeslothost.ts';
import {
  aLedger,
  exampleTerms,
  expectSoundBooks,
  ledgerError,
  openLedger,
  reserved,
} from '../../../support/ledgerfixtures.ts';

const written = async () => 'written';

describe('changing the quota', () => {
  it('counts at once, up and down, and answers with what was written', async () => {
    const { reservations } = await aLedger(10_000n);
    expect(await reservations.setQuotaMax(20_000n, written)).toBe('written');
    expect([reservations.quota.max, reservations.available]).toEqual([20_000n, 20_000n]);
    await reservations.createAvailability({ ...exampleTerms, totalSize: 15_000n });
    await reservations.setQuotaMax(15_000n, written);
    expect(reservations.available).toBe(0n);
    expectSoundBooks(reservations);
  });

  it('is refused below what is stored and promised, with both numbers and what to do, before it is written', async () => {
    const { reservations } = await aLedger(10_000n);
    await reservations.createAvailability(exampleTerms);
    const held = await reserved(reservations);
    await reservations.bookWritten(held.id, 10n);
    const writes: string[] = [];
    const lower = reservations.setQuotaMax(999n, async () => writes.push('written'));
    await expect(lower).rejects.toMatchObject({
      code: 'QUOTA_BELOW_PROMISED',
      details: { asked: 999n, promised: 1000n },
      message: expect.stringMatching(/1000 bytes.* make the offers smaller/) as string,
    });
    expect([reservations.quota.max, writes]).toEqual([10_000n, []]);
    await reservations.setQuotaMax(1000n, written);
    expect(reservations.quota.max).toBe(1000n);
  });

  it('that cannot be written changes nothing', async () => {
    const { reservations } = await aLedger(10_000n);
    const failing = reservations.setQuotaMax(1n, () => Promise.reject(new Error('The disk is full.')));
    await expect(failing).rejects.toThrow('The disk is full.');
    expect(reservations.quota.max).toBe(10_000n);
  });

  it('is one step: what is offered meanwhile waits, and is held to the new quota', async () => {
    const { reservations } = await aLedger(10_000n);
    const gate = new Gate();
    const lowering = reservations.setQuotaMax(1500n, () => gate.pass());
    await gate.reached;
    const first = reservations.createAvailability(exampleTerms);
    const second = expect(reservations.createAvailability(exampleTerms)).rejects.toEqual(
      ledgerError('QUOTA_EXCEEDED'),
    );
    gate.open();
    await Promise.all([lowering, first, second]);
    expect(reservations.quota).toMatchObject({ max: 1500n, reserved: 1000n });
  });

  it('looks again at what was refused while less was allowed', async () => {
    const { database, reservations: before } = await aLedger(10_000n);
    await before.createAvailability(exampleTerms);
    const over = await openLedger(database, { quotaMax: 500n });
    const heard: boolean[] = [];
    over.onChange.subscribe(({ isLooser }) => heard.push(isLooser));
    await over.setQuotaMax(2000n, written);
    expect(heard).toEqual([true]);
    await reserved(over);
  });

  it('after a crash on the way the next start has the books whole, whichever quota was written', async () => {
    for (const kept of [10_000n, 1500n]) {
      const { database, reservations } = await aLedger(10_000n);
      await reservations.createAvailability(exampleTerms);
      // Never settles, as when the process is killed while or after the settings are written.
      const gate = new Gate();
      void reservations.setQuotaMax(1500n, () => gate.pass());
      await gate.reached;
      const next = await openLedger(database, { quotaMax: kept });
      expect(next.quota).toEqual({ max: kept, used: 0n, reserved: 1000n });
      expectSoundBooks(next);
      gate.open();
    }
  });
});
