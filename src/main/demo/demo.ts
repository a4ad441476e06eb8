import type { NetworkSettings } from '../../shared/settings.ts';
import { bytesText, tokensText } from '../../shared/units.ts';
import { EngineError } from '../engine/errors.ts';
import { isAborted } from '../engine/lib/abort.ts';
import { Emitter } from '../engine/lib/emitter.ts';
import { sleep } from '../engine/lib/retry.ts';
import type { SlotkeeperNode } from '../engine/node.ts';
import { RoundCounter, type Rounds } from './rounds.ts';
import { Tally } from './tally.ts';

export class DemoError extends EngineError<'DEMO_UNFINISHED'> {}

export interface DemoOptions {
  /** Resolve once the first sale is told: slots filled and proven, one paid, one refused or lost. */
  exitAfterPayout: boolean;
  /** What it is shown on. */
  network: NetworkSettings;
  /** One plain line of the story. */
  tell: (line: string) => void;
  signal: AbortSignal;
  limitSeconds?: number;
}

type PracticeSettings = Extract<NetworkSettings, { kind: 'practice' }>;

/** What the demo did, for machines. Amounts and sizes are decimal strings. */
export interface DemoSummary {
  /** Of the practice network's contracts, and how its chain was reached; null on another network. */
  family: PracticeSettings['family'] | null;
  transport: PracticeSettings['transport'] | null;
  exchange: PracticeSettings['exchange'] | null;
  slotsFilled: number;
  slotsProven: number;
  proofsSent: number;
  payouts: number;
  paid: string;
  lostToRival: number;
  refused: number;
  /** Of the request of which most slots were filled. */
  rounds: Rounds | null;
  bytesStored: string;
  seconds: number;
  ledger: {
    quota: string;
    used: string;
    reserved: string;
    free: string;
    reservations: string;
    holds: boolean;
  };
}

/** Offers space on the practice network, tells what happens, and answers with the summary when it is told or called off. */
export async function runDemo(
  node: SlotkeeperNode,
  { exitAfterPayout, network, tell, signal, limitSeconds = 175 }: DemoOptions,
): Promise<DemoSummary> {
  const startedMs = Date.now();
  const seconds = () => Math.round((Date.now() - startedMs) / 1000);
  const line = (text: string) => tell(`${String(seconds()).padStart(4)} s  ${text}`);
  const tally = new Tally();
  const counter = new RoundCounter();
  const changed = new Emitter<void>();
  const unsubscribe = [
    node.view.onActivity.subscribe(({ text, amount }) =>
      line(amount === undefined ? text : `${text} (${signed(amount)})`),
    ),
    node.sales.onEvent.subscribe((event) => {
      tally.saw(event);
      const course = counter.saw(event);
      if (course) line(roundsText(course));
      changed.emit();
    }),
  ];
  try {
    await offerSpace(node, line);
    if (exitAfterPayout) await untilTold(tally, changed, limitSeconds, signal);
    else await sleep(Infinity, signal);
  } catch (error) {
    if (!isAborted(error)) throw error;
  } finally {
    for (const end of unsubscribe) end();
  }
  return { ...practiceOf(network), ...summaryOf(node, tally, counter, seconds()) };
}

/** A folder that was used before has its offer already. */
async function offerSpace({ reservations }: SlotkeeperNode, line: (text: string) => void): Promise<void> {
  if (reservations.availabilities().length > 0) return line('Going on with the offer of last time');
  const totalSize = 100_000_000n;
  await reservations.createAvailability({
    name: 'Spare space',
    totalSize,
    duration: 3600n,
    minPricePerBytePerSecond: LOWEST_PRICE,
    totalCollateral: 1_000n * 10n ** 18n,
    enabled: true,
    until: 0,
  });
  line(`Offered ${bytesText(totalSize)} for up to an hour`);
}

/** Tokens, in the smallest unit, per byte and second. */
const LOWEST_PRICE = 100_000_000n;

async function untilTold(
  tally: Tally,
  changed: Emitter<void>,
  limitSeconds: number,
  signal: AbortSignal,
): Promise<void> {
  const timeout = AbortSignal.timeout(limitSeconds * 1000);
  await new Promise<void>((resolve, reject) => {
    const done = (settle: () => void) => {
      stop();
      timeout.removeEventListener('abort', onTimeout);
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const check = () => tally.missing().length === 0 && done(resolve);
    const onAbort = () => done(resolve);
    const onTimeout = () => {
      const missing = tally.missing();
      const message = `The demo did not see all it should within ${limitSeconds} s. Missing: ${missing.join(', ')}.`;
      done(() => reject(new DemoError('DEMO_UNFINISHED', { missing }, { message })));
    };
    const stop = changed.subscribe(check);
    timeout.addEventListener('abort', onTimeout, { once: true });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

function summaryOf(
  { reservations }: SlotkeeperNode,
  tally: Tally,
  counter: RoundCounter,
  seconds: number,
): Omit<DemoSummary, 'family' | 'transport' | 'exchange'> {
  const { max, used, reserved } = reservations.quota;
  const free = reservations.availabilities().reduce((sum, { freeSize }) => sum + freeSize, 0n);
  const promised = reservations.reservations().reduce((sum, { size }) => sum + size, 0n);
  return {
    slotsFilled: tally.slotsFilled,
    slotsProven: tally.slotsProven,
    proofsSent: tally.proofsSent,
    payouts: tally.payouts,
    paid: String(tally.paid),
    lostToRival: tally.lost,
    refused: tally.refused,
    rounds: counter.best ?? null,
    bytesStored: String(used),
    seconds,
    ledger: {
      quota: String(max),
      used: String(used),
      reserved: String(reserved),
      free: String(free),
      reservations: String(promised),
      holds: reserved === free + promised && used + reserved <= max,
    },
  };
}

const practiceOf = (network: NetworkSettings): Pick<DemoSummary, 'family' | 'transport' | 'exchange'> =>
  network.kind === 'practice'
    ? { family: network.family, transport: network.transport, exchange: network.exchange }
    : { family: null, transport: null, exchange: null };

/** Each was begun when a worker was free, so that many wait no longer than one. */
const roundsText = ({ slots, of, atOnce, rounds }: Rounds): string =>
  `${slots === of ? `All ${of}` : `${slots} of ${of}`} slots of a request taken in ${rounds} ${rounds === 1 ? 'round' : 'rounds'}: up to ${atOnce} downloaded at once`;

const signed = (amount: bigint): string =>
  `${amount < 0n ? '−' : '+'}${tokensText(amount < 0n ? -amount : amount)} TST`;
