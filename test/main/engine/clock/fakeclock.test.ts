import { clockSuite } from '../../../support/clocksuite.ts';
import { FakeClock } from '../../../support/fakeclock.ts';

clockSuite('FakeClock', () => {
  const clock = new FakeClock();
  return { clock, advance: (seconds) => clock.advance(seconds) };
});
