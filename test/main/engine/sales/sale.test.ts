import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Machine, type Table } from '../../../../src/main/engine/lib/machine.ts';
import { abortError } from '../../../../src/main/engine/lib/abort.ts';
import { afterError, saleSuccessors, saleTable } from '../../../../src/main/engine/sales/sale.ts';
import { saleStateNames, type SaleStateName } from '../../../../src/main/engine/sales/saleinfo.ts';
import {
  saleEvents,
  type SaleContext,
  type SaleEvent,
  type SaleState,
} from '../../../../src/main/engine/sales/salestate.ts';
import { aSlot, someReservation } from '../../../support/salesfixtures.ts';
import { someProof } from '../../../support/fakemarket.ts';

/** A request that the chain took back. */
const gone = { requestTakenBack: 'unknown' } as const;

/** engine.md 5.4, with 13-S5: a fill by another is heard in `initialProving` too. */
const expected: Record<SaleStateName, Partial<Record<SaleEvent, SaleStateName>>> = {
  unknown: { requestExpired: 'cancelled', requestFailed: 'failed', ...gone },
  preparing: { requestExpired: 'cancelled', requestFailed: 'failed', slotFilled: 'filled', ...gone },
  slotReserving: { requestExpired: 'cancelled', requestFailed: 'failed', ...gone },
  downloading: { requestExpired: 'cancelled', requestFailed: 'failed', slotFilled: 'filled', ...gone },
  initialProving: { requestExpired: 'cancelled', requestFailed: 'failed', slotFilled: 'filled', ...gone },
  filling: { requestExpired: 'cancelled', requestFailed: 'failed', ...gone },
  filled: { requestExpired: 'cancelled', requestFailed: 'failed', ...gone, takenBack: 'unknown' },
  proving: { requestExpired: 'cancelled', requestFailed: 'failed', ...gone, takenBack: 'unknown' },
  payout: { requestExpired: 'cancelled', requestFailed: 'failed', ...gone, takenBack: 'unknown' },
  finished: {},
  cancelled: {},
  failed: { ...gone, takenBack: 'unknown' },
  errored: {},
  ignored: {},
};

const ended = new Set<SaleStateName>(['finished', 'cancelled', 'errored', 'ignored']);
const slot = aSlot();
const states: { readonly [Name in SaleStateName]: Extract<SaleState, { name: Name }> } = {
  unknown: { name: 'unknown' },
  preparing: { name: 'preparing' },
  slotReserving: { name: 'slotReserving', slot, reservation: someReservation },
  downloading: { name: 'downloading', slot, reservation: someReservation },
  initialProving: { name: 'initialProving', slot, reservation: someReservation },
  filling: { name: 'filling', slot, reservation: someReservation, proof: someProof, period: 1 },
  filled: { name: 'filled', by: 'us' },
  proving: { name: 'proving', slot },
  payout: { name: 'payout' },
  finished: { name: 'finished', settlement: { returned: 1n, collateral: 1n, payout: 1n } },
  cancelled: { name: 'cancelled' },
  failed: { name: 'failed' },
  errored: { name: 'errored', outcome: { code: 'error', text: '' }, fate: { kind: 'notFilled' } },
  ignored: { name: 'ignored', outcome: { code: 'slotTaken', text: '' }, waitsForOffer: false },
};

describe('the table of a sale', () => {
  it('has the fourteen states', () => {
    expect(Object.keys(saleTable).sort()).toEqual([...saleStateNames].sort());
    expect(saleStateNames).toHaveLength(14);
  });

  it.each(
    saleStateNames.flatMap((from) =>
      saleEvents.map((event) => [from, event, expected[from][event]] as const),
    ),
  )('in %s the event %s leads to %s', async (from, event, to) => {
    expect(await enteredAfter(from, event)).toEqual(to === undefined ? [from] : [from, to]);
  });

  it.each(saleStateNames)('%s ends the sale or does not, as it should', (name) => {
    expect('final' in saleTable[name]).toBe(ended.has(name));
  });

  it.each(saleStateNames)('an error nobody expected in %s never leaves money behind', (name) => {
    const next = afterError(new Error('what?'), states[name]);
    const hasMoney = ['unknown', 'filled', 'proving', 'payout', 'failed'].includes(name);
    expect(next.name).toBe(hasMoney ? 'unknown' : 'errored');
    if (next.name === 'errored') expect(next.fate).toEqual({ kind: 'notFilled' });
    else expect(next).toHaveProperty('isAgain', true);
  });

  it('is looked at again only after a pause when something nobody expected went wrong', async () => {
    const waited: number[] = [];
    const sleep = (ms: number) => {
      waited.push(ms);
      return Promise.reject(abortError());
    };
    const context = { retryTimes: { maxDelayMs: 7000, sleep } } as unknown as SaleContext;
    const { signal } = new AbortController();
    await expect(
      saleTable.unknown.step({ name: 'unknown', isAgain: true }, context, signal),
    ).rejects.toThrow();
    expect(waited).toEqual([7000]);
  });

  it('is drawn in docs/sale-states.md as it is (write it anew with WRITE_DOCS=1)', async () => {
    const path = resolve(import.meta.dirname, '../../../../docs/sale-states.md');
    if (process.env['WRITE_DOCS']) await writeFile(path, drawing());
    expect(await readFile(path, 'utf8')).toBe(drawing());
  });
});

/** The states a machine over the table enters when it hears the event, with steps that wait for ever. */
async function enteredAfter(from: SaleStateName, event: SaleEvent): Promise<SaleStateName[]> {
  const entered: SaleStateName[] = [];
  const controller = new AbortController();
  const idle = (_state: SaleState, _context: SaleContext, signal: AbortSignal) =>
    new Promise<undefined>((done) => signal.addEventListener('abort', () => done(undefined), { once: true }));
  const table = Object.fromEntries(
    saleStateNames.map((name) => [name, { ...saleTable[name], step: idle }]),
  ) as unknown as Table<SaleState, SaleContext, SaleEvent>;
  const machine = new Machine<SaleState, SaleContext, SaleEvent>({
    table,
    context: {} as SaleContext,
    onError: (error) => {
      throw error;
    },
    onEnter: ({ name }) => void entered.push(name),
  });
  const run = machine.run(states[from], { signal: controller.signal }).catch(() => {});
  machine.raise(event);
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
  controller.abort();
  await run;
  return entered;
}

function drawing(): string {
  const lines = saleStateNames.flatMap((from) => [
    ...saleSuccessors[from].map((to) => `  ${from} --> ${to}`),
    ...saleEvents.flatMap((event) => {
      const to = expectedTarget(from, event);
      return to === undefined ? [] : [`  ${from} --> ${to}: ${event}`];
    }),
    ...(ended.has(from) ? [`  ${from} --> [*]`] : []),
  ]);
  return [
    '# The life of a sale',
    '',
    'Drawn from the table in `src/main/engine/sales/sale.ts` by its test; do not edit. An edge without a name is where a',
    'step leads by itself, one with a name is an event of the chain. Slots from the queue begin in `preparing`, those found',
    'at the start in `unknown`.',
    '',
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> preparing: from the queue',
    '  [*] --> unknown: found at the start',
    ...lines,
    '```',
    '',
  ].join('\n');
}

function expectedTarget(from: SaleStateName, event: SaleEvent): SaleStateName | undefined {
  const on: Partial<Record<SaleEvent, () => SaleState>> = saleTable[from].on;
  return on[event]?.().name;
}
