/**
 * What the ledger costs above what it must: each operation beside one synced LevelDB batch of the very keys and values
 * that it wrote, in the same folder, in alternating rounds.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { slotIdOf, type RequestId } from '../src/main/engine/contracts/ids.ts';
import { silentLogger } from '../src/main/engine/logger.ts';
import type { Wish } from '../src/main/engine/sales/matching.ts';
import { Reservations } from '../src/main/engine/sales/reservations.ts';
import { openDatabase, type Database, type Operation } from '../src/main/engine/stores/database.ts';
import { median, row } from './lib/figures.ts';

const ROUNDS = 30;
const PER_ROUND = 20;
const HELD = 1000;

/** Keeps what was written, so that the same can be written again without the ledger. */
class RecordingDatabase implements Database {
  readonly batches: (readonly Operation[])[] = [];
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get(key: string): Promise<string | undefined> {
    return this.#database.get(key);
  }

  list(prefix: string): Promise<[key: string, value: string][]> {
    return this.#database.list(prefix);
  }

  async batch(operations: readonly Operation[]): Promise<void> {
    this.batches.push(operations);
    await this.#database.batch(operations);
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

const folder = await mkdtemp(join(tmpdir(), 'slotkeeper-bench-'));
try {
  const mine = new RecordingDatabase(
    await openDatabase({ folder: join(folder, 'ledger'), logger: silentLogger }),
  );
  const bare = await openDatabase({ folder: join(folder, 'bare'), logger: silentLogger });
  const reservations = await Reservations.open(
    { database: mine, logger: silentLogger },
    { quotaMax: 2n ** 60n },
  );
  const { id } = await reservations.createAvailability({
    name: 'Bench',
    totalSize: 2n ** 50n,
    duration: 86_400n,
    minPricePerBytePerSecond: 1n,
    totalCollateral: 2n ** 60n,
  });
  // Made beforehand: hashing ids is not the ledger's work.
  const wishes = Array.from({ length: PER_ROUND }, aWish);
  console.log(
    `${ROUNDS} rounds of ${PER_ROUND}, medians; the limit is a synced batch of the same keys and values`,
  );
  await compare('one reservation made and closed', 'two batches', makeAndClose);
  await compare('an offer patched', 'one batch', patch);
  for (let n = 0; n < HELD; n++) await reservations.findAndReserve(aWish());
  await compare(`made and closed beside ${HELD.toLocaleString('en')} held`, 'two batches', makeAndClose);

  async function makeAndClose(n: number): Promise<void> {
    const reservation = await reservations.findAndReserve(wishes[n] ?? aWish());
    if ('rule' in reservation) throw new Error(reservation.text);
    await reservations.close(reservation.id, { kind: 'notFilled' });
  }

  async function patch(n: number): Promise<void> {
    await reservations.patchAvailability(id, { duration: 86_400n + BigInt(n % 2) });
  }

  async function compare(name: string, limit: string, operation: (n: number) => Promise<void>) {
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      mine.batches.length = 0;
      ours.push(await timed(() => repeat(operation)));
      const batches = [...mine.batches];
      theirs.push(
        await timed(async () => {
          for (const operations of batches) await bare.batch(operations);
        }),
      );
    }
    console.log(row(name, median(ours) / PER_ROUND, limit, median(theirs) / PER_ROUND));
  }

  await mine.close();
  await bare.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function repeat(operation: (n: number) => Promise<void>): Promise<void> {
  for (let n = 0; n < PER_ROUND; n++) await operation(n);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

function aWish(): Wish {
  const requestId: RequestId = `0x${randomBytes(32).toString('hex')}` as RequestId;
  return {
    requestId,
    slotIndex: 0,
    slotId: slotIdOf(requestId, 0),
    slotSize: 1_048_576n,
    duration: 3600n,
    pricePerBytePerSecond: 10n,
    collateralPerByte: 1n,
    collateral: 1_048_576n,
    requestEndsAt: 1_700_000_100,
  };
}
