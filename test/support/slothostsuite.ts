import { describe, expect, it } from 'vitest';
import { word } from './requests.ts';
import type { Challenge, SlotId } from '../../src/main/engine/contracts/ids.ts';
import type { HostedSlot, SlotHost } from '../../src/main/engine/slots/slothost.ts';

/** A host that holds nothing yet, over data that can be had whole. */
export interface HostUnderTest {
  readonly host: SlotHost;
  readonly slot: HostedSlot;
  readonly totalBytes: bigint;
  /** What is charged at once; the slot has at least three of it. */
  readonly batchBytes: bigint;
  /** Harms a whole slot's bytes behind the host's back: all of them, or a part. */
  damage(what: 'all' | 'part'): Promise<void>;
  /** Challenges that look at nothing, and at something, of the part that `damage` harms. */
  readonly challenges: { readonly beside: Challenge; readonly onPart: Challenge };
  /** Makes the next write to the disk fail. */
  failNextWrite(): void;
}

/** What every slot host keeps to: held by the fake and by the true one. */
export function slotHostSuite(name: string, make: () => Promise<HostUnderTest>): void {
  const { signal } = new AbortController();

  /** The books of a slot, as the ledger keeps them. */
  function books({ host, slot }: HostUnderTest) {
    let charged = 0n;
    return {
      charges: [] as bigint[],
      get charged() {
        return charged;
      },
      /** Compares with the disk at each charge: nothing may be there that was not charged. */
      async charge(bytes: bigint) {
        expect(await host.storedBytes(slot.slotId)).toBeLessThanOrEqual(charged);
        this.charges.push(bytes);
        charged += bytes;
      },
      async followDisk() {
        charged = await host.storedBytes(slot.slotId);
      },
    };
  }

  async function aWholeSlot() {
    const made = await make();
    await made.host.store(made.slot, { charge: async () => {}, signal });
    return made;
  }

  describe(`${name}, as every slot host`, () => {
    it('charges each batch before it is written, and every byte once', async () => {
      const made = await make();
      const ledger = books(made);
      await made.host.store(made.slot, { charge: (bytes) => ledger.charge(bytes), signal });
      expect(ledger.charges.length).toBeGreaterThanOrEqual(3);
      for (const bytes of ledger.charges) {
        expect(bytes > 0n && bytes <= made.batchBytes).toBe(true);
      }
      expect([ledger.charged, await made.host.storedBytes(made.slot.slotId)]).toEqual([
        made.totalBytes,
        made.totalBytes,
      ]);
    });

    it('writes nothing of a batch whose charge is refused, ends with that error, and can go on later', async () => {
      const made = await make();
      const { host, slot, batchBytes, totalBytes } = made;
      const ledger = books(made);
      const refusing = async (bytes: bigint) => {
        if (ledger.charged > 0n) throw new Error('out of bounds');
        await ledger.charge(bytes);
      };
      await expect(host.store(slot, { charge: refusing, signal })).rejects.toThrow('out of bounds');
      expect([ledger.charged, await host.storedBytes(slot.slotId)]).toEqual([batchBytes, batchBytes]);
      await host.store(slot, { charge: (bytes) => ledger.charge(bytes), signal });
      expect(ledger.charged).toBe(totalBytes);
    });

    it('leaves books and disk agreeing when a download is called off, and charges nothing twice after', async () => {
      const made = await make();
      const { host, slot, totalBytes } = made;
      const ledger = books(made);
      const controller = new AbortController();
      const charge = async (bytes: bigint) => {
        await ledger.charge(bytes);
        if (ledger.charges.length === 2) controller.abort();
      };
      await expect(host.store(slot, { charge, signal: controller.signal })).rejects.toMatchObject({
        name: 'AbortError',
      });
      expect(await host.storedBytes(slot.slotId)).toBe(ledger.charged);
      await host.store(slot, { charge: (bytes) => ledger.charge(bytes), signal });
      expect(ledger.charged).toBe(totalBytes);
    });

    it('is called off before it has begun', async () => {
      const { host, slot, challenges } = await make();
      const options = { charge: async () => {}, signal: AbortSignal.abort() };
      const aborted = { name: 'AbortError' };
      await expect(host.store(slot, options)).rejects.toMatchObject(aborted);
      expect(await host.storedBytes(slot.slotId)).toBe(0n);
      await host.store(slot, { ...options, signal });
      await expect(host.prove(slot, challenges.beside, options)).rejects.toMatchObject(aborted);
      await expect(host.verify(slot, options)).rejects.toMatchObject(aborted);
    });

    it('has charged one batch more than is stored when a write fails; the books follow and all is well', async () => {
      const made = await make();
      const { host, slot, batchBytes, totalBytes } = made;
      const ledger = books(made);
      const charge = async (bytes: bigint) => {
        await ledger.charge(bytes);
        if (ledger.charges.length === 2) made.failNextWrite();
      };
      await expect(host.store(slot, { charge, signal })).rejects.toThrow();
      expect(ledger.charged - (await host.storedBytes(slot.slotId))).toBe(batchBytes);
      await ledger.followDisk();
      await host.store(slot, { charge: (bytes) => ledger.charge(bytes), signal });
      expect([ledger.charged, await host.storedBytes(slot.slotId)]).toEqual([totalBytes, totalBytes]);
    });

    it('tells its progress from what is there to all', async () => {
      const { host, slot, totalBytes } = await make();
      const seen: bigint[] = [];
      const onProgress = (progress: { doneBytes: bigint; totalBytes: bigint }) => {
        expect(progress.totalBytes).toBe(totalBytes);
        seen.push(progress.doneBytes);
      };
      await host.store(slot, { charge: async () => {}, onProgress, signal });
      expect([seen[0], seen.at(-1)]).toEqual([0n, totalBytes]);
      expect(seen).toEqual([...seen].sort((a, b) => Number(a - b)));
    });

    it('has nothing to charge for a slot that is whole', async () => {
      const { host, slot } = await aWholeSlot();
      const charge = () => Promise.reject(new Error('charged'));
      await expect(host.store(slot, { charge, signal })).resolves.toBeUndefined();
    });

    it('finds nothing missing in a whole slot, and proves it', async () => {
      const { host, slot, totalBytes, challenges } = await aWholeSlot();
      expect(await host.verify(slot, { signal })).toEqual({ missingBytes: 0n });
      expect(await host.storedBytes(slot.slotId)).toBe(totalBytes);
      await expect(host.prove(slot, challenges.beside, { signal })).resolves.toBeDefined();
      await expect(host.prove(slot, challenges.onPart, { signal })).resolves.toBeDefined();
    });

    it('finds all that was sold missing in a slot of which it holds nothing, and cannot prove it', async () => {
      const { host, slot, challenges } = await make();
      expect(await host.verify(slot, { signal })).toEqual({ missingBytes: slot.request.ask.slotSize });
      await expect(host.prove(slot, challenges.beside, { signal })).rejects.toMatchObject({
        code: 'DATA_MISSING',
      });
    });

    it('finds missing what is not fetched yet', async () => {
      const made = await make();
      const { host, slot, totalBytes, batchBytes } = made;
      let charges = 0;
      const charge = async () => {
        if (++charges === 2) throw new Error('enough');
      };
      await expect(host.store(slot, { charge, signal })).rejects.toThrow('enough');
      expect(await host.verify(slot, { signal })).toEqual({ missingBytes: totalBytes - batchBytes });
    });

    it.each(['all', 'part'] as const)(
      'strikes out what is harmed (%s), fetches and charges exactly that again, and proves again',
      async (what) => {
        const made = await aWholeSlot();
        const { host, slot, totalBytes, challenges } = made;
        await made.damage(what);
        const { missingBytes } = await host.verify(slot, { signal });
        expect(await host.storedBytes(slot.slotId)).toBe(totalBytes - missingBytes);
        expect(missingBytes === totalBytes).toBe(what === 'all');
        expect(await host.verify(slot, { signal })).toEqual({ missingBytes });
        const ledger = books(made);
        await ledger.followDisk();
        await host.store(slot, { charge: (bytes) => ledger.charge(bytes), signal });
        expect(ledger.charged).toBe(totalBytes);
        expect(await host.verify(slot, { signal })).toEqual({ missingBytes: 0n });
        await expect(host.prove(slot, challenges.onPart, { signal })).resolves.toBeDefined();
      },
    );

    it('proves a slot in part missing when the proof does not look there, and names what is missing when it does', async () => {
      const made = await aWholeSlot();
      const { host, slot, challenges } = made;
      await made.damage('part');
      await host.verify(slot, { signal });
      await expect(host.prove(slot, challenges.beside, { signal })).resolves.toBeDefined();
      await expect(host.prove(slot, challenges.onPart, { signal })).rejects.toMatchObject({
        code: 'DATA_MISSING',
        details: { slotId: slot.slotId, positions: [expect.any(Number)] },
        message: expect.stringContaining('fetched again'),
      });
    });

    it('strikes out what a proof finds harmed, so that it is fetched again', async () => {
      const made = await aWholeSlot();
      const { host, slot, totalBytes, challenges } = made;
      await made.damage('part');
      await expect(host.prove(slot, challenges.beside, { signal })).resolves.toBeDefined();
      expect(await host.storedBytes(slot.slotId)).toBe(totalBytes);
      await expect(host.prove(slot, challenges.onPart, { signal })).rejects.toMatchObject({
        code: 'DATA_MISSING',
      });
      expect(await host.storedBytes(slot.slotId)).toBeLessThan(totalBytes);
      await host.store(slot, { charge: async () => {}, signal });
      await expect(host.prove(slot, challenges.onPart, { signal })).resolves.toBeDefined();
    });

    it('deletes a slot, twice if asked to, and stores it again from nothing', async () => {
      const made = await aWholeSlot();
      const { host, slot, totalBytes } = made;
      await host.clear(slot.slotId);
      await host.clear(slot.slotId);
      expect(await host.storedBytes(slot.slotId)).toBe(0n);
      const ledger = books(made);
      await host.store(slot, { charge: (bytes) => ledger.charge(bytes), signal });
      expect(ledger.charged).toBe(totalBytes);
    });

    it('sweeps the slots that are not to be kept, and only those', async () => {
      const { host, slot, totalBytes } = await aWholeSlot();
      expect(await host.sweep(new Set([slot.slotId, word<SlotId>(9)]))).toEqual([]);
      expect(await host.storedBytes(slot.slotId)).toBe(totalBytes);
      expect(await host.sweep(new Set([word<SlotId>(9)]))).toEqual([slot.slotId]);
      expect(await host.storedBytes(slot.slotId)).toBe(0n);
      expect(await host.sweep(new Set())).toEqual([]);
    });
  });
}
