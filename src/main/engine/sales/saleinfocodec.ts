import { z } from 'zod';
import type { AvailabilityId, RequestId, SlotId } from '../contracts/ids.ts';
import { hexId, integer } from './codecs.ts';
import { saleStateNames } from './saleinfo.ts';

const time = z.int().nonnegative();

const askSchema = z.object({
  proofProbability: integer,
  pricePerBytePerSecond: integer,
  collateralPerByte: integer,
  slots: integer,
  slotSize: integer,
  duration: integer,
  maxSlotLoss: integer,
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
  slotId: hexId<SlotId>(),
  requestId: hexId<RequestId>(),
  slotIndex: z.int().nonnegative(),
  state: z.enum(saleStateNames),
  stateSince: time,
  startedAt: time,
  path: z.array(z.object({ state: z.enum(saleStateNames), at: time })),
  ask: askSchema.exactOptional(),
  requestEndsAt: time.exactOptional(),
  expiresAt: time.exactOptional(),
  filledAt: time.exactOptional(),
  availabilityId: hexId<AvailabilityId>().exactOptional(),
  collateral: integer.exactOptional(),
  currentCollateral: integer.exactOptional(),
  proofs: z.object({
    sent: z.int().nonnegative(),
    missed: z.int().nonnegative(),
    failed: z.int().nonnegative(),
    sentAt: z.array(time),
    missedAt: z.array(time),
    dueBy: time.exactOptional(),
  }),
  gasCost: integer,
  payout: integer.exactOptional(),
  outcome: outcomeSchema.exactOptional(),
  endedAt: time.exactOptional(),
});

export type StoredSale = z.output<typeof saleInfoSchema>;
