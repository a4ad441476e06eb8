import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DownloadSpeed } from '../../../../src/main/engine/sales/downloadspeed.ts';
import { FakeClock } from '../../../support/fakeclock.ts';

function aSpeed() {
  const clock = new FakeClock();
  return { clock, speed: new DownloadSpeed({ clock }) };
}

describe('DownloadSpeed', () => {
  it('knows nothing at first', () => {
    const { speed } = aSpeed();
    expect([speed.bytesPerSecond, speed.secondsFor(1n)]).toEqual([undefined, undefined]);
  });

  it('tells how long a download takes at the speed of the last one', () => {
    const { speed } = aSpeed();
    speed.note({ bytes: 1000n, seconds: 20 });
    expect([speed.bytesPerSecond, speed.secondsFor(5000n)]).toEqual([50, 100]);
  });

  it('goes by the best of the last few, as a slow client says nothing about the next', () => {
    const { speed } = aSpeed();
    speed.note({ bytes: 9000n, seconds: 30 });
    speed.note({ bytes: 10n, seconds: 1000 });
    expect(speed.bytesPerSecond).toBe(300);
    for (let i = 0; i < 16; i++) speed.note({ bytes: 100n, seconds: 50 });
    expect(speed.bytesPerSecond).toBe(2);
  });

  it('does not condemn for ever: an hour after the last download it knows nothing', () => {
    const { speed, clock } = aSpeed();
    speed.note({ bytes: 1n, seconds: 1000 });
    clock.advance(3600);
    expect(speed.secondsFor(10n)).toBe(10_000);
    clock.advance(1);
    expect([speed.bytesPerSecond, speed.secondsFor(10n)]).toEqual([undefined, undefined]);
  });

  it('judges no long download by short ones only, whose time is the rounding of the clock', () => {
    const { speed } = aSpeed();
    speed.note({ bytes: 1_048_576n, seconds: 1 });
    expect([speed.bytesPerSecond, speed.secondsFor(10n ** 12n)]).toEqual([1_048_576, undefined]);
    speed.note({ bytes: 10_000n, seconds: 10 });
    expect(speed.secondsFor(2n * 1_048_576n)).toBe(2);
  });

  it('never says anything but a time, whatever it is told', () => {
    const sample = fc.record({
      bytes: fc.bigInt({ min: -(2n ** 64n), max: 2n ** 300n }),
      seconds: fc.oneof(fc.double(), fc.integer()),
    });
    fc.assert(
      fc.property(fc.array(sample), fc.bigInt({ min: 0n, max: 2n ** 64n }), (samples, bytes) => {
        const { speed } = aSpeed();
        for (const each of samples) speed.note(each);
        const seconds = speed.secondsFor(bytes);
        expect(seconds === undefined || seconds >= 0).toBe(true);
      }),
    );
  });
});
