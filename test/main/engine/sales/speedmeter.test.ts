import { describe, expect, it } from 'vitest';
import { SpeedMeter } from '../../../../src/main/engine/sales/speedmeter.ts';

describe('SpeedMeter', () => {
  it('does not know the speed from one measurement', () => {
    expect(new SpeedMeter({ nowMs: () => 7 }).measure(100n)).toBe(0);
  });

  it('tells the speed of the last seconds, not of the whole time', () => {
    let now = 0;
    const meter = new SpeedMeter({ nowMs: () => now });
    meter.measure(0n);
    now = 1000;
    expect(meter.measure(500n)).toBe(500);
    let bytes = 500n;
    for (let second = 2; second <= 20; second++) {
      now = second * 1000;
      bytes += 2000n;
      meter.measure(bytes);
    }
    now = 21_000;
    expect(meter.measure(bytes + 2000n)).toBe(2000);
  });
});
