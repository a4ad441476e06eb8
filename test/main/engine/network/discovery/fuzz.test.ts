import { describe, expect, it } from 'vitest';
import { fuzz } from '../../../../support/fuzz/decoders.ts';
import { discoveryDecoders } from '../../../../support/fuzz/discoverydecoders.ts';

describe.each(discoveryDecoders)('a reader of $name', (decoder) => {
  it('meets nearly sensible bytes with an answer that holds or an error of ours', () => {
    const { read, refused } = fuzz(decoder, { seed: 5, count: 4_000 });
    expect(read).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(400);
  });
});
