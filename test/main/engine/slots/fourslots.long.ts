import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Exchange } from '../../../../src/main/engine/network/exchange.ts';
import { peerAddressSchema } from '../../../../src/main/engine/network/peeraddress.ts';
import { withProofs } from '../../../../src/main/engine/network/provendataset.ts';
import { libp2pInThread } from '../../../../src/main/engine/network/transports/workerthread.ts';
import { WorkerDigester } from '../../../../src/main/engine/proofs/workerdigester.ts';
import { LocalSlotHost } from '../../../../src/main/engine/slots/host.ts';
import { PracticeProver } from '../../../../src/main/engine/slots/practiceprover.ts';
import type { HostedSlot } from '../../../../src/main/engine/slots/slothost.ts';
import { SlotStore } from '../../../../src/main/engine/stores/slotstore.ts';
import { hex32, slotIdOf, type RequestId } from '../../../../src/main/engine/contracts/ids.ts';
import { seededDataset } from '../../../support/blockpeer/data.ts';
import { built } from '../../../support/built.ts';
import { recordingLogger } from '../../../support/recordinglogger.ts';
import { range, requestFor } from '../../../support/slotfixtures.ts';
import { tempFolder } from '../../../support/tempfolder.ts';

const protocol = '/archivist/blockexc/1.0.0';
const shape = { seed: 11, slots: 4, slotMib: 64 };
const MIB = 2 ** 20;
const on = { signal: new AbortController().signal };

it('four slots of 64 MiB come whole from two other processes over libp2p, of which one forges proofs', async () => {
  const programs = await built({
    child: 'test/support/blockpeer/child.ts',
    libp2pthread: 'src/main/engine/network/transports/libp2pthread.ts',
  });
  onTestFinished(() => programs.remove());
  const { logger, lines } = recordingLogger();
  const digester = new WorkerDigester({ logger });
  onTestFinished(() => digester.stop());
  const dataset = await withProofs(seededDataset(shape), { digester }, on);

  const peers = await Promise.all(
    [true, false].map(async (forges) => {
      const job = { protocol, ...shape, forges, manifest: Buffer.from(dataset.manifest).toString('hex') };
      const child = fork(join(programs.folder, 'child.mjs'), {
        env: { ...process.env, JOB: JSON.stringify(job) },
      });
      onTestFinished(() => void child.kill());
      const [address] = (await once(child, 'message')) as [unknown];
      return peerAddressSchema.parse(address);
    }),
  );
  const transport = libp2pInThread(
    { module: join(programs.folder, 'libp2pthread.mjs'), logger },
    { protocol },
  );
  const network = new Exchange({ transport, logger }, { peers });
  await network.start();
  onTestFinished(() => network.stop());
  const slotStore = new SlotStore({ folder: await tempFolder(), logger });
  const host = new LocalSlotHost({ slotStore, network, prover: new PracticeProver(), digester, logger });
  onTestFinished(() => host.stop());

  const request = requestFor(dataset, { slots: shape.slots, tolerance: 0 });
  const requestId = hex32<RequestId>(`0x${'5e'.repeat(32)}`);
  const slots = range(0, shape.slots).map((slotIndex): HostedSlot => {
    return { slotId: slotIdOf(requestId, slotIndex), request, slotIndex };
  });
  let charged = 0n;
  const charge = async (bytes: bigint) => void (charged += bytes);
  const startedMs = performance.now();
  // Rejects with SLOT_ROOT_MISMATCH unless the blocks on the disk make the root that the manifest names.
  await Promise.all(slots.map((slot) => host.store(slot, { charge, ...on })));
  const seconds = (performance.now() - startedMs) / 1000;

  expect(charged).toBe(BigInt(shape.slots * shape.slotMib * MIB));
  for (const { slotId } of slots) {
    const slot = await slotStore.open(slotId);
    expect(slot?.isComplete).toBe(true);
    await slot?.close();
  }
  const liars = lines.filter(({ message }) => message === 'Peer sent a false block and is not asked again');
  expect(liars.map(({ fields }) => fields)).toMatchObject([{ peer: peers[0] }]);
  const rate = (shape.slots * shape.slotMib) / seconds;
  process.stdout.write(`${JSON.stringify({ seconds, mibPerSecond: rate })}\n`);
});
