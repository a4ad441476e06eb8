import type { Bridge, Client, Contract, Events, Reply } from './contract.ts';
import { decode, encode } from './json.ts';

/**
 * The calls of a contract as functions: `await client.createAvailability({ … })`.
 * @throws WireFailure with the code the node gave, or `NODE_UNREACHABLE` when the way to it is broken
 */
export function createClient<C extends Contract>(bridge: Bridge): Client<C> {
  return new Proxy({} as Client<C>, {
    get: (_target, name) => {
      // Something that has a `then` is taken for a promise by `await`.
      if (typeof name !== 'string' || name === 'then') return undefined;
      return (input: unknown) => invoke(bridge, name, input);
    },
  });
}

/** Listens to one event of a contract; returns the unsubscribe. However many listen, each message is decoded once. */
export function createEvents<C extends Contract>(bridge: Bridge): OnEvent<C> {
  const listeners = new Set<{ name: keyof Events<C>; notify: (payload: never) => void }>();
  let unsubscribe: (() => void) | undefined;
  const receive = (message: string) => {
    const { name, payload } = decode(message) as { name: string; payload: never };
    for (const listener of listeners) if (listener.name === name) listener.notify(payload);
  };
  return (name, notify) => {
    const listener = { name, notify };
    listeners.add(listener);
    unsubscribe ??= bridge.subscribe(receive);
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      unsubscribe?.();
      unsubscribe = undefined;
    };
  };
}

export type OnEvent<C extends Contract> = <K extends keyof Events<C>>(
  name: K,
  listener: (payload: Events<C>[K]) => void,
) => () => void;

/** What the node refused, or that it could not be asked. `code` is the key of the text a person sees. */
export class WireFailure extends Error {
  override readonly name = 'WireFailure';
  readonly code: string;
  readonly details: unknown;

  constructor(code: string, message: string, details: unknown = {}, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

async function invoke(bridge: Bridge, name: string, input: unknown): Promise<unknown> {
  const reply = await ask(bridge, name, encode(input));
  if (reply.ok) return reply.value;
  throw new WireFailure(reply.error.code, reply.error.message, reply.error.details);
}

async function ask(bridge: Bridge, name: string, input: string): Promise<Reply> {
  try {
    return decode(await bridge.invoke(name, input)) as Reply;
  } catch (cause) {
    throw new WireFailure('NODE_UNREACHABLE', 'The node does not answer.', {}, { cause });
  }
}
