import { z } from 'zod';
import { hex32, readRecord, uint, writeRecord } from '../../../shared/schemas.ts';
import type { Logger } from '../logger.ts';
import type { Database, Operation } from './database.ts';
import { Repository } from './repository.ts';

/**
 * How far the events of a contract were followed, and the youngest logs that were told, each block a record of its own,
 * so that little is written at a time. Kept per contract, so that another chain's position is never taken for it.
 */
export function cursorStore(
  { database, logger }: { database: Database; logger: Logger },
  { chainId, marketplace }: { readonly chainId: number; readonly marketplace: string },
) {
  const key = `/meta/market/cursor/${chainId}/${marketplace}`;
  const blocks = new Repository(
    { database, logger },
    {
      prefix: `/meta/market/told/${chainId}/${marketplace}`,
      segments: 1,
      path: ({ number }: { number: number }) => [String(number).padStart(16, '0')],
      schema: toldBlock,
    },
  );
  return {
    /** What cannot be read is `damaged`, which is not the same as none: there is something to be told again. */
    async load(): Promise<Stored | undefined> {
      const text = await database.get(key);
      if (text === undefined) return undefined;
      const position = read(text);
      if (position === undefined) {
        logger.error('How far the chain was followed cannot be read', { key, text: text.slice(0, 200) });
        return { kind: 'damaged' };
      }
      if (typeof position === 'number') return { kind: 'block', block: position };
      return { kind: 'position', position, told: (await blocks.load()).records.map(withPlace) };
    },

    /** All or nothing, and on the disk when it resolves; `beside` are operations that are to be written with it. */
    async save({ position, told, forgotten }: Changed, beside: readonly Operation[] = []): Promise<void> {
      await database.batch([
        ...beside,
        ...told.map((block) => blocks.putOp(recordOf(block))),
        ...forgotten.map((number) => blocks.deleteOp({ number, hash: NO_HASH, logs: [] })),
        { type: 'put', key, value: writeRecord(positionRecord, position as PositionRecord) },
      ]);
    },
  };
}

interface Place {
  readonly floor: number;
  readonly points: readonly { readonly number: number; readonly hash: string; readonly timestamp: number }[];
}

interface Told {
  readonly number: number;
  readonly hash: string;
  readonly logs: readonly ToldLog[];
}

interface ToldLog {
  readonly blockNumber: number;
  readonly blockHash: string;
  readonly transactionHash: string;
  readonly logIndex: number;
  readonly topics: readonly string[];
  readonly data: string;
}

type Stored =
  | { readonly kind: 'position'; readonly position: Place; readonly told: readonly Told[] }
  | { readonly kind: 'block'; readonly block: number }
  | { readonly kind: 'damaged' };

interface Changed {
  readonly position: Place;
  readonly told: readonly Told[];
  readonly forgotten: readonly number[];
}

function read(text: string): Place | number | undefined {
  try {
    return readRecord(z.union([uint, positionRecord]), text);
  } catch {
    return undefined;
  }
}

function withPlace({ number, hash, logs }: ToldRecord): Told {
  return { number, hash, logs: logs.map((log) => ({ ...log, blockNumber: number, blockHash: hash })) };
}

/** The texts are of the shapes that the schema names: they come from a server's answer that was checked. */
function recordOf({ number, hash, logs }: Told): ToldRecord {
  return {
    number,
    hash: hash as Hash,
    logs: logs.map(({ transactionHash, logIndex, topics, data }) => {
      return { transactionHash: transactionHash as Hash, logIndex, topics: [...topics], data };
    }),
  };
}

type Hash = `0x${string}`;
const hash = hex32<Hash>();
const hexData = z.string().regex(/^0x(?:[\da-fA-F]{2})*$/);

const positionRecord = z
  .object({
    floor: uint,
    points: z.array(z.object({ number: uint, hash, timestamp: uint })).min(1),
  })
  .refine(({ floor, points }) => {
    const isOrdered = points.every(({ number }, i) => number > (points[i - 1]?.number ?? -1));
    return isOrdered && floor <= (points.at(-1)?.number ?? 0);
  });
type PositionRecord = z.output<typeof positionRecord>;

const toldBlock = z.object({
  number: uint,
  hash,
  logs: z.array(z.object({ transactionHash: hash, logIndex: uint, topics: z.array(hexData), data: hexData })),
});
type ToldRecord = z.output<typeof toldBlock>;

const NO_HASH = `0x${'0'.repeat(64)}` as const;
