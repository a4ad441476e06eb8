import { z } from 'zod';
import type { BlockSource } from '../../../src/main/engine/network/blocknetwork.ts';
import { manifestCid } from '../../../src/main/engine/network/cids.ts';
import { silentLogger } from '../../../src/main/engine/logger.ts';
import { Exchange } from '../../../src/main/engine/network/exchange.ts';
import { Libp2pTransport } from '../../../src/main/engine/network/transports/libp2p.ts';
import { forging } from '../blocksources.ts';
import { seededDataset } from './data.ts';

/** A peer in a process of its own, which serves a dataset, truly or with forged proofs. It says where, and ends with its parent. */
const job = z
  .strictObject({
    protocol: z.string(),
    seed: z.int(),
    slots: z.int(),
    slotMib: z.int(),
    forges: z.boolean(),
    /** As hex; instead of the one that the dataset comes with. */
    manifest: z.string().optional(),
  })
  .parse(JSON.parse(process.env.JOB ?? ''));
const transport = new Libp2pTransport({ protocol: job.protocol, listen: { host: '127.0.0.1', port: 0 } });
const exchange = new Exchange({ transport, logger: silentLogger });
const { source: own } = seededDataset(job);
const manifest = job.manifest === undefined ? undefined : Buffer.from(job.manifest, 'hex');
const source: BlockSource = {
  block: async (cid) => (manifest && cid.equals(manifestCid(manifest)) ? manifest : await own.block(cid)),
  leaf: (treeCid, index) => own.leaf(treeCid, index),
};
exchange.serve(job.forges ? forging(source) : source);
await exchange.start();
process.on('disconnect', () => process.exit());
process.send?.(transport.address);
