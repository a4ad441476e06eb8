import { expect, it } from 'vitest';
import { fuzz } from '../../../../support/fuzz/decoders.ts';
import { discoveryDecoders } from '../../../../support/fuzz/discoverydecoders.ts';

const MB = 2 ** 20;

it.each(discoveryDecoders)('a million inputs for the reader of $name', (decoder) => {
  const heapBefore = process.memoryUsage().heapUsed;
  for (let seed = 1; seed <= 100; seed++) {
    fuzz(decoder, { seed, count: 10_000 });
    // Garbage in between is collected when there is need; what grows on and on is not garbage.
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(512 * MB);
  }
});
