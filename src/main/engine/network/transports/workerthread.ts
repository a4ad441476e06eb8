import { MessageChannel, Worker } from 'node:worker_threads';
import type { Logger } from '../../logger.ts';
import type { Libp2pOptions } from './libp2p.ts';
import type { ThreadData } from './libp2pthread.ts';
import { RemoteTransport } from './remote.ts';

/**
 * libp2p in a thread of its own: its handshakes and ciphers would hold up the main loop. `module` is the built
 * `libp2pthread`. What goes wrong there and is caught nowhere ends the thread, and with it all links;
 * then another is started with the same identity and port.
 */
export function libp2pInThread(
  { module, logger }: { module: string | URL; logger: Logger },
  options: Libp2pOptions,
): RemoteTransport {
  const open = () => {
    const { port1: port, port2 } = new MessageChannel();
    const data: ThreadData = { port: port2, options };
    const worker = new Worker(module, { workerData: data, transferList: [port2] });
    worker.on('error', (error) => logger.error('The thread of the network ended with an error', { error }));
    const end = async () => {
      await worker.terminate();
      port.close();
    };
    return { port, end };
  };
  return new RemoteTransport(open, {
    onLost: (error) =>
      logger.error('The network is down: nobody reaches us, nor we others, until its thread runs again', {
        error,
      }),
    onBack: () => logger.info('The thread of the network runs again'),
  });
}
