import { z } from 'zod';
import { amount, hex32, uint, uint64 } from '../../../shared/schemas.ts';
import type { AvailabilityId, RequestId, SlotId } from '../contracts/ids.ts';
import { saleStateNames } from './saleinfo.ts';

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
  code: z.enum([
    'paid',
    'partlyPaid',
    'requestFailed',
    'slotLost',
    'requestExpired',
    'noMatchingAvailability',
    'slotTaken',
    'reservationsFull',
    'downloadFailed',
    'proofFailed',
    'requestUnknown',
    'requestRefused',
    'error',
  ]),
  text: z.string(),
});

/** How a sale is stored, running or ended; all of `SaleInfo` but the progress of its download. */
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
  proofs: z.object({
    sent: uint,
    missed: uint,
    failed: uint,
    sentAt: z.array(uint),
    missedAt: z.array(uint),
    dueBy: uint.exactOptional(),
  }),
  gasCost: amount,
  payout: amount.exactOptional(),
  outcome: outcomeSchema.exactOptional(),
  endedAt: uint.exactOptional(),
});

export type StoredSale = z.output<typeof saleInfoSchema>;
