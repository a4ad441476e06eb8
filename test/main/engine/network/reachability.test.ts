import { describe, expect, it } from 'vitest';
import { isPublic } from '../../../../src/main/engine/network/endpoint.ts';
import { ReachabilityWatch } from '../../../../src/main/engine/network/reachability.ts';

const HOUR_MS = 3_600_000;
const OURS = ['/ip4/203.0.113.7/tcp/8070'];
const STRANGER = '198.51.100.9';

function aWatch() {
  const clock = { nowMs: 1_000 };
  const watch = new ReachabilityWatch({ nowMs: () => clock.nowMs, isOutside: isPublic });
  return { clock, watch };
}

describe('whether we can be reached', () => {
  it('is not known while the router is asked, and no when it gave nothing', () => {
    const { watch } = aWatch();
    watch.announcedAt([], { isLooking: true });
    expect(watch.current).toEqual({ state: 'looking' });
    watch.announcedAt([]);
    expect(watch.current).toEqual({ state: 'noAddress' });
  });

  it('is shown by nothing but one who came from outside', () => {
    const { watch, clock } = aWatch();
    watch.announcedAt(OURS);
    expect(watch.current).toEqual({ state: 'unproven' });
    for (const host of ['192.168.1.4', '127.0.0.1', '100.64.0.1', '::1']) watch.contacted(host);
    expect(watch.current).toEqual({ state: 'unproven' });
    watch.contacted(STRANGER);
    clock.nowMs = 2_000;
    watch.contacted(STRANGER);
    expect(watch.current).toEqual({ state: 'reachable', sinceMs: 1_000, lastContactMs: 2_000 });
  });

  it('has to be shown anew at another address, and not at the same', () => {
    const { watch } = aWatch();
    watch.announcedAt(OURS);
    watch.contacted(STRANGER);
    watch.announcedAt([...OURS]);
    expect(watch.current.state).toBe('reachable');
    watch.announcedAt(['/ip4/203.0.113.8/tcp/8070']);
    expect(watch.current).toEqual({ state: 'unproven' });
  });

  it('is not known any more when nobody came for a day', () => {
    const { watch, clock } = aWatch();
    watch.announcedAt(OURS);
    watch.contacted(STRANGER);
    clock.nowMs += 24 * HOUR_MS - 1;
    expect(watch.current.state).toBe('reachable');
    clock.nowMs += 1;
    expect(watch.current).toEqual({ state: 'unproven', lastContactMs: 1_000 });
    watch.contacted(STRANGER);
    expect(watch.current).toMatchObject({ state: 'reachable', sinceMs: clock.nowMs });
  });
});
