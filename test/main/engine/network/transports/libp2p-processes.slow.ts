import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../../../../src/main/engine/network/cids.ts';
import { Exchange } from '../../../../../src/main/engine/network/exchange.ts';
import { peerAddressSchema } from '../../../../../src/main/engine/network/peeraddress.ts';
import { libp2pInThread } from '../../../../../src/main/engine/network/transports/workerthread.ts';
import { silentLogger } from '../../../../../src/main/engine/logger.ts';
import { seededDataset } from '../../../../support/blockpeer/data.ts';
import { built, type Built } from '../../../../support/built.ts';
import { watchLeaks } from '../../../../support/noleaks.ts';
import { recordingLogger } from '../../../../support/recordinglogger.ts';
import { range } from '../../../../support/slotfixtures.ts';

const protocol = '/codex/blockexc/1.0.0';
const { signal } = new AbortController();
let programs: Built;
const children: ChildProcess[] = [];

beforeAll(async () => {
  programs = await built({
    child: 'test/support/blockpeer/child.ts',
    libp2pthread: 'src/main/engine/network/transports/libp2pthread.ts',
  });
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill();
});
afterAll(() => programs.remove());

const inThread = (name = 'libp2pthread', logger = silentLogger) =>
  libp2pInThread({ module: join(programs.folder, `${name}.mjs`), logger }, { protocol });

async function peerProcess(job: { seed: number; slots: number; slotMib: number; forges: boolean }) {
  const child = fork(join(programs.folder, 'child.mjs'), {
    env: { ...process.env, JOB: JSON.stringify({ protocol, ...job }) },
  });
  children.push(child);
  const [address] = (await once(child, 'message')) as [unknown];
  return peerAddressSchema.parse(address);
}

describe('libp2p between processes', () => {
  it('fetches four slots from two peers, of which one forges proofs', async () => {
    const shape = { seed: 7, slots: 4, slotMib: 64 };
    const peers = await Promise.all([true, false].map((forges) => peerProcess({ ...shape, forges })));
    const dataset = seededDataset(shape);
    const { logger, lines } = recordingLogger();
    const exchange = new Exchange({ transport: inThread(), logger }, { peers });
    await exchange.start();
    const perSlot = dataset.leafCount / shape.slots;
    const fetchSlot = async (slot: number) => {
      const indices = range(0, perSlot).map((step) => slot + step * shape.slots);
      let isTrue = true;
      let count = 0;
      for await (const leaf of exchange.leaves(dataset, indices, { signal })) {
        const held = await dataset.source.leaf(dataset.treeCid, leaf.index);
        isTrue &&= !!held && Buffer.compare(sha256(held.data), leaf.digest) === 0;
        count++;
      }
      return { isTrue, count };
    };
    const slots = await Promise.all(range(0, shape.slots).map(fetchSlot));
    await exchange.stop();
    expect(slots).toEqual(Array(shape.slots).fill({ isTrue: true, count: perSlot }));
    const liars = lines.filter(({ message }) => message === 'Peer sent a false block and is not asked again');
    expect(liars.map(({ fields }) => fields)).toMatchObject([{ peer: peers[0] }]);
  });

  it('loses its link and nothing else when the other process is killed', async () => {
    const shape = { seed: 8, slots: 2, slotMib: 1 };
    const address = await peerProcess({ ...shape, forges: false });
    const settled = watchLeaks();
    const transport = inThread();
    await transport.start(() => {});
    const link = await transport.dial(address, { signal });
    children[0]?.kill('SIGKILL');
    await link.closed;
    await expect(transport.dial(address, { signal })).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
    await transport.stop();
    await settled();
  });

  it('says so when its thread cannot be started', async () => {
    const { logger, lines } = recordingLogger();
    const transport = libp2pInThread({ module: join(programs.folder, 'no-such.mjs'), logger }, { protocol });
    await expect(transport.start(() => {})).rejects.toMatchObject({ code: 'LINK_CLOSED' });
    await transport.stop();
    expect(lines).toMatchObject([{ message: 'The thread of the network ended with an error' }]);
  });
});
