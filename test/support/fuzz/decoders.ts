import { describeError, EngineError } from '../../../src/main/engine/errors.ts';
import { leafIndexAt } from '../../../src/main/engine/contracts/slotplaces.ts';
import { blockCid, decodeCid, manifestCid, sha256, treeCid } from '../../../src/main/engine/network/cids.ts';
import { FrameReader, encodeFrame } from '../../../src/main/engine/network/frames.ts';
import { decodeManifest, encodeManifest } from '../../../src/main/engine/network/manifest.ts';
import {
  DatasetTree,
  decodeProof,
  encodeProof,
  verifyLeaf,
} from '../../../src/main/engine/network/merkle.ts';
import { decodeMessage, encodeMessage, type Message } from '../../../src/main/engine/network/messages.ts';
import { slotPlan } from '../../../src/main/engine/network/slotplan.ts';
import { Random } from '../simulation/random.ts';
import { aDataset, requestFor } from '../slotfixtures.ts';
import vectors from '../vectors/data-plane.json' with { type: 'json' };
import { mutated } from './mutation.ts';

/** One reader of strangers' bytes, what it is given in earnest, and what must hold of whatever it answers. */
export interface Decoder {
  readonly name: string;
  readonly corpus: readonly Uint8Array[];
  /** Throws an EngineError for what it refuses, and a plain Error where it broke its word. */
  read(bytes: Uint8Array, random: Random): void;
}

const digest = (text: string) => sha256(Buffer.from(text));
const cid = blockCid(digest('block'));
const tree = treeCid(digest('tree'));
const leaves = Array.from({ length: 13 }, (_, i) => digest(`leaf ${i}`));
const dataset = new DatasetTree(leaves);
const proofs = leaves.map((_, index) => encodeProof(dataset.proof(index)));

const messages: Message[] = [
  {
    wants: [{ address: { cid } }, { address: { treeCid: tree, index: 3 }, type: 'have', sendDontHave: true }],
  },
  {
    wants: Array.from({ length: 16 }, (_, index) => ({
      address: { treeCid: tree, index },
      cancel: index > 8,
    })),
  },
  { deliveries: [{ cid, data: Buffer.from('some data'), address: { cid } }] },
  {
    deliveries: [
      { cid, data: new Uint8Array(), address: { treeCid: tree, index: 2 }, proof: proofs[2] as Uint8Array },
    ],
  },
  {
    presences: [
      { address: { cid }, has: true },
      { address: { treeCid: tree, index: 9 }, has: false },
    ],
  },
];

const practice = aDataset({ blocks: 10, slots: 3, tolerance: 1 });
const request = requestFor(practice);
const manifests = [
  practice.manifest,
  ...vectors.cases.map(({ manifestHex }) => Buffer.from(manifestHex, 'hex')),
];

/** Every reader of what comes over the block exchange. */
export const exchangeDecoders: readonly Decoder[] = [
  {
    name: 'messages',
    corpus: messages.map(encodeMessage),
    read(bytes) {
      const message = decodeMessage(bytes);
      again(message, decodeMessage(encodeMessage(message)));
    },
  },
  {
    name: 'frames',
    corpus: messages.map((message) => encodeFrame(encodeMessage(message))),
    read(bytes, random) {
      const reader = new FrameReader(4096);
      let given = 0;
      for (let at = 0; at < bytes.length;) {
        const end = random.int(at + 1, bytes.length);
        for (const message of reader.push(bytes.subarray(at, end))) given += message.length;
        at = end;
      }
      demand(given <= bytes.length, 'more came out than went in');
    },
  },
  {
    name: 'leaf proofs',
    corpus: proofs,
    read(bytes) {
      const proof = decodeProof(bytes);
      again(proof, decodeProof(encodeProof(proof)));
      const index = proof.index % leaves.length;
      const isTrue = verifyLeaf(leaves[index] as Uint8Array, proof, {
        root: dataset.root,
        index,
        leafCount: 13,
      });
      const true_ = dataset.proof(index);
      const isOurs = proof.index === index && Buffer.compare(encodeProof(proof), encodeProof(true_)) === 0;
      demand(isTrue === isOurs, 'a proof that is not the true one passed, or the true one did not');
    },
  },
  {
    name: 'manifests',
    corpus: manifests,
    read(bytes) {
      const manifest = decodeManifest(bytes);
      again(manifest, decodeManifest(encodeManifest(manifest)));
    },
  },
  {
    name: 'plans',
    corpus: manifests,
    read(bytes) {
      // As a client would post who has made up the manifest.
      const content = { ...request.content, cid: manifestCid(bytes).bytes };
      const plan = slotPlan({ ...request, content }, bytes, 1);
      demand(plan.slotSize === request.ask.slotSize, 'a slot of another size');
      demand(leafIndexAt(plan, plan.steps - 1) < plan.leafCount, 'a slot beyond its dataset');
    },
  },
  {
    name: 'CIDs',
    corpus: [cid.bytes, tree.bytes, practice.manifestCid.bytes],
    read(bytes) {
      const read = decodeCid(bytes);
      demand(Buffer.compare(read.bytes, bytes) === 0, 'another CID');
    },
  },
];

/** @throws Error that names seed and input, for whatever is neither read nor refused in an error of ours */
export function fuzz(decoder: Decoder, { seed, count }: { seed: number; count: number }) {
  const { name, corpus } = decoder;
  const random = new Random(seed);
  const tally = { read: 0, refused: 0 };
  for (let i = 0; i < count; i++) {
    const bytes = mutated(corpus, random);
    try {
      decoder.read(bytes, random);
      tally.read++;
    } catch (error) {
      if (!(error instanceof EngineError)) {
        const input = Buffer.from(bytes).toString('hex');
        throw new Error(`${name}, seed ${seed}, input ${i} (${input}): ${describeError(error)}`, {
          cause: error,
        });
      }
      tally.refused++;
    }
  }
  return tally;
}

function demand(holds: boolean, message: string): void {
  if (!holds) throw new Error(message);
}

function again(one: unknown, other: unknown): void {
  demand(textOf(one) === textOf(other), 'what was read is not what it is written as');
}

const textOf = (value: unknown): string =>
  JSON.stringify(value, function (this: Record<string, unknown>, key) {
    // Of a Buffer the second parameter would be what it makes of itself.
    const part = this[key];
    if (typeof part === 'bigint') return `${part}n`;
    return part instanceof Uint8Array ? Buffer.from(part).toString('hex') : part;
  });
