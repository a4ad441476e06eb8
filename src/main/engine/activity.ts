import type { ActivityRow, StorageRow } from '../../shared/rows.ts';
import { say, sentence, type Fact, type Sentence } from '../../shared/i18n/say.ts';
import { shortId } from '../../shared/units.ts';
import type { Clock } from './clock/clock.ts';
import type { SlotId } from './contracts/ids.ts';
import { pricePerSlotPerSecond } from './contracts/requests.ts';
import { Emitter } from './lib/emitter.ts';
import { NewestRows, type RowSink } from './row-sink.ts';
import type { SaleInfo, SalesEvent } from './sales/saleinfo.ts';
import { isRefusal, saleRow } from './view-rows.ts';

export interface ActivityModules {
  readonly rows: RowSink;
  readonly clock: Pick<Clock, 'now'>;
}

export interface ActivityOptions {
  readonly token: { readonly symbol: string; readonly decimals: number };
}

/**
 * What the sales do, in sentences for a person: the lines of the activity feed. What comes for many slots at once is
 * gathered, and told together by `tick`.
 */
export class Activity {
  /** Every line, as it is written. */
  readonly onLine = new Emitter<ActivityRow>();
  readonly #clock: Pick<Clock, 'now'>;
  readonly #token: ActivityOptions['token'];
  readonly #lines: NewestRows<'activity'>;
  #lineCount = 0;
  #storageFault: string | undefined;
  /** What of each slot's collateral was left when it was last heard of. */
  readonly #collaterals = new Map<SlotId, bigint>();
  readonly #proven = new Map<SlotId, SaleInfo>();
  /** By request and reason. */
  #refused = new Map<string, SaleInfo[]>();
  /** The reason told last of each slot: a slot that waits is looked at again and again, for the same one mostly. */
  readonly #toldReasons = new Map<SlotId, string>();

  constructor({ rows, clock }: ActivityModules, { token }: ActivityOptions) {
    this.#clock = clock;
    this.#token = token;
    this.#lines = new NewestRows({ rows }, { table: 'activity', limit: 200 });
  }

  saw(event: SalesEvent): void {
    const { sale } = event;
    this.#sawCollateral(sale, event.type === 'ended');
    if (event.type === 'entered') this.#onEntered(sale, event.from);
    if (event.type === 'proof' && event.result === 'sent') this.#proven.set(sale.slotId, sale);
    if (event.type === 'proof' && event.result === 'missed') this.#onMissed(sale);
    if (event.type === 'data') this.#onData(sale, event.result);
    if (event.type === 'ended') this.#onEnded(sale);
  }

  /** Tells what was gathered since the last call. */
  tick(): void {
    this.#tellProofs();
    this.#tellRefusals();
  }

  /** The storage as it is now; told when a fault comes, changes or goes. */
  sawStorage(fault: StorageRow['fault']): void {
    if (fault?.code === this.#storageFault) return;
    this.#storageFault = fault?.code;
    if (!fault) return this.#tell('node', sentence('activity.diskBack'));
    this.#tell('failed', sentence('error', { error: { error: fault } }));
  }

  #onEntered(sale: SaleInfo, from: SaleInfo['state'] | undefined): void {
    if (sale.state === 'downloading') {
      this.#toldReasons.delete(sale.slotId);
      this.#tell(
        'downloading',
        sentence('activity.downloading', { slot: slotOf(sale), size: sizeOf(sale) }),
        sale,
      );
    }
    if (!isFirstProving(sale, from)) return;
    const facts = { slot: slotOf(sale), size: sizeOf(sale), pay: this.#tokens(expectedPayout(sale)) };
    this.#tell('filled', sentence('activity.filled', facts), sale);
  }

  /** Of a sale that ended the end says what was lost. */
  #sawCollateral(sale: SaleInfo, hasEnded: boolean): void {
    const { slotId, currentCollateral } = sale;
    const before = this.#collaterals.get(slotId);
    this.#collaterals.delete(slotId);
    if (hasEnded || currentCollateral === undefined) return;
    this.#collaterals.set(slotId, currentCollateral);
    if (before === undefined || currentCollateral >= before) return;
    const taken = before - currentCollateral;
    const facts = { slot: slotOf(sale), taken: this.#tokens(taken), left: this.#tokens(currentCollateral) };
    this.#tell('slashed', sentence('activity.slashed', facts), sale, -taken);
  }

  #onMissed(sale: SaleInfo): void {
    this.#tell('proofMissed', sentence('activity.missed', { slot: slotOf(sale) }), sale);
  }

  #onData(sale: SaleInfo, result: 'missing' | 'unavailable' | 'whole'): void {
    const slot = slotOf(sale);
    if (result === 'whole') return this.#tell('node', sentence('activity.dataBack', { slot }), sale);
    const size: Fact = { bytes: sale.missingBytes ?? 0n };
    if (result === 'unavailable') {
      const stake = this.#tokens(sale.currentCollateral ?? sale.collateral ?? 0n);
      return this.#tell('dataMissing', sentence('activity.dataUnavailable', { size, slot, stake }), sale);
    }
    this.#tell('dataMissing', sentence('activity.dataMissing', { size, slot }), sale);
  }

  #onEnded(sale: SaleInfo): void {
    const code = sale.outcome?.code;
    const slot = slotOf(sale);
    const why = outcomeOf(sale);
    if (isRefusal(sale)) return this.#onRefused(sale);
    if (code === 'paid' || code === 'partlyPaid') {
      const payout = sale.payout ?? 0n;
      this.#tell('paid', sentence('activity.paid', { slot }), sale, payout);
    } else if (sale.filledAt !== undefined && code === 'requestUnknown') {
      this.#tell('failed', sentence('activity.givenUp', { slot, why }), sale);
    } else if (sale.filledAt !== undefined) {
      this.#tell('lost', sentence('activity.lost', { slot, why }), sale, -(sale.collateral ?? 0n));
    } else {
      // Losing a race costs nothing and needs nobody.
      const kind = code === 'slotTaken' ? 'refused' : 'failed';
      this.#tell(kind, sentence('activity.notTaken', { slot, why }), sale);
    }
  }

  #onRefused(sale: SaleInfo): void {
    const reason = reasonOf(sale);
    if (this.#toldReasons.get(sale.slotId) === reason) return;
    this.#toldReasons.delete(sale.slotId);
    this.#toldReasons.set(sale.slotId, reason);
    const [oldest] = this.#toldReasons.keys();
    if (this.#toldReasons.size > KEPT_REASONS && oldest !== undefined) this.#toldReasons.delete(oldest);
    const key = `${sale.requestId} ${reason}`;
    this.#refused.set(key, [...(this.#refused.get(key) ?? []), sale]);
  }

  #tellProofs(): void {
    const [first, ...others] = this.#proven.values();
    this.#proven.clear();
    if (!first) return;
    if (others.length === 0) this.#tell('proof', sentence('activity.proof', { slot: slotOf(first) }), first);
    else this.#tell('proof', sentence('activity.proofs', { count: others.length + 1 }));
  }

  /** They have no page of their own, so their lines lead nowhere. */
  #tellRefusals(): void {
    const refused = this.#refused;
    this.#refused = new Map();
    for (const sales of refused.values()) {
      const [first] = sales;
      if (!first) continue;
      const why = outcomeOf(first);
      const many = { count: sales.length, request: shortId(first.requestId), why };
      this.#tell(
        'refused',
        sales.length === 1
          ? sentence('activity.notTaken', { slot: slotOf(first), why })
          : sentence('activity.notTakenMany', many),
      );
    }
  }

  #tell(kind: ActivityRow['kind'], told: Sentence, sale?: SaleInfo, amount?: bigint): void {
    const row: ActivityRow = {
      id: String((this.#lineCount += 1)),
      at: this.#clock.now(),
      kind,
      text: say(told),
      sentence: told,
      ...(sale && { saleId: saleRow(sale).id }),
      ...(amount !== undefined && { amount }),
    };
    this.#lines.set(row);
    this.onLine.emit(row);
  }

  #tokens(amount: bigint): Fact {
    return { tokens: amount, ...this.#token };
  }
}

const KEPT_REASONS = 1000;

/** Just filled, and not come back to proving after a restart or an error. */
function isFirstProving({ state, path }: SaleInfo, from: SaleInfo['state'] | undefined): boolean {
  if (state !== 'proving' || from !== 'filled') return false;
  const entered = (name: SaleInfo['state']) => path.filter((step) => step.state === name).length;
  return entered('filling') > 0 && entered('proving') === 1;
}

const reasonOf = (sale: SaleInfo): string => sale.outcome?.text ?? 'The sale ended.';

/** Which slot of which request, short: "3 of 9f41…c27e". */
const slotOf = ({ slotIndex, requestId }: SaleInfo): Fact =>
  sentence('slotOf', { index: slotIndex, request: shortId(requestId) });

const sizeOf = (sale: SaleInfo): Fact => ({ bytes: sale.ask?.slotSize ?? 0n });

const outcomeOf = ({ outcome, refusal }: SaleInfo): Fact => ({
  outcome: outcome && { ...outcome, ...(refusal && { refusal }) },
});

function expectedPayout({ ask, filledAt, requestEndsAt }: SaleInfo): bigint {
  if (!ask || filledAt === undefined || requestEndsAt === undefined) return 0n;
  return BigInt(Math.max(0, requestEndsAt - filledAt)) * pricePerSlotPerSecond(ask);
}
