import type { Bridge } from '../../shared/contract.ts';
import { encodeEvent, type EventSource } from './events.ts';
import type { Router } from './router.ts';

/** A bridge without a way between: for tests, and for who lives in the node's own process. */
export function createLocalBridge({ router, events }: { router: Router; events: EventSource }): Bridge {
  return {
    invoke: (name, input) => router.dispatch(name, input),
    subscribe: (listener) => events.subscribe((event) => listener(encodeEvent(event))),
  };
}
