import type { SlotId } from '../../../src/main/engine/contracts/ids.ts';
import type { SaleInfo } from '../../../src/main/engine/sales/saleinfo.ts';
import type { Engine } from './life.ts';
import { isUnheardOf, type Tenancy } from './tenancies.ts';
import { demand } from './violation.ts';
import type { World } from './world.ts';

/** What holds when all requests are over and the node was left in peace. @throws Violation */
export async function checkEnd(world: World, { reservations, sales, queue }: Engine): Promise<void> {
  const { books, host, database } = world;
  demand(sales.list().length === 0, 'Agents are left', () => ({ sales: sales.list() }));
  demand(queue.workers.busy === 0, 'Workers are busy with nothing', () => queue.workers);
  demand(reservations.reservations().length === 0 && books.reservations.size === 0, 'Reservations are left');
  demand(
    books.used === 0n && [...host.stored.values()].every((bytes) => bytes === 0n),
    'Bytes are left on the disk',
    () => ({
      used: books.used,
      stored: [...host.stored],
    }),
  );
  for (const offer of books.offers.values()) {
    const isWhole =
      offer.freeSize === offer.totalSize && offer.totalRemainingCollateral === offer.totalCollateral;
    demand(isWhole, 'An offer did not get all back', () => offer);
    demand(!offer.isDraining, 'An offer winds down although nothing is in it', () => offer);
  }
  for (const key of database.records.keys()) {
    demand(!key.startsWith('/meta/sales/running/'), 'An ended sale is still noted as running', () => ({
      key,
    }));
    demand(!key.startsWith('/quarantine'), 'A record of our own could not be read', () => ({ key }));
  }
  const last = world.mustBeSold === undefined ? undefined : world.requests[world.mustBeSold];
  const isSold = world.tenancies.all.some(
    ({ requestId, end }) => requestId === last?.requestId && end?.kind === 'paid',
  );
  demand(!last || isSold, 'A request that fits was not sold although nothing was in the way', () => ({
    last,
  }));
  checkHistory(world, await sales.history(100_000));
}

/** Every time a slot was ours has one record that tells it as the chain does; so no token is unaccounted for. */
function checkHistory(world: World, history: readonly SaleInfo[]): void {
  // What nobody can move is tried anew at each start, and may be told more than once.
  const isTold = ({ slotId }: { slotId: SlotId }) => !world.isStuck(slotId);
  const filled = history.filter((sale) => sale.filledAt !== undefined && isTold(sale));
  const oldestFirst = filled.toReversed();
  let told = 0n;
  const tenancies = world.tenancies.all.filter(isTold);
  let isExact = tenancies.length === world.tenancies.all.length;
  for (const tenancy of tenancies) {
    // One that was never heard of may have no record, but the next time as host has.
    const mayTell = ({ slotId, outcome }: SaleInfo) =>
      slotId === tenancy.slotId && (!isUnheardOf(tenancy) || outcome?.code === tenancy.end?.kind);
    const index = oldestFirst.findIndex(mayTell);
    const [record] = index < 0 ? [] : oldestFirst.splice(index, 1);
    demand(record || isUnheardOf(tenancy), 'A sale has no record in the history', () => ({ tenancy }));
    isExact &&= record !== undefined;
    if (!record) continue;
    told += checkRecord(record, tenancy);
    isExact &&= record.filledAt === tenancy.from && record.collateral === tenancy.collateral;
  }
  demand(oldestFirst.length === 0, 'The history tells of sales that never were', () => ({ oldestFirst }));
  const { tokens } = world.market.chain.marketplace;
  const gained = (tokens.get(world.market.signer) ?? 0n) - world.tenancies.given;
  demand(!isExact || told === gained, 'The history does not add up to what the wallet shows', () => ({
    told,
    gained,
  }));
}

/** Answers with what the record says the sale brought. */
function checkRecord(record: SaleInfo, tenancy: Tenancy): bigint {
  const facts = () => ({ record, tenancy });
  const { end } = tenancy;
  // Filled after its sale was given up: nothing tells any more whether it was for a repair, and cheaper.
  const isLateFill = tenancy.reservationId === undefined;
  const collateral = isLateFill ? (record.collateral ?? 0n) : tenancy.collateral;
  const { outcome, payout = 0n, currentCollateral = 0n } = record;
  demand(end, 'The money of a sale was never collected', facts);
  demand(outcome?.code === end.kind, 'The history says that a sale ended otherwise than it did', facts);
  demand(record.collateral === collateral, 'The history names another collateral than was put in', facts);
  if (end.kind === 'paid' || end.kind === 'partlyPaid') {
    // A repaired slot gives back more than was put in; that is pay.
    const returned = end.collateral < collateral ? end.collateral : collateral;
    demand(currentCollateral === returned, 'The history names other collateral than came back', facts);
    const paid = end.payout + end.collateral - returned;
    // When the answer to the fill was lost, nobody told the node its second.
    const isLate = (record.filledAt ?? 0) > tenancy.from;
    demand(
      payout === paid || (isLate && payout <= paid),
      'The history names another pay than was paid',
      facts,
    );
    return payout + currentCollateral - collateral;
  }
  demand(payout === 0n && currentCollateral === 0n, 'The history names money that never came', facts);
  return -collateral;
}
