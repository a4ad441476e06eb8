import { afterEach, describe, expect, it } from 'vitest';
import type { SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { abortError } from '../../../../src/main/engine/lib/abort.ts';
import { ProofQueue, type ProofJob } from '../../../../src/main/engine/sales/proofqueue.ts';
import { FakeClock } from '../../../support/fakeclock.ts';
import { Gate } from '../../../support/fakeslothost.ts';
import { countingSignal } from '../../../support/noleaks.ts';
import { recordingLogger } from '../../../support/recordinglogger.ts';
import { word } from '../../../support/requests.ts';
import { settled } from '../../../support/salesfixtures.ts';

const start = 1_700_000_000;
const controllers: AbortController[] = [];
afterEach(() => {
  for (const controller of controllers.splice(0)) controller.abort();
});

function aQueue(options: { concurrency?: number } = {}) {
  const clock = new FakeClock(start);
  const { logger, lines } = recordingLogger();
  const queue = new ProofQueue({ clock, logger }, { periodSeconds: 60, ...options });
  const made: string[] = [];
  const ended: Record<string, unknown> = {};
  const gates: Record<string, Gate> = {};
  /** Makes a proof that waits at its gate. */
  const add = (name: string, job: Partial<ProofJob> = {}) => {
    const controller = new AbortController();
    controllers.push(controller);
    const gate = (gates[name] = new Gate());
    const proof = queue.run(
      { slotId: word<SlotId>(1), deadline: start + 60, stake: 1n, ...job },
      (signal) =>
        new Promise<string>((resolve, reject) => {
          made.push(name);
          signal.addEventListener('abort', () => reject(abortError(signal)), { once: true });
          void gate.pass().then(() => resolve(name));
        }),
      { signal: controller.signal },
    );
    proof.then(
      (value) => (ended[name] = value),
      (error: unknown) => (ended[name] = error),
    );
    return controller;
  };
  const finish = async (name: string) => {
    gates[name]?.open();
    await settled();
  };
  return { queue, clock, lines, made, ended, add, finish };
}

describe('the queue of proofs', () => {
  it('makes one at a time, the earliest deadline first', async () => {
    const { queue, made, add, finish } = aQueue();
    add('first', { deadline: start + 300 });
    add('late', { deadline: start + 180 });
    add('early', { deadline: start + 60 });
    add('between', { deadline: start + 120 });
    await settled();
    expect(made).toEqual(['first']);
    expect(queue).toMatchObject({ running: 1, waiting: 3 });
    for (const name of ['first', 'early', 'between', 'late']) await finish(name);
    expect(made).toEqual(['first', 'early', 'between', 'late']);
    expect(queue).toMatchObject({ running: 0, waiting: 0 });
  });

  it('takes the larger loss first when several are due at once, and first proofs last', async () => {
    const { made, add, finish } = aQueue();
    add('running');
    add('first proof', { stake: 0n });
    add('small', { stake: 10n });
    add('large', { stake: 1000n });
    add('small too', { stake: 10n });
    for (const name of ['running', 'large', 'small', 'small too', 'first proof']) await finish(name);
    expect(made).toEqual(['running', 'large', 'small', 'small too', 'first proof']);
  });

  it('makes as many at once as it may', async () => {
    const { made, add, finish } = aQueue({ concurrency: 2 });
    for (const name of ['a', 'b', 'c']) add(name);
    await settled();
    expect(made).toEqual(['a', 'b']);
    await finish('b');
    expect(made).toEqual(['a', 'b', 'c']);
  });

  it('gives up a proof whose period ended before its turn came', async () => {
    const { queue, clock, made, ended, add, finish } = aQueue();
    add('running', { deadline: start + 600 });
    add('waiting');
    await settled();
    clock.advance(60);
    await settled();
    expect(ended['waiting']).toMatchObject({ code: 'NO_TIME_LEFT', details: { deadline: start + 60 } });
    expect(queue.waiting).toBe(0);
    await finish('running');
    expect(made).toEqual(['running']);
    expect(clock.waiting).toBe(0);
  });

  it('stops a proof whose period ended while it was made, and goes on with the next', async () => {
    const { clock, made, ended, add, finish } = aQueue();
    add('slow');
    add('next', { deadline: start + 120 });
    await settled();
    clock.advance(60);
    await settled();
    expect(ended['slow']).toMatchObject({ code: 'NO_TIME_LEFT' });
    expect(made).toEqual(['slow', 'next']);
    await finish('next');
    expect(ended['next']).toBe('next');
  });

  it('lets go of what is called off, waiting or running, and of nothing else', async () => {
    const { queue, clock, made, ended, add, finish } = aQueue();
    const running = add('running');
    const waiting = add('waiting');
    add('last');
    await settled();
    waiting.abort();
    await settled();
    expect(ended['waiting']).toMatchObject({ name: 'AbortError' });
    running.abort();
    await settled();
    expect(ended['running']).toMatchObject({ name: 'AbortError' });
    await finish('last');
    expect(made).toEqual(['running', 'last']);
    expect(queue).toMatchObject({ running: 0, waiting: 0 });
    expect(clock.waiting).toBe(0);
  });

  it('loses no turn when one is called off in the moment in which its turn comes', async () => {
    for (let ticks = 0; ticks < 12; ticks++) {
      const { queue, made, add } = aQueue();
      const first = add('first');
      const second = add('second');
      add('third');
      await settled();
      // The turn of the second comes some microtasks after this, and it is called off at each of them.
      first.abort();
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
      second.abort();
      await settled();
      expect(made.at(-1)).toBe('third');
      expect(queue).toMatchObject({ running: 1, waiting: 0 });
    }
  });

  it('goes on after a proof that failed, with its error', async () => {
    const { queue } = aQueue();
    const { signal } = new AbortController();
    const job = { slotId: word<SlotId>(1), deadline: start + 60, stake: 0n };
    await expect(
      queue.run(job, () => Promise.reject(new Error('prover broken')), { signal }),
    ).rejects.toThrow('prover broken');
    expect(await queue.run(job, () => Promise.resolve('proof'), { signal })).toBe('proof');
  });

  it('leaves nothing on the signals of those who wait', async () => {
    const { queue } = aQueue();
    const { controller, listeners } = countingSignal();
    const job = { slotId: word<SlotId>(1), deadline: start + 60, stake: 0n };
    await queue.run(job, () => Promise.resolve(), { signal: controller.signal });
    expect(listeners()).toBe(0);
  });

  it('measures in chain time, and warns of a proof that takes more than a third of the period', async () => {
    const { queue, clock, lines, add, finish } = aQueue();
    add('quick');
    await settled();
    clock.advance(20);
    await finish('quick');
    expect(lines).toEqual([]);
    add('slow', { deadline: start + 180 });
    await settled();
    clock.advance(21);
    await finish('slow');
    expect(lines).toMatchObject([
      { level: 'warn', message: 'A proof took long', fields: { seconds: 21, periodSeconds: 60 } },
    ]);
    expect(queue.slowestSeconds).toBe(21);
  });
});
