import type { ActivityRow, StorageRow } from '../../shared/rows.ts';
import { bytesText, shortId, tokensText } from '../../shared/units.ts';
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
    if (!fault) return this.#tell('node', 'The disk with the slots can be used again');
    this.#tell('failed', fault.message);
  }

  #onEntered(sale: SaleInfo, from: SaleInfo['state'] | undefined): void {
    if (sale.state === 'downloading') {
      this.#toldReasons.delete(sale.slotId);
      this.#tell('downloading', `Downloading slot ${slotText(sale)}, ${sizeText(sale)}`, sale);
    }
    if (!isFirstProving(sale, from)) return;
    const earnings = `to earn ${this.#tokens(expectedPayout(sale))}`;
    this.#tell('filled', `Slot ${slotText(sale)} filled, ${sizeText(sale)}, ${earnings}`, sale);
  }

  #onMissed(sale: SaleInfo): void {
    this.#tell('proofMissed', `Proof missed for slot ${slotText(sale)}`, sale);
  }

  #onData(sale: SaleInfo, result: 'missing' | 'unavailable' | 'whole'): void {
    if (result === 'whole')
      return this.#tell('node', `The missing data of slot ${slotText(sale)} is back`, sale);
    const missing = bytesText(sale.missingBytes ?? 0n);
    if (result === 'unavailable') {
      const stake = this.#tokens(sale.currentCollateral ?? sale.collateral ?? 0n);
      return this.#tell(
        'dataMissing',
        `${missing} of slot ${slotText(sale)} cannot be fetched now; it is tried again. A proof that needs it will be missed meanwhile; ${stake} of collateral are at risk`,
        sale,
      );
    }
    this.#tell('dataMissing', `${missing} of slot ${slotText(sale)} missing; fetched again`, sale);
  }

  #onEnded(sale: SaleInfo): void {
    const code = sale.outcome?.code;
    const text = reasonOf(sale);
    if (isRefusal(sale)) return this.#onRefused(sale);
    if (code === 'paid' || code === 'partlyPaid') {
      const payout = sale.payout ?? 0n;
      this.#tell('paid', `Sale of slot ${slotText(sale)} ended and paid`, sale, payout);
    } else if (sale.filledAt !== undefined && code === 'requestUnknown') {
      this.#tell('failed', `Slot ${slotText(sale)} given up. ${text}`, sale);
    } else if (sale.filledAt !== undefined) {
      this.#tell('lost', `Slot ${slotText(sale)} lost. ${text}`, sale, -(sale.collateral ?? 0n));
    } else {
      // Losing a race costs nothing and needs nobody.
      const kind = code === 'slotTaken' ? 'refused' : 'failed';
      this.#tell(kind, `Slot ${slotText(sale)} not taken. ${text}`, sale);
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
    if (others.length === 0) this.#tell('proof', `Proof sent for slot ${slotText(first)}`, first);
    else this.#tell('proof', `Proofs sent for ${others.length + 1} slots`);
  }

  /** They have no page of their own, so their lines lead nowhere. */
  #tellRefusals(): void {
    const refused = this.#refused;
    this.#refused = new Map();
    for (const sales of refused.values()) {
      const [first] = sales;
      if (!first) continue;
      const slots =
        sales.length === 1
          ? `Slot ${slotText(first)}`
          : `${sales.length} slots of ${shortId(first.requestId)}`;
      this.#tell('refused', `${slots} not taken. ${reasonOf(first)}`);
    }
  }

  #tell(kind: ActivityRow['kind'], text: string, sale?: SaleInfo, amount?: bigint): void {
    const row: ActivityRow = {
      id: String((this.#lineCount += 1)),
      at: this.#clock.now(),
      kind,
      text,
      ...(sale && { saleId: saleRow(sale).id }),
      ...(amount !== undefined && { amount }),
    };
    this.#lines.set(row);
    this.onLine.emit(row);
  }

  #tokens(amount: bigint): string {
    const { symbol, decimals } = this.#token;
    return `${tokensText(amount, decimals)} ${symbol}`;
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
const slotText = ({ slotIndex, requestId }: SaleInfo): string => `${slotIndex} of ${shortId(requestId)}`;

const sizeText = (sale: SaleInfo): string => bytesText(sale.ask?.slotSize ?? 0n);

function expectedPayout({ ask, filledAt, requestEndsAt }: SaleInfo): bigint {
  if (!ask || filledAt === undefined || requestEndsAt === undefined) return 0n;
  return BigInt(Math.max(0, requestEndsAt - filledAt)) * pricePerSlotPerSecond(ask);
}
