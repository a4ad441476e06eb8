import fc from 'fast-check';
import { expect, test } from 'vitest';
import { abortError } from '../../../src/main/engine/lib/abort.ts';
import { silentLogger } from '../../../src/main/engine/logger.ts';
import { Timekeeper } from '../../../src/main/practice/timekeeper.ts';

/** A chain that takes every block, and a wall clock that moves only when time is slept away. */
class Bench {
  readonly mined: number[] = [];
  frozen = 0;
  wallMs = 0;
  refusals = 0;
  #atWall: [wallMs: number, work: () => void][] = [];
  readonly #abort = new AbortController();
  readonly chain = {
    head: { number: 0, timestamp: 1_000 },
    mine: async (timestamp: number) => {
      if (this.refusals-- > 0) throw new Error('refused');
      this.mined.push(timestamp);
      this.chain.head = { number: this.chain.head.number + 1, timestamp };
    },
    freeze: async () => void this.frozen++,
  };

  get time(): number {
    return this.chain.head.timestamp;
  }

  at(wallMs: number, work: () => void): void {
    this.#atWall.push([wallMs, work]);
  }

  /** Runs until so much wall time has passed. */
  async run(speed: number, untilMs: number, begun?: (keeper: Timekeeper) => void): Promise<void> {
    const keeper = new Timekeeper(
      { chain: this.chain, logger: silentLogger },
      { speed, sleep: this.#sleep(untilMs) },
    );
    begun?.(keeper);
    await expect(keeper.run(this.#abort.signal)).rejects.toMatchObject({ name: 'AbortError' });
  }

  #sleep(untilMs: number) {
    return async (ms: number, signal: AbortSignal) => {
      const due = this.#atWall.findIndex(([at]) => at <= this.wallMs + ms);
      const [work] = due < 0 ? [] : this.#atWall.splice(due, 1);
      this.wallMs = work ? work[0] : this.wallMs + ms;
      work?.[1]();
      if (signal.aborted) throw abortError(signal);
      if (this.wallMs < untilMs) return;
      this.#abort.abort();
      throw abortError(this.#abort.signal);
    };
  }
}

test('time runs at its speed, in whole seconds, whatever the fractions', async () => {
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 0.05, max: 1000, noNaN: true }), async (speed) => {
      const bench = new Bench();
      await bench.run(speed, 60_000);
      const due = 1 + speed * 60;
      expect(bench.time - 1_000).toBeLessThanOrEqual(due + 1);
      // What the last interval was for is mined only after it.
      expect(bench.time - 1_000).toBeGreaterThan(due - Math.max(2, speed) - 1);
    }),
  );
});

test('every block is later than the one before it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 0.05, max: 1000, noNaN: true }), async (speed) => {
      const bench = new Bench();
      await bench.run(speed, 20_000);
      const pairs = bench.mined.map((timestamp, index) => timestamp - (bench.mined[index - 1] ?? 1_000));
      expect(Math.min(...pairs)).toBeGreaterThanOrEqual(1);
    }),
  );
});

test('fast time comes in more blocks: a period of a minute has several', async () => {
  const bench = new Bench();
  await bench.run(100, 5_000);
  const steps = bench.mined.slice(1).map((timestamp, index) => timestamp - (bench.mined[index] ?? 0));
  expect(Math.max(...steps)).toBeLessThanOrEqual(10);
});

test('the first block comes at once, so that a resumed chain does not answer with the time of the computer', async () => {
  const bench = new Bench();
  await bench.run(0, 0);
  expect(bench.mined).toEqual([1_001]);
});

test('at speed 0 no block comes and time is held, until the speed changes', async () => {
  const bench = new Bench();
  await bench.run(0, 20_000, (keeper) => {
    bench.at(10_000, () => {
      expect(bench.mined).toEqual([1_001]);
      expect(bench.frozen).toBe(1);
      keeper.setSpeed(2);
    });
  });
  expect(bench.time).toBeGreaterThanOrEqual(1_018);
  expect(bench.time).toBeLessThanOrEqual(1_022);
});

test('a block that the chain refuses is not lost: its time is in the next one', async () => {
  const bench = new Bench();
  bench.refusals = 3;
  await bench.run(10, 5_000);
  expect(bench.mined[0]).toBe(1_016);
});

test('speeds that cannot be are refused, at the start and later', () => {
  const make = (speed: number) =>
    new Timekeeper({ chain: new Bench().chain, logger: silentLogger }, { speed });
  for (const speed of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1001]) {
    expect(() => make(speed)).toThrow(expect.objectContaining({ code: 'BAD_SPEED' }) as Error);
    expect(() => make(1).setSpeed(speed)).toThrow(expect.objectContaining({ code: 'BAD_SPEED' }) as Error);
  }
});
