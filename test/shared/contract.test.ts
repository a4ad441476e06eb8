import { describe, expect, it } from 'vitest';
import { api } from '../../src/shared/api.ts';
import { decode, encode } from '../../src/shared/json.ts';

const offer = {
  name: ' Spare disk ',
  totalBytes: 2n ** 40n,
  durationSeconds: 86_400n,
  minPricePerBytePerSecond: 1n,
  totalCollateral: 2n ** 256n - 1n,
};

describe('Contract of the application', () => {
  it.each(Object.keys(api.calls) as (keyof typeof api.calls)[])('refuses unknown members in %s', (name) => {
    expect(api.calls[name].input.safeParse({ surprise: 1 }).success).toBe(false);
  });

  it('takes an offer as it crosses, and fills in what may be left out', () => {
    const crossed = decode(encode(offer));
    expect(api.calls.createAvailability.input.parse(crossed)).toEqual({
      ...offer,
      name: 'Spare disk',
      enabled: true,
      until: 0,
    });
  });

  it.each([
    ['a size of nothing', { totalBytes: 0n }],
    ['a negative size', { totalBytes: -1n }],
    ['a size beyond 63 bits', { totalBytes: 2n ** 63n }],
    ['a size that is no bigint', { totalBytes: 5 }],
    ['a price that is text', { minPricePerBytePerSecond: '1' }],
    ['collateral beyond 256 bits', { totalCollateral: 2n ** 256n }],
    ['a name of spaces', { name: '   ' }],
    ['a name without end', { name: 'x'.repeat(61) }],
    ['an end before time began', { until: -1 }],
  ])('refuses an offer with %s', (_what, change) => {
    expect(api.calls.createAvailability.input.safeParse({ ...offer, ...change }).success).toBe(false);
  });

  it.each(['0xab', `0x${'AB'.repeat(32)}`, `0x${'ab'.repeat(33)}`, `${'ab'.repeat(32)}`, ''])(
    'refuses the id "%s"',
    (id) => {
      expect(api.calls.setAvailabilityEnabled.input.safeParse({ id, enabled: true }).success).toBe(false);
    },
  );

  it.each([0, -1, 2001, 1.5, Number.NaN])('refuses to give %d log lines', (limit) => {
    expect(api.calls.recentLogs.input.safeParse({ limit }).success).toBe(false);
  });

  it.each([-1, 121, Number.NaN, Number.POSITIVE_INFINITY])('refuses a speed of %d', (speed) => {
    expect(api.calls.setPracticeSpeed.input.safeParse({ speed }).success).toBe(false);
  });
});
