import { describe, expect, it } from 'vitest';
import type { RequestId } from '../../../../src/main/engine/contracts/ids.ts';
import { OpenRequests } from '../../../../src/main/engine/sales/openrequests.ts';
import { FakeClock } from '../../../support/fakeclock.ts';
import { exampleAsk, word } from '../../../support/requests.ts';

const id = (n: number) => word<RequestId>(n);

function someRequests({ limit = 100 } = {}) {
  const clock = new FakeClock();
  const open = new OpenRequests({ clock }, { limit });
  const add = (n: number, expiry = 600) =>
    open.add(
      {
        name: 'StorageRequested',
        requestId: id(n),
        ask: exampleAsk,
        expiresAt: clock.now() + expiry,
        blockNumber: n,
        logIndex: 0,
        transactionHash: '0x',
      },
      clock.now(),
    );
  return { clock, open, add };
}

describe('OpenRequests', () => {
  it('knows a request once', () => {
    const { open, add } = someRequests();
    expect([add(1), add(1), add(2), open.size]).toEqual([true, false, true, 2]);
  });

  it('remembers which slots others have, until they are freed', () => {
    const { open, add } = someRequests();
    add(1);
    open.setTaken(id(1), 3, true);
    open.setTaken(id(1), 4, true);
    open.setTaken(id(1), 3, false);
    expect(open.takenSlots(id(1))).toEqual(new Set([4]));
  });

  it('has no slot for sale of a request that is over, and says so as long as it might come back', () => {
    const { open, add } = someRequests();
    add(1);
    open.close(id(1));
    open.setTaken(id(1), 3, true);
    expect([open.takenSlots(id(1)), add(1)]).toEqual([undefined, false]);
  });

  it('knows nothing against a request it does not know', () => {
    const { open } = someRequests();
    open.setTaken(id(9), 1, true);
    open.close(id(9));
    expect([open.takenSlots(id(9)), open.size]).toEqual([new Set(), 0]);
  });

  it('says when it heard of the oldest that is open', () => {
    const { open, add, clock } = someRequests();
    expect(open.oldest).toBeUndefined();
    const heard = [1, 2, 3].map((n) => {
      clock.advance(10);
      add(n, n * 100);
      return clock.now();
    });
    expect(open.oldest).toBe(heard[0]);
    clock.advance(100);
    expect(open.oldest).toBe(heard[1]);
    open.close(id(2));
    expect(open.oldest).toBe(heard[2]);
  });

  it('forgets what has expired, and of very many the oldest', () => {
    const { open, add, clock } = someRequests({ limit: 3 });
    for (const n of [1, 2, 3, 4, 5]) add(n);
    expect([open.size, add(1), open.size]).toEqual([3, true, 3]);
    clock.advance(601);
    add(6);
    expect(open.size).toBe(1);
    open.clear();
    expect(open.size).toBe(0);
  });

  it('stays small over 100,000 requests', () => {
    const { open, add, clock } = someRequests({ limit: 10_000 });
    let most = 0;
    for (let n = 0; n < 100_000; n++) {
      add(n, 60);
      clock.advance(1);
      most = Math.max(most, open.size);
    }
    expect(most).toBeLessThan(200);
  });
});
