import type { Clock } from '../clock/clock.ts';
import type { Sent } from '../market/market.ts';
import type { Progress } from '../slots/slothost.ts';
import type { Outcome, ProofCounts, ProofFailure, SaleInfo, SalesEvent, SaleStateName } from './saleinfo.ts';
import type { SlotRef } from './salestate.ts';
import { SpeedMeter } from './speedmeter.ts';

/** What may be noted of a sale beside its state, its proofs and its end. */
export type Facts = Partial<
  Pick<
    SaleInfo,
    | 'ask'
    | 'requestEndsAt'
    | 'expiresAt'
    | 'filledAt'
    | 'availabilityId'
    | 'collateral'
    | 'currentCollateral'
    | 'payout'
    | 'refusal'
  >
>;

/** Keeps account of one sale, and tells of what changes. `info` is a new value after each change. */
export class SaleRecord {
  readonly #clock: Clock;
  readonly #tell: (event: SalesEvent) => void;
  readonly #speed: SpeedMeter;
  #info: SaleInfo;

  constructor(
    info: SaleInfo,
    { clock, tell, nowMs }: { clock: Clock; tell: (event: SalesEvent) => void; nowMs?: () => number },
  ) {
    this.#speed = new SpeedMeter(nowMs && { nowMs });
    this.#info = info;
    this.#clock = clock;
    this.#tell = tell;
  }

  get info(): SaleInfo {
    return this.#info;
  }

  note(facts: Facts): void {
    this.#info = { ...this.#info, ...facts };
  }

  entered(state: SaleStateName, from: SaleStateName | undefined): void {
    const at = this.#clock.now();
    const path = capped([...this.#info.path, { state, at }]);
    this.#info = { ...this.#info, state, stateSince: at, path };
    this.#tell({ type: 'entered', sale: this.#info, from });
  }

  progressed({ receivedBytes, ...progress }: Progress): void {
    const bytesPerSecond = this.#speed.measure(receivedBytes ?? progress.doneBytes);
    this.#info = { ...this.#info, progress: { ...progress, bytesPerSecond } };
    this.#tell({ type: 'progress', sale: this.#info });
  }

  downloaded(bytes: bigint): void {
    const { downloadedBytes = 0n } = this.#info;
    this.#info = { ...this.#info, downloadedBytes: downloadedBytes + bytes };
  }

  dataMissing(missingBytes: bigint): void {
    this.#info = { ...this.#info, missingBytes };
    this.#tell({ type: 'data', sale: this.#info, result: 'missing' });
  }

  /** Missing bytes could not be fetched; it is tried again. */
  dataUnavailable(): void {
    this.#tell({ type: 'data', sale: this.#info, result: 'unavailable' });
  }

  /** All bytes are there; told when some were missing before. */
  dataWhole(): void {
    const { missingBytes, progress: _, ...info } = this.#info;
    if (missingBytes === undefined) return;
    this.#info = info;
    this.#tell({ type: 'data', sale: this.#info, result: 'whole' });
  }

  spent({ gasCost }: Sent): void {
    this.#info = { ...this.#info, gasCost: this.#info.gasCost + gasCost };
  }

  /** By the account of all that was sent for it, in whichever run and with whatever success. */
  spentInAll(gasCost: bigint): void {
    if (gasCost > this.#info.gasCost) this.#info = { ...this.#info, gasCost };
  }

  /** The fill that was heard of is not on the chain. */
  unfilled(): void {
    const { filledAt: _, ...info } = this.#info;
    this.#info = info;
  }

  proofDue(dueBy: number): void {
    if (this.#info.proofs.dueBy === dueBy) return;
    this.#proofs('due', { ...this.#info.proofs, dueBy });
  }

  proofSent({ isLate }: { isLate: boolean }): void {
    const { dueBy: _, ...proofs } = this.#info.proofs;
    const sentAt = newest([...proofs.sentAt, this.#clock.now()]);
    this.#proofs('sent', { ...proofs, sent: proofs.sent + 1, late: proofs.late + (isLate ? 1 : 0), sentAt });
  }

  proofFailed(failure: Omit<ProofFailure, 'at'>): void {
    const { proofs } = this.#info;
    const lastFailure = { at: this.#clock.now(), ...failure };
    this.#proofs('failed', { ...proofs, failed: proofs.failed + 1, lastFailure });
  }

  /** The period in which a proof was due is over, or the proof turned out to be there. */
  proofNoLongerDue(): void {
    const { dueBy, ...proofs } = this.#info.proofs;
    if (dueBy !== undefined) this.#info = { ...this.#info, proofs };
  }

  /** `missed` is the chain's count for this host. */
  proofsMissed(missed: number): void {
    for (let count = this.#info.proofs.missed + 1; count <= missed; count++) {
      const { proofs } = this.#info;
      this.#proofs('missed', {
        ...proofs,
        missed: count,
        missedAt: newest([...proofs.missedAt, this.#clock.now()]),
      });
    }
  }

  /** Decided, while there may still be bytes to delete. The first outcome counts. */
  decided(outcome: Outcome): void {
    this.#info = { ...this.#info, outcome: this.#info.outcome ?? outcome };
  }

  /** All is given back; nothing follows. */
  ended(): void {
    const { progress: _progress, missingBytes: _missing, collateral, ...info } = this.#info;
    // What was to be put in and never was is no collateral of this sale.
    const put = info.filledAt !== undefined && collateral !== undefined ? { collateral } : {};
    this.#info = { ...info, ...put, endedAt: this.#clock.now() };
    this.#tell({ type: 'ended', sale: this.#info });
  }

  #proofs(result: 'due' | 'sent' | 'failed' | 'missed', proofs: ProofCounts): void {
    this.#info = { ...this.#info, proofs };
    this.#tell({ type: 'proof', sale: this.#info, result });
  }
}

/** A sale of which nothing is known but its slot. */
export function newSale(ref: SlotRef, at: number): SaleInfo {
  return {
    slotId: ref.slotId,
    requestId: ref.requestId,
    slotIndex: ref.slotIndex,
    state: 'unknown',
    stateSince: at,
    startedAt: at,
    path: [],
    proofs: { sent: 0, missed: 0, failed: 0, late: 0, sentAt: [], missedAt: [] },
    gasCost: 0n,
  };
}

/** A stored sale that goes on after a restart, with its path, and with what it brought and cost. */
export function resumedSale(stored: SaleInfo, at: number): SaleInfo {
  const { outcome: _outcome, endedAt: _endedAt, progress: _progress, ...info } = stored;
  const { dueBy: _dueBy, ...proofs } = stored.proofs;
  return { ...info, proofs, state: 'unknown', stateSince: at };
}

const newest = (times: readonly number[]): readonly number[] => times.slice(-256);

/** The beginning of a sale says more than its middle. */
const capped = (path: SaleInfo['path']): SaleInfo['path'] =>
  path.length <= LONGEST_PATH ? path : [...path.slice(0, 1), ...path.slice(1 - LONGEST_PATH)];

const LONGEST_PATH = 128;
