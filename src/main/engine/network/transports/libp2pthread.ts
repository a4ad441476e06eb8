import { workerData, type MessagePort } from 'node:worker_threads';
import { Libp2pTransport, type Libp2pOptions } from './libp2p.ts';
import { hostTransport } from './remote/host.ts';

export interface ThreadData {
  readonly port: MessagePort;
  readonly options: Libp2pOptions;
}

/** The thread in which libp2p runs, see `libp2pInThread`. */
const { port, options } = workerData as ThreadData;
hostTransport(port, new Libp2pTransport(options));
