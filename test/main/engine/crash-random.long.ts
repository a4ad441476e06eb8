import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeededNumbers } from '../../support/random.ts';
import { randomFate, randomLife } from '../../support/crash/randomlives.ts';
import { openTheatre, type Theatre } from '../../support/crash/theatre.ts';

/** KILLS=… how many to kill in all, FROM=… the first seed; SEED=… tells one life alone. */
const { KILLS = '500', FROM = '1', SEED } = process.env;

let theatre: Theatre;
beforeAll(async () => void (theatre = await openTheatre()));
afterAll(() => theatre.close());

/** A life that follows from its seed, but for what is killed by the clock on the wall. Answers how many were killed. */
async function playSeed(seed: number): Promise<number> {
  const random = new SeededNumbers(seed);
  const life = randomLife(`SEED=${seed}`, random);
  const { kills } = await theatre.play(life, randomFate(random, random.int(3, 10)));
  return kills;
}

describe('processes that are killed at random instants', () => {
  if (SEED === undefined) {
    it(`end every life right, over ${KILLS} kills`, async () => {
      let seed = Number(FROM);
      let kills = 0;
      const oneAfterAnother = async () => {
        while (kills < Number(KILLS)) {
          const killed = await playSeed(seed++);
          kills += killed;
        }
      };
      await theatre.playAll([oneAfterAnother, oneAfterAnother]);
      expect(kills).toBeGreaterThanOrEqual(Number(KILLS));
    });
  } else {
    it(`end the life of seed ${SEED} right`, async () => {
      expect(await playSeed(Number(SEED))).toBeGreaterThanOrEqual(0);
    });
  }
});
