import { getBytes } from 'ethers';
import { z } from 'zod';
import { address, hex32, type Address, type Hex, type MerkleRoot, type Nonce } from '../contracts/ids.ts';
import { familyRules, type MarketFamily } from '../contracts/family.ts';
import {
  requestStates,
  type MarketConfig,
  type StorageAsk,
  type StorageRequest,
} from '../contracts/requests.ts';

/**
 * What the contract answers, as domain types. Everything is checked to fit: a value that a hostile client or server made
 * up is a MarketError HOSTILE_VALUE of the one who parses, and never reaches the engine.
 */

/** Slot indices are kept in 16 bits by the queue; a request with more slots is nobody's honest wish. */
export const slotIndexValue = z
  .bigint()
  .min(0n)
  .max(65_535n)
  .transform((index) => Number(index));

/** Unix seconds or a count, safe as a number. */
export const numberValue = z
  .bigint()
  .min(0n)
  .max(BigInt(Number.MAX_SAFE_INTEGER))
  .transform((value) => Number(value));

export const byteValue = z
  .bigint()
  .min(0n)
  .max(255n)
  .transform((value) => Number(value));

export const amountValue = z
  .bigint()
  .min(0n)
  .max(2n ** 256n - 1n);
export const flagValue = z.boolean();
export const addressValue = z.string().transform((text, context) => {
  return orIssue(context, () => address(text));
});
/** The zero address means nobody. */
export const hostValue = addressValue.transform((host) => (host === ZERO_ADDRESS ? undefined : host));

export const idValue = <Id extends Hex<string>>() =>
  z.string().transform((text, context) => orIssue(context, () => hex32<Id>(text)));

export const requestStateValue = byteValue.transform((value, context) =>
  orIssue(context, () => named(requestStates, value)),
);
/** The families number them differently. */
export const slotStateValue = (family: MarketFamily) =>
  byteValue.transform((value, context) =>
    orIssue(context, () => named(familyRules[family].slotStates, value)),
  );

/** 512 bytes in hex: many times what a CID has, little enough to keep. */
const LONGEST_CID_TEXT = 2 + 2 * 512;

const uint64 = z
  .bigint()
  .min(0n)
  .max(2n ** 64n - 1n);

export const askValue: z.ZodType<StorageAsk> = z.object({
  proofProbability: amountValue,
  pricePerBytePerSecond: amountValue,
  collateralPerByte: amountValue,
  slots: z.bigint().min(1n).max(65_536n),
  slotSize: uint64,
  duration: uint64,
  maxSlotLoss: uint64,
});

export const requestValue: z.ZodType<StorageRequest> = z.object({
  client: addressValue,
  ask: askValue,
  content: z.object({
    cid: z
      .string()
      .max(LONGEST_CID_TEXT)
      .transform((text) => getBytes(text)),
    merkleRoot: idValue<MerkleRoot>(),
  }),
  expiry: uint64,
  nonce: idValue<Nonce>(),
});

export const activeSlotValue = z.object({ request: requestValue, slotIndex: slotIndexValue });

/** What `configuration()` answers; the family is known from elsewhere. */
export const configValue = (family: MarketFamily): z.ZodType<MarketConfig> =>
  contractConfig.transform(({ collateral, proofs, reservations, requestDurationLimit }) => ({
    family,
    ...collateral,
    periodSeconds: proofs.period,
    timeoutSeconds: proofs.timeout,
    downtimeBlocks: proofs.downtime,
    downtimeProduct: proofs.downtimeProduct,
    zkeyHash: proofs.zkeyHash,
    maxReservations: reservations.maxReservations,
    requestDurationLimitSeconds: requestDurationLimit,
  }));

const contractConfig = z.object({
  collateral: z.object({
    repairRewardPercentage: byteValue,
    maxNumberOfSlashes: byteValue,
    slashPercentage: byteValue,
    validatorRewardPercentage: byteValue,
  }),
  proofs: z.object({
    period: numberValue.refine((seconds) => seconds > 0),
    timeout: numberValue,
    downtime: byteValue,
    downtimeProduct: byteValue,
    zkeyHash: z.string(),
  }),
  reservations: z.object({ maxReservations: byteValue }),
  requestDurationLimit: numberValue,
});

const ZERO_ADDRESS: Address = address(`0x${'0'.repeat(40)}`);

function named<Name extends string>(names: readonly Name[], value: number): Name {
  const name = names[value];
  if (name === undefined) throw new RangeError(`No state has the number ${value}`);
  return name;
}

function orIssue<T>(context: z.RefinementCtx, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    return z.NEVER;
  }
}
