import { describe, expect, it } from 'vitest';
import { LiveFeed } from '../../../src/main/ipc/live-feed.ts';
import { NoticeTeller } from '../../../src/main/notices/noticeteller.ts';
import type { Notice, NoticeChoice } from '../../../src/shared/notice.ts';
import { chainRow, saleRow } from '../../support/livefixtures.ts';
import { ManualTimers } from '../../support/manualtimers.ts';

describe('NoticeTeller', () => {
  it('tells what changed rows and passing time bring, and leaves no timer', () => {
    const { live, timers, told, teller } = aTeller();
    live.set('chain', 'chain', chainRow(1, 0));
    live.flush();
    timers.advance(299_999);
    expect(told).toEqual([]);
    timers.advance(1);
    expect(told.map(({ kind }) => kind)).toEqual(['chainUnreachable']);
    live.set('sales', 'a', saleRow('a'));
    live.flush();
    live.set('sales', 'a', saleRow('a', { missingBytes: 1n }));
    live.flush();
    teller.stop();
    expect(timers.waiting).toBe(0);
    timers.advance(10_000);
    live.set('chain', 'chain', chainRow(2));
    live.flush();
    teller.look();
    expect(told).toHaveLength(1);
  });

  it('takes changed wishes up at once', () => {
    const wishes = { notices: 'losses' as NoticeChoice };
    const { live, timers, told, teller } = aTeller(wishes);
    live.set('chain', 'chain', chainRow(1, 0));
    live.flush();
    wishes.notices = 'all';
    teller.look();
    timers.advance(300_000);
    expect(told).toHaveLength(1);
  });
});

function aTeller(wishes = { notices: 'all' as NoticeChoice }) {
  const timers = new ManualTimers();
  const live = new LiveFeed({ after: () => () => {} });
  const told: Notice[] = [];
  const teller = new NoticeTeller(
    { live, wishes: () => wishes, tell: (notice) => told.push(notice) },
    { after: timers.after, nowMs: timers.nowMs },
  );
  return { live, timers, told, teller };
}
