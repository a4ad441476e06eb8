import type { SlotId } from '../../../src/main/engine/contracts/ids.ts';
import { pricePerSlotPerSecond } from '../../../src/main/engine/contracts/requests.ts';
import { writtenBytes } from '../../../src/main/engine/sales/availability.ts';
import type { SaleInfo } from '../../../src/main/engine/sales/saleinfo.ts';
import type { NodeView, Remains } from './nodeview.ts';
import type { Fill, Stage } from './stage.ts';

/** What is wrong with a node that has nothing left to do: I1 to I5 of engine.md 1.11, the disk, the agents, the log. */
export function faultsOf(view: NodeView, stage: Stage): string[] {
  return [...view.complaints, ...bookFaults(view), ...diskFaults(view), ...agentFaults(view, stage)];
}

/** What is wrong when all requests are over and everything should be given back. */
export function faultsAtEnd(view: NodeView, remains: Remains, stage: Stage): string[] {
  const faults = new Faults();
  const { quota, availabilities, reservations, storedBySlot } = view;
  faults.demand(reservations.length === 0, 'reservations are left');
  faults.equal('used', quota.used, 0n);
  faults.equal('reserved', quota.reserved, sum(availabilities.map(({ totalSize }) => totalSize)));
  faults.demand(
    storedBySlot.size === 0 && remains.files.length === 0,
    `files are left: ${remains.files.join()}`,
  );
  for (const key of remains.keys) {
    const isLeft = /\/running\/|^\/quarantine|\/reservations\/[^/]+\/[^/]+$/.test(key);
    faults.demand(!isLeft, `a record is left: ${key}`);
  }
  for (const offer of availabilities) {
    faults.equal(`free of ${offer.name}`, offer.freeSize, offer.totalSize);
    faults.equal(`collateral of ${offer.name}`, offer.totalRemainingCollateral, offer.totalCollateral);
  }
  const { marketplace } = stage.market.chain;
  faults.equal('slots still ours on chain', BigInt(marketplace.slotsOf(stage.market.signer).length), 0n);
  return [...faults.all, ...moneyFaults(view, remains.history, stage)];
}

function bookFaults({ quota, availabilities, reservations }: NodeView): string[] {
  const faults = new Faults();
  const free = sum(availabilities.map(({ freeSize }) => freeSize));
  const { max, used, reserved } = quota;
  faults.equal('I1 reserved', reserved, free + sum(reservations.map(({ size }) => size)));
  faults.equal('I1 used', used, sum(reservations.map(writtenBytes)));
  faults.demand(used >= 0n && reserved >= 0n && used + reserved <= max, 'I2 more than the quota');
  for (const { size, slotSize } of reservations) faults.demand(size >= 0n && size <= slotSize, 'I4 size');
  for (const offer of availabilities) {
    const own = reservations.filter(({ availabilityId }) => availabilityId === offer.id);
    const bytes = sum(own.map(({ slotSize }) => slotSize));
    const tied = sum(own.map(({ collateral }) => collateral));
    faults.equal('I3 total', offer.totalSize, offer.freeSize + bytes);
    faults.equal('I5 collateral', offer.totalRemainingCollateral, offer.totalCollateral - tied);
    faults.demand(offer.freeSize >= 0n && offer.totalRemainingCollateral >= 0n, 'an offer below zero');
  }
  return faults.all;
}

function diskFaults({ reservations, sales, storedBySlot }: NodeView): string[] {
  const faults = new Faults();
  for (const reservation of reservations) {
    const stored = storedBySlot.get(reservation.slotId) ?? 0n;
    faults.equal(`books of ${reservation.slotId}, on disk`, writtenBytes(reservation), stored);
  }
  const known = new Set([...reservations, ...sales].map(({ slotId }) => slotId));
  for (const slotId of storedBySlot.keys()) {
    faults.demand(known.has(slotId), `bytes that nobody knows of: ${slotId}`);
  }
  return faults.all;
}

function agentFaults({ sales, reservations }: NodeView, stage: Stage): string[] {
  const faults = new Faults();
  const { marketplace } = stage.market.chain;
  const agents = new Set<SlotId>();
  for (const { slotId } of sales) {
    faults.demand(!agents.has(slotId), `two agents for ${slotId}`);
    agents.add(slotId);
  }
  for (const slotId of marketplace.slotsOf(stage.market.signer)) {
    faults.demand(agents.has(slotId), `no agent for our slot ${slotId}`);
  }
  for (const { slotId } of reservations) {
    faults.demand(agents.has(slotId), `no agent for the reserved slot ${slotId}`);
  }
  return faults.all;
}

/** Each fill has one record, which says what the chain moved; and what was lost is what the offers have less. */
function moneyFaults({ availabilities }: NodeView, history: readonly SaleInfo[], stage: Stage): string[] {
  const faults = new Faults();
  const records = history.filter(({ filledAt }) => filledAt !== undefined).toReversed();
  for (const fill of stage.market.fills) {
    const at = records.findIndex(({ slotId }) => slotId === fill.slotId);
    const record = records[at];
    if (record) {
      records.splice(at, 1);
      faults.all.push(...recordFaults(record, fill, stage));
    } else faults.demand(false, `no record of the fill of ${fill.slotId}`);
  }
  for (const { slotId, outcome } of records) {
    faults.demand(false, `a record of a fill that never was: ${slotId} ${outcome?.code}`);
  }
  for (const { id, name, totalCollateral } of availabilities) {
    const lost = sum(history.filter(({ availabilityId }) => availabilityId === id).map(lostCollateral));
    const offered = stage.offered.get(name)?.totalCollateral ?? 0n;
    faults.equal(`collateral of ${name}, less what was lost`, totalCollateral, offered - lost);
  }
  return faults.all;
}

function recordFaults(record: SaleInfo, fill: Fill, stage: Stage): string[] {
  const faults = new Faults();
  const { outcome, collateral = 0n, currentCollateral = 0n, payout = 0n, filledAt = 0 } = record;
  const isPaid = outcome?.code === 'paid' || outcome?.code === 'partlyPaid';
  faults.equal('collateral put in', collateral, fill.paid);
  faults.demand(
    isPaid === (fill.received !== undefined),
    `outcome ${outcome?.code}, received ${fill.received}`,
  );
  if (fill.received === undefined) {
    faults.equal('collateral after a loss', currentCollateral, 0n);
    return faults.all;
  }
  const { request } = stage.market.chain.marketplace.request(record.requestId);
  // A kill between fill and answer leaves the time of the fill unknown; a kill between payout and answer the amount.
  const unknown = BigInt(filledAt - fill.filledAt) * pricePerSlotPerSecond(request.ask);
  const told = currentCollateral + payout;
  faults.demand(
    told === fill.received || told === fill.received - unknown,
    `received ${fill.received}, told ${told} (filled ${filledAt - fill.filledAt} s later than told)`,
  );
  return faults.all;
}

function lostCollateral({ filledAt, collateral = 0n, currentCollateral = 0n }: SaleInfo): bigint {
  if (filledAt === undefined || currentCollateral > collateral) return 0n;
  return collateral - currentCollateral;
}

class Faults {
  readonly all: string[] = [];

  demand(holds: boolean, fault: string): void {
    if (!holds) this.all.push(fault);
  }

  equal(what: string, is: bigint, expected: bigint): void {
    this.demand(is === expected, `${what} is ${is}, not ${expected}`);
  }
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
