import { z } from 'zod';
import { addressText, amount, hex32, option, uint } from '../../../shared/schemas.ts';
import type { Address, RequestId, SlotId } from '../contracts/ids.ts';
import { storedPurposes, type StoredTransaction } from '../contracts/storedtransaction.ts';
import type { Logger } from '../logger.ts';
import type { Database, Operation } from './database.ts';
import { Repository } from './repository.ts';

/**
 * The transactions of one account on one chain. They are kept by chain and account, since a nonce belongs to these, and
 * not to a marketplace. What cannot be read is put aside, as everywhere.
 */
export function transactionStore(
  { database, logger, beside = nothingBeside }: TransactionStoreModules,
  { chainId, account }: { chainId: number; account: Address },
) {
  const repository = new Repository(
    { database, logger },
    {
      prefix: `/meta/market/transactions/${chainId}/${account.slice(2)}`,
      segments: 1,
      path: ({ id }) => [id.slice(2)],
      schema,
    },
  );
  return {
    /** In no particular order. */
    async load(): Promise<readonly StoredTransaction[]> {
      return (await repository.load()).records;
    },
    /** All or nothing, and on the disk when it resolves. */
    async save(
      changed: readonly StoredTransaction[],
      deleted: readonly StoredTransaction[] = [],
    ): Promise<void> {
      const { operations, written } = beside(changed);
      await database.batch([
        ...changed.map((record) => repository.putOp(recordOf(record))),
        ...deleted.map((record) => repository.deleteOp(recordOf(record))),
        ...operations,
      ]);
      written();
    },
  };
}

export interface TransactionStoreModules {
  readonly database: Database;
  readonly logger: Logger;
  /** What is to be written with records that change, in the same batch; `written` is called when it is on the disk. */
  readonly beside?: (changed: readonly StoredTransaction[]) => Beside;
}

export interface Beside {
  readonly operations: readonly Operation[];
  readonly written: () => void;
}

const nothingBeside = (): Beside => ({ operations: [], written: () => {} });

const hash = hex32();
const hexData = z.string().regex(/^0x(?:[\da-f]{2})*$/);

const version = z.object({
  hash,
  kind: z.enum(['call', 'empty']),
  to: addressText<Address>(),
  data: option(hexData),
  raw: option(hexData),
  gasLimit: amount,
  maxFeePerGas: amount,
  maxPriorityFeePerGas: amount,
});

const inclusion = z.object({
  hash,
  blockNumber: uint,
  blockHash: hash,
  minedAt: uint,
  gasUsed: amount,
  gasCost: amount,
  tokensReceived: amount,
  failure: option(z.object({ code: z.string(), revert: option(z.string()) })),
});

const schema = z.object({
  id: hash,
  nonce: uint,
  purpose: z.enum(storedPurposes),
  slotId: option(hex32<SlotId>()),
  requestId: option(hex32<RequestId>()),
  slotIndex: option(uint),
  period: option(uint),
  deadline: option(uint),
  storedAtMs: uint,
  state: z.enum(['stored', 'pending', 'mined', 'failed', 'gone']),
  goneBecause: option(z.enum(['late', 'useless', 'nonceTaken'])),
  versions: z.array(version).min(1),
  inclusion: option(inclusion),
  isSettled: z.boolean(),
});

/** The texts of a record are of the shapes that the schema names; they come from hashes and from the ABI. */
const recordOf = (record: StoredTransaction) => record as z.output<typeof schema>;
