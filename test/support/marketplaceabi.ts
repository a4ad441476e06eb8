import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { JsonFragment } from 'ethers';

/** The ABI of the live test network. */
export const marketplaceAbi: readonly JsonFragment[] = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../resources/networks/archivist-testnet.json'), 'utf8'),
).abi;
