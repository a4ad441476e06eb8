import type { Contract, Events } from '../../shared/contract.ts';
import { encode } from '../../shared/json.ts';

/** One event of a contract, as an `Emitter` carries it. */
export type EventOf<C extends Contract> = {
  readonly [K in keyof Events<C> & string]: { readonly name: K; readonly payload: Events<C>[K] };
}[keyof Events<C> & string];

/** Where a transport hears of events. `Emitter<EventOf<Api>>` is one. */
export interface EventSource<E extends AnyEvent = AnyEvent> {
  subscribe(listener: (event: E) => void): () => void;
}

export interface AnyEvent {
  readonly name: string;
  readonly payload: unknown;
}

/** The text that crosses to a window. */
export const encodeEvent = ({ name, payload }: AnyEvent): string => encode({ name, payload });
