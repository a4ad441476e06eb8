import { setTimeout as sleep } from 'node:timers/promises';
import { DatagramSocket } from '../../../../src/main/engine/network/udpsocket.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { ManualTimers } from '../../../support/manualtimers.ts';
import { MemoryDatagrams } from '../../../support/memorydatagrams.ts';
import { udpSocketSuite } from '../../../support/udpsocketsuite.ts';

udpSocketSuite('A datagram socket of the system', () => ({
  socket: (port) => new DatagramSocket({ logger: silentLogger }, { host: '127.0.0.1', port }),
  settle: () => sleep(50),
}));

udpSocketSuite('A datagram socket in memory', () => {
  const timers = new ManualTimers();
  const network = new MemoryDatagrams(timers);
  return {
    socket: (port) => network.socket({ host: '127.0.0.1', port }),
    settle: async () => timers.advance(10),
  };
});
