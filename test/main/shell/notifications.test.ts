import { beforeEach, describe, expect, it } from 'vitest';
import { Emitter } from '../../../src/main/engine/lib/emitter.ts';
import type { EventOf } from '../../../src/main/ipc/events.ts';
import { showNotices } from '../../../src/main/shell/notifications.ts';
import type { Api, Notice } from '../../../src/shared/api.ts';
import { desktop } from '../../doubles/electron.ts';
import { ManualTimers } from '../../support/manualtimers.ts';

const filled = (body: string): Notice => ({ kind: 'slotFilled', title: 'Slot filled, 17.2 GB', body });
const missed: Notice = {
  kind: 'proofMissed',
  title: 'Proof missed, 1.72 TST lost',
  body: 'The computer was asleep.',
};

describe('Notifications', () => {
  beforeEach(() => desktop.reset());

  it('shows a filled slot, and opens the window when it is clicked', () => {
    const { tell, timers, opened } = setUp();
    tell(filled('It earns 4.81 TST.'));
    timers.advance(2000);
    expect(shown()).toEqual([{ title: 'Slot filled, 17.2 GB', body: 'It earns 4.81 TST.' }]);
    desktop.notifications[0]?.emit('click');
    expect(opened()).toBe(1);
  });

  it('makes one of fills that come together', () => {
    const { tell, timers } = setUp();
    for (const body of ['a', 'b', 'c', 'd']) tell(filled(body));
    timers.advance(2000);
    expect(shown()).toEqual([{ title: '4 slots filled', body: 'a\nb\nc' }]);
    tell(filled('later'));
    timers.advance(2000);
    expect(desktop.notifications).toHaveLength(2);
  });

  it('shows what is lost at once', () => {
    const { tell } = setUp();
    tell(missed);
    expect(shown()).toEqual([{ title: missed.title, body: missed.body }]);
  });

  it('says that nothing is real on the practice network', () => {
    const { tell } = setUp({ isPractice: true });
    tell(missed);
    expect(shown()[0]?.body).toBe('The computer was asleep.\nPractice network: nothing here is real');
  });

  it('shows nothing where the system has no notifications', () => {
    desktop.canNotify = false;
    const { tell } = setUp();
    tell(missed);
    expect(shown()).toEqual([]);
  });

  it('listens and waits no longer once it has ended', () => {
    const { tell, timers, end, events } = setUp();
    tell(filled('a'));
    end();
    expect([timers.waiting, events.size]).toEqual([0, 0]);
  });
});

const shown = () => desktop.notifications.map(({ options }) => options);

function setUp({ isPractice = false } = {}) {
  const timers = new ManualTimers();
  const events = new Emitter<EventOf<Api>>();
  let opened = 0;
  const end = showNotices(
    { events, openWindow: () => (opened += 1), isPractice: () => isPractice },
    { after: timers.after },
  );
  const tell = (payload: Notice) => events.emit({ name: 'notice', payload });
  return { tell, timers, end, events, opened: () => opened };
}
