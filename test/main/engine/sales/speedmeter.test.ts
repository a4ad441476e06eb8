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

  it('falls to nothing within its window when nothing comes any more', () => {
    let now = 0;
    const meter = new SpeedMeter({ nowMs: () => now });
    for (; now <= 10_000; now += 1000) meter.measure(BigInt(now));
    const speeds: number[] = [];
    for (; now <= 18_000; now += 1000) speeds.push(meter.measure(10_000n));
    expect(speeds.every((speed, at) => at === 0 || speed <= (speeds[at - 1] ?? 0))).toBe(true);
    expect(speeds.slice(-2)).toEqual([0, 0]);
  });

  it('begins anew with a count that begins anew', () => {
    let now = 0;
    const meter = new SpeedMeter({ nowMs: () => now });
    meter.measure(1000n);
    now = 1000;
    expect(meter.measure(0n)).toBe(0);
    now = 2000;
    expect(meter.measure(300n)).toBe(300);
  });
});
