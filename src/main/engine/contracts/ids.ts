import { AbiCoder, keccak256 } from 'ethers';

/** Ids as the chain prints them: `0x` and lower-case hex. The brand keeps one kind from being used as another. */
export type Hex<Brand extends string> = `0x${string}` & { readonly __id: Brand };
export type RequestId = Hex<'RequestId'>;
export type SlotId = Hex<'SlotId'>;
export type Nonce = Hex<'Nonce'>;
export type Challenge = Hex<'Challenge'>;
export type MerkleRoot = Hex<'MerkleRoot'>;
export type AvailabilityId = Hex<'AvailabilityId'>;
export type ReservationId = Hex<'ReservationId'>;
/** 20 bytes, lower case. */
export type Address = Hex<'Address'>;

export const isHex32 = (text: string): boolean => /^0x[0-9a-f]{64}$/.test(text);
export const isAddress = (text: string): boolean => /^0x[0-9a-f]{40}$/.test(text);

/** A 32-byte id from text in any case. @throws RangeError when it is not 32 bytes of hex with `0x` */
export function hex32<Id extends Hex<string>>(text: string): Id {
  const lower = text.toLowerCase();
  if (!isHex32(lower)) throw new RangeError(`Not a 32-byte id: ${text.slice(0, 80)}`);
  return lower as Id;
}

/** An account from text in any case. @throws RangeError when it is not 20 bytes of hex with `0x` */
export function address(text: string): Address {
  const lower = text.toLowerCase();
  if (!isAddress(lower)) throw new RangeError(`Not an address: ${text.slice(0, 80)}`);
  return lower as Address;
}

/** keccak256 of the request id and the index as a 32-byte word. Source: marketplace.md §10. */
export function slotIdOf(requestId: RequestId, slotIndex: number): SlotId {
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(['bytes32', 'uint64'], [requestId, slotIndex]),
  ) as SlotId;
}
