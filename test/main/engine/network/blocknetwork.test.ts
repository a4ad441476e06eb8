import type { BlockSource } from '../../../../src/main/engine/network/blocknetwork.ts';
import { LoopbackNetwork } from '../../../support/loopbacknetwork.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { blockNetworkSuite } from '../../../support/blocknetworksuite.ts';
import { FakeBlockNetwork } from '../../../support/fakeblocknetwork.ts';

blockNetworkSuite('FakeBlockNetwork', () => ({
  connect: async (sources) => {
    const peers = sources.map((source) => {
      const peer = new FakeBlockNetwork();
      peer.serve(source);
      return peer;
    });
    return new FakeBlockNetwork(peers);
  },
  close: async () => {},
}));

blockNetworkSuite('LoopbackNetwork', () => {
  const running: LoopbackNetwork[] = [];
  const run = async (network: LoopbackNetwork) => {
    running.push(network);
    await network.start();
    return network;
  };
  const serve = async (source: BlockSource) => {
    const network = await run(
      new LoopbackNetwork({ logger: silentLogger }, { listen: { port: 0 }, peers: [] }),
    );
    network.serve(source);
    return network;
  };
  return {
    connect: async (sources) => {
      const servers = await Promise.all(sources.map(serve));
      const peers = servers.flatMap((server) => server.address ?? []);
      return run(new LoopbackNetwork({ logger: silentLogger }, { peers, redialMs: 1 }));
    },
    close: async () => {
      await Promise.all(running.map((network) => network.stop()));
    },
  };
});
