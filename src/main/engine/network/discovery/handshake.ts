import { hkdfSync } from 'node:crypto';
import { sha256 } from '../cids.ts';
import { Identity, isSignedBy } from '../identity.ts';
import { decodePublicKey, encodePublicKey } from '../peerid.ts';
import type { NodeId } from './nodeid.ts';
import { KEY_BYTES } from './packets.ts';

/** Keys of 16 bytes for both ways. */
export interface SessionKeys {
  readonly write: Uint8Array;
  readonly read: Uint8Array;
}

/** How the one who was challenged proves who it is: its keys, and what goes to the other side so that it gets the same. */
export function answerChallenge(
  identity: Identity,
  { challenge, peer }: { challenge: Uint8Array; peer: { nodeId: NodeId; publicKey: Uint8Array } },
): { keys: SessionKeys; signature: Uint8Array; ephemeralKey: Uint8Array } {
  const ephemeral = new Identity();
  const ephemeralKey = encodePublicKey(ephemeral.publicKey);
  const { initiator, recipient } = deriveKeys({
    secret: ephemeral.agree(peer.publicKey),
    challenge,
    initiator: identity.nodeId,
    recipient: peer.nodeId,
  });
  return {
    keys: { write: initiator, read: recipient },
    signature: identity.sign(proofText({ challenge, ephemeralKey, recipient: peer.nodeId })),
    ephemeralKey,
  };
}

/** The keys of one who answered our challenge; undefined when it is not who it says. */
export function checkAnswer(
  identity: Identity,
  { challenge, peer, signature, ephemeralKey }: Answer,
): SessionKeys | undefined {
  const key = decodePublicKey(ephemeralKey);
  const proof = proofText({ challenge, ephemeralKey, recipient: identity.nodeId });
  if (!key || !isSignedBy(peer.publicKey, proof, signature)) return undefined;
  const secret = agreed(identity, key);
  if (!secret) return undefined;
  const { initiator, recipient } = deriveKeys({
    secret,
    challenge,
    initiator: peer.nodeId,
    recipient: identity.nodeId,
  });
  return { write: recipient, read: initiator };
}

export interface Answer {
  readonly challenge: Uint8Array;
  readonly peer: { readonly nodeId: NodeId; readonly publicKey: Uint8Array };
  readonly signature: Uint8Array;
  readonly ephemeralKey: Uint8Array;
}

/** HKDF with SHA-256; the challenge is the salt. Initiator is who was challenged. */
export function deriveKeys({
  secret,
  challenge,
  initiator,
  recipient,
}: {
  secret: Uint8Array;
  challenge: Uint8Array;
  initiator: NodeId;
  recipient: NodeId;
}): { initiator: Uint8Array; recipient: Uint8Array } {
  const info = Buffer.concat([KEY_AGREEMENT, initiator, recipient]);
  const keys = new Uint8Array(hkdfSync('sha256', secret, challenge, info, 2 * KEY_BYTES));
  return { initiator: keys.subarray(0, KEY_BYTES), recipient: keys.subarray(KEY_BYTES) };
}

const KEY_AGREEMENT = Buffer.from('discovery v5 key agreement');
const IDENTITY_PROOF = Buffer.from('discovery v5 identity proof');

/** What is signed. The signature hashes it, as libp2p's do, once more. */
function proofText({
  challenge,
  ephemeralKey,
  recipient,
}: {
  challenge: Uint8Array;
  ephemeralKey: Uint8Array;
  recipient: NodeId;
}): Uint8Array {
  return sha256(Buffer.concat([IDENTITY_PROOF, challenge, ephemeralKey, recipient]));
}

function agreed(identity: Identity, key: Uint8Array): Uint8Array | undefined {
  try {
    return identity.agree(key);
  } catch {
    // Not a point of the curve.
    return undefined;
  }
}
