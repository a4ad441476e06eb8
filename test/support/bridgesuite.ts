import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EngineError } from '../../src/main/engine/errors.ts';
import { Emitter } from '../../src/main/engine/lib/emitter.ts';
import { silentLogger } from '../../src/main/engine/logger.ts';
import type { EventOf } from '../../src/main/ipc/events.ts';
import { createRouter, type Router } from '../../src/main/ipc/router.ts';
import { createClient, createEvents, WireFailure, type OnEvent } from '../../src/shared/client.ts';
import { call, event, type Bridge, type Client, type Handlers } from '../../src/shared/contract.ts';

/** A small contract of its own: what holds for it holds for any. */
export const suiteContract = {
  calls: {
    double: call(z.strictObject({ amount: z.bigint().nonnegative() })).returns<{ twice: bigint }>(),
    echo: call(z.strictObject({ value: z.unknown() })).returns<unknown>(),
    refuse: call(z.strictObject({})).returns<null>(),
    fail: call(z.strictObject({})).returns<null>(),
    wait: call(z.strictObject({})).returns<null>(),
  },
  events: { count: event<bigint>(), word: event<string>() },
} as const;

export type SuiteContract = typeof suiteContract;
export type SuiteEvents = Emitter<EventOf<SuiteContract>>;

export class SuiteError extends EngineError<'TOO_LATE', { readonly left: bigint }> {}

/** One way between a page and the node. */
export interface BridgeUnderTest {
  readonly bridge: Bridge;
  /** Breaks the way, which comes back by itself. Only with `canBreak`. */
  breakConnection?(): void;
  close(): Promise<void>;
}

/** What every bridge promises, whatever lies between. `open` resolves once the bridge is connected. */
export function bridgeSuite(
  name: string,
  open: (node: { router: Router; events: SuiteEvents }) => Promise<BridgeUnderTest>,
  { canBreak = false }: { canBreak?: boolean } = {},
): void {
  describe(`Bridge: ${name}`, () => {
    let events: SuiteEvents;
    let finishWaiting: () => void;
    let underTest: BridgeUnderTest;
    let client: Client<SuiteContract>;
    let onEvent: OnEvent<SuiteContract>;

    beforeEach(async () => {
      events = new Emitter();
      const waiting = new Promise<null>((resolve) => (finishWaiting = () => resolve(null)));
      const router = createRouter(suiteContract, handlers(waiting), { logger: silentLogger });
      underTest = await open({ router, events });
      client = createClient<SuiteContract>(underTest.bridge);
      onEvent = createEvents<SuiteContract>(underTest.bridge);
    });

    afterEach(async () => {
      finishWaiting();
      await underTest.close();
    });

    it('answers a call with what the handler returned', async () => {
      expect(await client.double({ amount: 2n ** 255n })).toEqual({ twice: 2n ** 256n });
    });

    it('carries any value of the codec both ways', async () => {
      const value = fc.anything({ withBigInt: true, withDate: true, withNullPrototype: false });
      const sent = value.filter((value) => value !== undefined);
      await fc.assert(
        fc.asyncProperty(sent, async (value) => {
          expect(await client.echo({ value })).toEqual(value);
        }),
        { numRuns: 50 },
      );
    });

    it('throws the refusal of a handler again with its code, message and details', async () => {
      const failure = await failureOf(client.refuse({}));
      expect(failure).toMatchObject({ code: 'TOO_LATE', message: 'Two left.', details: { left: 2n } });
    });

    it('tells nothing of an error that was not thrown on purpose', async () => {
      const failure = await failureOf(client.fail({}));
      expect(failure.code).toBe('INTERNAL');
      expect(JSON.stringify([failure.message, failure.details])).not.toContain('/home/someone');
    });

    it('refuses a call that is not in the contract, also one that every object has', async () => {
      const loose = client as unknown as Record<string, (input: unknown) => Promise<unknown>>;
      for (const name of ['unheardOf', 'toString', '__proto__']) {
        expect((await failureOf(loose[name]?.({}))).code).toBe('UNKNOWN_CALL');
      }
    });

    it('refuses an input that does not fit its schema and says where', async () => {
      const failure = await failureOf(client.double({ amount: '2' as unknown as bigint }));
      expect(failure).toMatchObject({ code: 'BAD_INPUT', details: { issues: [{ path: 'amount' }] } });
    });

    it.each(['', '{', '{"$":"bigint","v":"x"}', 'null', '[]'])(
      'refuses the malformed input %j',
      async (text) => {
        const reply = await underTest.bridge.invoke('double', text);
        expect(reply).toContain('BAD_INPUT');
      },
    );

    it('keeps answers apart when calls overlap', async () => {
      const amounts = Array.from({ length: 40 }, (_, index) => BigInt(index));
      const replies = await Promise.all(amounts.map((amount) => client.double({ amount })));
      expect(replies.map(({ twice }) => twice)).toEqual(amounts.map((amount) => amount * 2n));
    });

    it('answers a call while another one waits', async () => {
      const waiting = client.wait({});
      expect(await client.double({ amount: 1n })).toEqual({ twice: 2n });
      finishWaiting();
      expect(await waiting).toBeNull();
    });

    it('delivers events in the order they were emitted, each to those who listen for its name', async () => {
      const counts: bigint[] = [];
      const words: string[] = [];
      onEvent('count', (count) => counts.push(count));
      onEvent('word', (word) => words.push(word));
      for (let count = 0n; count < 100n; count++) events.emit({ name: 'count', payload: count });
      events.emit({ name: 'word', payload: 'last' });
      await until(() => words.length === 1);
      expect(counts).toEqual(Array.from({ length: 100 }, (_, index) => BigInt(index)));
    });

    it('delivers no event after the unsubscribe', async () => {
      const first: string[] = [];
      const second: string[] = [];
      const unsubscribe = onEvent('word', (word) => first.push(word));
      onEvent('word', (word) => second.push(word));
      events.emit({ name: 'word', payload: 'a' });
      await until(() => second.length === 1);
      unsubscribe();
      events.emit({ name: 'word', payload: 'b' });
      await until(() => second.length === 2);
      expect(first).toEqual(['a']);
    });

    if (!canBreak) return;

    it('tells of a lost connection, rejects what is open, and works again when it is back', async () => {
      const seen: boolean[] = [];
      underTest.bridge.onConnection?.((connected) => seen.push(connected));
      const open = failureOf(client.wait({}));
      await client.double({ amount: 1n });
      underTest.breakConnection?.();
      expect((await open).code).toBe('NODE_UNREACHABLE');
      await until(() => seen.at(-1) === true);
      expect(seen).toEqual([false, true]);
      expect(await client.double({ amount: 3n })).toEqual({ twice: 6n });
    });

    it('delivers events to the same listeners after a reconnect', async () => {
      const words: string[] = [];
      const seen: boolean[] = [];
      onEvent('word', (word) => words.push(word));
      underTest.bridge.onConnection?.((connected) => seen.push(connected));
      underTest.breakConnection?.();
      await until(() => seen.at(-1) === true);
      events.emit({ name: 'word', payload: 'again' });
      await until(() => words.length === 1);
      expect(words).toEqual(['again']);
    });
  });
}

/** Lets the event loop turn until something holds; the test's own time limit ends it. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

const handlers = (waiting: Promise<null>): Handlers<SuiteContract> => ({
  double: ({ amount }) => ({ twice: amount * 2n }),
  echo: ({ value }) => value,
  refuse: () => {
    throw new SuiteError('TOO_LATE', { left: 2n }, { message: 'Two left.' });
  },
  fail: () => {
    throw new TypeError('Cannot read /home/someone/secret');
  },
  wait: () => waiting,
});

async function failureOf(work: Promise<unknown> | undefined): Promise<WireFailure> {
  const outcome = await work?.then(
    (value) => new Error(`Resolved with ${String(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof WireFailure) return outcome;
  throw outcome;
}
