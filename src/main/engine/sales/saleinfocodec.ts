import { z } from 'zod';
import { amount, hex32, uint, uint64 } from '../../../shared/schemas.ts';
import type { AvailabilityId, RequestId, SlotId } from '../contracts/ids.ts';
import { outcomeCodes, proofFailureCauses, saleStateNames } from './saleinfo.ts';

const askSchema = z.object({
  proofProbability: amount,
  pricePerBytePerSecond: amount,
  collateralPerByte: amount,
  slots: uint64,
  slotSize: uint64,
  duration: uint64,
  maxSlotLoss: uint64,
});

const outcomeSchema = z.object({
  code: z.enum(outcomeCodes),
  text: z.string(),
});

const proofFailureSchema = z.object({ at: uint, cause: z.enum(proofFailureCauses), text: z.string() });

/** How a sale is stored, running or ended; all of `SaleInfo` but what is of the moment. */
export const saleInfoSchema = z.object({
  slotId: hex32<SlotId>(),
  requestId: hex32<RequestId>(),
  slotIndex: uint,
  state: z.enum(saleStateNames),
  stateSince: uint,
  startedAt: uint,
  path: z.array(z.object({ state: z.enum(saleStateNames), at: uint })),
  ask: askSchema.exactOptional(),
  requestEndsAt: uint.exactOptional(),
  expiresAt: uint.exactOptional(),
  filledAt: uint.exactOptional(),
  availabilityId: hex32<AvailabilityId>().exactOptional(),
  collateral: amount.exactOptional(),
  currentCollateral: amount.exactOptional(),
  downloadedBytes: amount.exactOptional(),
  proofs: z.object({
    sent: uint,
    missed: uint,
    failed: uint,
    late: uint.default(0),
    lastFailure: proofFailureSchema.exactOptional(),
    sentAt: z.array(uint),
    missedAt: z.array(uint),
    dueBy: uint.exactOptional(),
  }),
  gasCost: amount,
  payout: amount.exactOptional(),
  outcome: outcomeSchema.exactOptional(),
  endedAt: uint.exactOptional(),
});

/** An ended sale, with its number among those of the same slot that ended in the same second. */
export const endedSaleSchema = saleInfoSchema.extend({ twin: uint.default(0) });

export type StoredSale = z.output<typeof saleInfoSchema>;
