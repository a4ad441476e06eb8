import { builtInData } from '../../src/main/networks/presets.ts';
import type { NetworkData } from '../../src/main/networks/networkdata.ts';

export const testnet = builtInData('archivist-testnet');
export const devnet = builtInData('archivist-devnet');

/** What a network publishes, with changes, as the text of a file. */
export const published = (
  changes: Partial<Record<keyof NetworkData, unknown>> = {},
  data = testnet,
): string => JSON.stringify({ ...data, ...changes });

export const OTHER_ADDRESS = '0x00000000000000000000000000000000000000aa';
