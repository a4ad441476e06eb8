import { describe, expect, it } from 'vitest';
import { MarkFinder } from '../../../../src/main/engine/accounts/mark.ts';
import { hash, marketplace } from '../../../support/accountworld.ts';

const MARK = '0xeda35804';
const FREE = '0xa29c29a4';
const slot = (n: number) => hash(1000 + n);
const { signal } = new AbortController();

/** A chain in whose blocks the marketplace moved tokens, each by one call. */
class Marks {
  readonly calls = new Map<string, string>();
  readonly moves: { transactionHash: string; blockNumber: number }[] = [];
  readonly asked = { moves: 0, calls: 0 };
  nowMs = 0;
  readonly finder = new MarkFinder(
    {
      payers: [marketplace],
      tokenMovesBy: async () => {
        this.asked.moves++;
        return [...this.moves];
      },
      callOf: async (of) => {
        this.asked.calls++;
        return this.calls.get(of);
      },
      block: async (number) => ({ number: Number(number), hash: hash(0), timestamp: 1000 + Number(number) }),
    },
    { nowMs: () => this.nowMs },
  );

  move(n: number, call: string | undefined): void {
    this.moves.push({ transactionHash: hash(n), blockNumber: n });
    if (call !== undefined) this.calls.set(hash(n), call);
  }

  find = (n: number) => this.finder.find({ slotId: slot(n) as never }, { signal });
}

const calling = (method: string, n: number) => `${method}${slot(n).slice(2).toUpperCase()}`;

describe('The mark of a miss', () => {
  it('is the newest call that names the slot, and is not its end', async () => {
    const marks = new Marks();
    marks.move(1, calling(MARK, 1));
    marks.move(2, calling(MARK, 2));
    marks.move(3, calling(FREE, 1));
    await expect(marks.find(1)).resolves.toEqual({ at: 1001, block: 1, transactionHash: hash(1) });
    await expect(marks.find(9)).resolves.toBeUndefined();
  });

  it('costs few questions where many slots missed together', async () => {
    const marks = new Marks();
    for (let n = 1; n <= 60; n++) marks.move(n, calling(MARK, n));
    for (let n = 1; n <= 60; n++) expect((await marks.find(n))?.block).toBe(n);
    expect(marks.asked).toEqual({ moves: 1, calls: 60 });
  });

  it('is asked for anew when it is newer than what is kept, and when that is old', async () => {
    const marks = new Marks();
    marks.move(1, calling(MARK, 1));
    await marks.find(1);
    marks.move(2, calling(MARK, 2));
    expect((await marks.find(2))?.block).toBe(2);
    expect(marks.asked).toEqual({ moves: 2, calls: 2 });
    marks.nowMs += 60_000;
    marks.move(3, calling(MARK, 1));
    expect((await marks.find(1))?.block).toBe(3);
    expect(marks.asked).toEqual({ moves: 3, calls: 3 });
  });

  it('is asked for again where the server did not know the call', async () => {
    const marks = new Marks();
    marks.move(1, undefined);
    await expect(marks.find(1)).resolves.toBeUndefined();
    marks.calls.set(hash(1), calling(MARK, 1));
    expect((await marks.find(1))?.block).toBe(1);
  });
});
