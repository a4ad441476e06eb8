import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fate } from '../../support/crash/life.ts';
import { lives, paid, type KnownLife } from '../../support/crash/lives.ts';
import type { EndPlan } from '../../support/crash/nodeview.ts';
import { openTheatre, type Theatre } from '../../support/crash/theatre.ts';

/** A computer may be busy with other things. */
const PATIENCE_MS = 600_000;

let theatre: Theatre;
beforeAll(async () => void (theatre = await openTheatre()));
afterAll(() => theatre.close());

/** Ends the life's process at its n-th durable write; the next one, as it recovers, at its m-th; then lets it live. */
const endAt = (n: number, how: EndPlan['how'], m?: number): Fate => ({
  plan: ({ ends, writes }) => {
    if (ends === 0 && n > writes.length) return { at: n - writes.length, how };
    return ends === 1 && m !== undefined ? { at: m, how } : undefined;
  },
});

/**
 * The durable writes of a life that the plain one does not have in that order, each with the two that follow it; of the
 * plain one all of them.
 */
async function ownWrites(life: KnownLife): Promise<number[]> {
  const { writes } = await theatre.play(life);
  const numbers = writes.map((_, i) => i + 1);
  if (life === paid) return numbers;
  const plain = (await theatre.play(paid)).writes;
  let matched = 0;
  const own = new Set<number>();
  for (const [i, write] of writes.entries()) {
    if (write === plain[matched]) matched++;
    else for (const n of [i + 1, i + 2, i + 3]) own.add(n);
  }
  return numbers.filter((n) => own.has(n));
}

/** Plays the life once for each write; its process has to end there, and the life as it should. */
async function endAtEach(life: KnownLife, writes: readonly number[], how: EndPlan['how']): Promise<void> {
  await theatre.playAll(
    writes.map((n) => async () => {
      const { ends, outcomes, writes } = await theatre.play(life, endAt(n, how));
      // What runs side by side makes a write more or less; then the last one may never come.
      const ended = ends === 1 || writes.length < n ? 'ended' : 'did not end';
      const told = `${ended}, outcomes [${outcomes.join()}]`;
      const expected = `ended, outcomes [${life.outcomes.join()}]`;
      if (told !== expected) throw new Error(`${life.name}, ${how} write ${n}: ${told}, not ${expected}`);
    }),
  );
}

const everyThird = (writes: readonly number[], rest: number) => writes.filter((n) => n % 3 === rest);

describe.each(lives)('$name', { timeout: PATIENCE_MS }, (life) => {
  it('runs undisturbed', async () => {
    const { writes, outcomes } = await theatre.play(life);
    expect(writes.length).toBeGreaterThan(20);
    expect(outcomes).toEqual(life.outcomes);
  });

  it('comes to its right end when the process is killed after any of its durable writes', async () => {
    await endAtEach(life, await ownWrites(life), 'after');
  });

  it('comes to its right end when the process is killed before any third of its durable writes', async () => {
    await endAtEach(life, everyThird(await ownWrites(life), 1), 'before');
  });

  it('comes to its right end when the node is stopped in order in any of its phases', async () => {
    await endAtEach(life, everyThird(await ownWrites(life), 0), 'stop');
  });
});

describe('a process that is killed while it recovers from a kill', { timeout: PATIENCE_MS }, () => {
  it('is followed by one that brings the sale to its right end', async () => {
    await theatre.playAll(
      everyThird(await ownWrites(paid), 2).map((n) => async () => {
        const { outcomes } = await theatre.play(paid, endAt(n, 'after', 1 + (n % 7)));
        expect(outcomes).toEqual(paid.outcomes);
      }),
    );
  });
});

describe('a node that is killed and comes back after the request expired', { timeout: PATIENCE_MS }, () => {
  it('gives back what was begun, and is paid for what was filled', async () => {
    const ends: string[] = [];
    // Of the first ones each, since there is one between any two things that are begun.
    const writes = (await ownWrites(paid)).filter((n) => n <= 15 || n % 3 === 0);
    const tales = writes.map((n, i) => async () => {
      const { outcomes } = await theatre.play(paid, { ...endAt(n, 'after'), downtime: () => 160 });
      ends[i] = outcomes.join();
    });
    await theatre.playAll(tales);
    // Killed before it was asked for, so that all came later; before it was filled; and after.
    const chapters = ends.filter((end) => end !== '').filter((end, i, all) => end !== all[i - 1]);
    expect(chapters).toEqual(['paid', 'requestExpired', 'paid']);
  });
});
