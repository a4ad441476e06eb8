import { deferred } from '../../deferred.ts';

/**
 * libp2p 3 calls `Promise.withResolvers`, which the desktop's Node has and Node 20 has not; there it would fail at the
 * first full buffer. Imported before libp2p. Source: data-plane.md §5.1.
 */
if (!('withResolvers' in Promise)) Object.assign(Promise, { withResolvers: deferred });
