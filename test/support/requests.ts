import { getBytes } from 'ethers';
import {
  address,
  hex32,
  type Address,
  type MerkleRoot,
  type Nonce,
} from '../../src/main/engine/contracts/ids.ts';
import type { StorageAsk, StorageContent, StorageRequest } from '../../src/main/engine/contracts/requests.ts';

export interface RequestChanges {
  client?: Address;
  ask?: Partial<StorageAsk>;
  content?: Partial<StorageContent>;
  expiry?: bigint;
  nonce?: Nonce;
}

/** The example of marketplace.md §17 with a nonce of its own, and what the test cares about changed. */
export function aRequest({ client, ask, content, expiry, nonce }: RequestChanges = {}): StorageRequest {
  return {
    client: client ?? exampleClient,
    ask: { ...exampleAsk, ...ask },
    content: { ...exampleContent, ...content },
    expiry: expiry ?? 600n,
    nonce: nonce ?? word<Nonce>(++nonces),
  };
}

export const exampleClient: Address = address('0x70997970C51812dc3A010C7d01b50e0d17dc79C8');

export const exampleAsk: StorageAsk = {
  proofProbability: 1n,
  pricePerBytePerSecond: 7n,
  collateralPerByte: 100n,
  slots: 4n,
  slotSize: 1_048_576n,
  duration: 3600n,
  maxSlotLoss: 2n,
};

export const exampleContent: StorageContent = {
  cid: getBytes(`0x01819a031220${'11'.repeat(32)}`),
  merkleRoot: hex32<MerkleRoot>(`0x${'22'.repeat(32)}`),
};

/** A small number as a 32-byte id. */
export function word<Id extends `0x${string}`>(value: number | bigint): Id {
  return `0x${value.toString(16).padStart(64, '0')}` as Id;
}

/** A small number as an account. */
export function account(value: number): Address {
  return address(`0x${value.toString(16).padStart(40, '0')}`);
}

let nonces = 0;
