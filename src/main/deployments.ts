import testnet from '../../resources/networks/archivist-testnet.json' with { type: 'json' };
import type { NetworkSettings } from '../shared/settings.ts';
import type { Deployment } from './engine/contracts/deployment.ts';
import { address } from './engine/contracts/ids.ts';

/** Where a network of the owner's own choice has its marketplace; it speaks the testnet family's ABI. */
export function customDeployment(network: Extract<NetworkSettings, { kind: 'custom' }>): Deployment {
  return {
    name: network.name,
    chainId: network.chainId,
    marketplace: address(network.marketplace),
    abi: testnet.abi,
    deployedAtBlock: network.deployedAtBlock,
  };
}
