import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Challenge } from '../../src/main/engine/contracts/ids.ts';
import { silentLogger, type Logger } from '../../src/main/engine/logger.ts';
import {
  BLOCK_SIZE,
  type BlockNetwork,
  type BlockSource,
} from '../../src/main/engine/network/blocknetwork.ts';
import type { Dataset } from '../../src/main/engine/network/dataset.ts';
import type { BlockDigester } from '../../src/main/engine/proofs/blockdigester.ts';
import { InlineDigester } from '../../src/main/engine/proofs/inlinedigester.ts';
import { LocalSlotHost, type SlotHostOptions } from '../../src/main/engine/slots/host.ts';
import { PracticeProver } from '../../src/main/engine/slots/practiceprover.ts';
import type { HostedSlot } from '../../src/main/engine/slots/slothost.ts';
import { SlotStore } from '../../src/main/engine/stores/slotstore.ts';
import { FakeBlockNetwork } from './fakeblocknetwork.ts';
import { RecordingDisk } from './recordingdisk.ts';
import { word } from './requests.ts';
import { aDataset, aSlot } from './slotfixtures.ts';
import { tempFolder } from './tempfolder.ts';

/** A network whose other peers have these. */
export function peerWith(...sources: BlockSource[]): FakeBlockNetwork {
  const peers = sources.map((source) => {
    const peer = new FakeBlockNetwork();
    peer.serve(source);
    return peer;
  });
  return new FakeBlockNetwork(peers);
}

export interface HostSetup extends SlotHostOptions {
  dataset?: Dataset;
  network?: BlockNetwork;
  folder?: string;
  hosted?: HostedSlot;
  logger?: Logger;
  digester?: BlockDigester;
}

/** A host over a folder with a slot of 5 blocks, batches of 2, and a ledger that adds up what is charged. */
export async function aHost({
  dataset = aDataset(),
  network,
  folder,
  hosted,
  logger = silentLogger,
  digester = new InlineDigester(),
  flushBytes = 2 * BLOCK_SIZE,
  now = () => 0,
  ...options
}: HostSetup = {}) {
  const root = folder ?? (await tempFolder());
  const disk = new RecordingDisk();
  const slotStore = new SlotStore({ folder: root, logger }, { fs: disk });
  const source = network ?? peerWith(dataset.source);
  const host = new LocalSlotHost(
    { slotStore, network: source, prover: new PracticeProver(), digester, logger },
    { flushBytes, now, ...options },
  );
  const charged: bigint[] = [];
  const charge = async (bytes: bigint) => void charged.push(bytes);
  return { dataset, host, slotStore, disk, charged, charge, folder: root, hosted: hosted ?? aSlot(dataset) };
}

/** Called before a block of a pack is read; what it throws, the disk does. */
export function onPackRead(disk: RecordingDisk, onRead: (block: number) => void): void {
  disk.failOn = (operation) => {
    if (operation.kind === 'read' && operation.file === 'data.pack' && operation.position !== undefined)
      onRead(operation.position / BLOCK_SIZE);
  };
}

/** Turns a bit of a file; of a slot's pack, of the first byte of the given block. */
export async function flip(folder: string, file: string, position: number): Promise<void> {
  const handle = await open(join(folder, file), 'r+');
  try {
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, position);
    await handle.write(Buffer.of(buffer.readUInt8() ^ 1), 0, 1, position);
  } finally {
    await handle.close();
  }
}

export const flipBlock = (folder: string, block: number): Promise<void> =>
  flip(folder, 'data.pack', block * BLOCK_SIZE);

/** A challenge whose proof looks at this block of the slot, or at none such. */
export async function challengeFor(
  slot: HostedSlot,
  isWanted: (positions: readonly number[]) => boolean,
): Promise<Challenge> {
  for (let number = 1; ; number++) {
    const positions: number[] = [];
    const read = async (position: number) => (positions.push(position), new Uint8Array(1));
    const { signal } = new AbortController();
    await new PracticeProver().prove(slot, word<Challenge>(number), read, { signal });
    if (isWanted(positions)) return word<Challenge>(number);
  }
}
