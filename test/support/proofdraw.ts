import { AbiCoder, keccak256, toQuantity, type JsonRpcProvider } from 'ethers';

/** What the contract should say about a slot's proof in the latest block. */
export interface ProofDraw {
  readonly pointer: bigint;
  readonly challenge: string;
  readonly isRequired: boolean;
  readonly willBeRequired: boolean;
}

/** The rule of marketplace.md §8, worked out a second time, for the latest block and a filled slot. */
export async function drawOf(provider: JsonRpcProvider, slot: DrawnSlot): Promise<ProofDraw> {
  const number = await provider.getBlockNumber();
  const pointer = pointerOf(slot.id, slot.period, number);
  const chosen = toQuantity(number - 1 - pointer);
  const block: { hash: string } = await provider.send('eth_getBlockByNumber', [chosen, false]);
  const challenge = keccak256(AbiCoder.defaultAbiCoder().encode(['bytes32'], [block.hash]));
  const isDrawn = slot.oddsAgainst === 0n || BigInt(challenge) % slot.oddsAgainst === 0n;
  const isDowntime = pointer < 32;
  return {
    pointer: BigInt(pointer),
    challenge,
    isRequired: isDrawn && !isDowntime,
    willBeRequired: isDrawn && isDowntime,
  };
}

export interface DrawnSlot {
  readonly id: string;
  readonly period: number;
  /** What `slotProbability` answers. */
  readonly oddsAgainst: bigint;
}

export function pointerOf(slotId: string, period: number, blockNumber: number): number {
  return Number((BigInt(blockNumber) + BigInt(period) * 37n + BigInt(slotId)) % 256n);
}
