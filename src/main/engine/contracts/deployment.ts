import type { InterfaceAbi } from 'ethers';
import type { Address } from './ids.ts';

/** Where a marketplace lives, and what it speaks: address and ABI always come together (marketplace.md §1). */
export interface Deployment {
  readonly name: string;
  readonly chainId: number;
  readonly marketplace: Address;
  readonly abi: InterfaceAbi;
  /** The block from which its events are read. */
  readonly deployedAtBlock: number;
  /** Its time is moved as somebody likes: comparing it with the computer's says nothing. */
  readonly hasOwnTime?: boolean;
}
