import { Libp2pTransport } from '../../../../../src/main/engine/network/transports/libp2p.ts';
import { blockNetworkSuite } from '../../../../support/blocknetworksuite.ts';
import { exchangesOver } from '../../../../support/blocknetworlds.ts';

const protocol = '/archivist/blockexc/1.0.0';
const here = { host: '127.0.0.1', port: 0 };

blockNetworkSuite('An exchange over libp2p', () =>
  exchangesOver(({ listens }) => new Libp2pTransport({ protocol, ...(listens && { listen: here }) })),
);
