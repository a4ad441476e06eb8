import { describe, expect, it } from 'vitest';
import {
  answerChallenge,
  checkAnswer,
  deriveKeys,
} from '../../../../../src/main/engine/network/discovery/handshake.ts';
import { Identity } from '../../../../../src/main/engine/network/identity.ts';
import { peerIdOf } from '../../../../../src/main/engine/network/peerid.ts';
import { nodeIdOf } from '../../../../../src/main/engine/network/discovery/nodeid.ts';
import {
  decodePacket,
  encodeChallenge,
  encodeHandshake,
  encodeKnock,
  encodeOrdinary,
  openMessage,
  type HandshakePacket,
  type OrdinaryPacket,
} from '../../../../../src/main/engine/network/discovery/packets.ts';
import { decodeDhtMessage } from '../../../../../src/main/engine/network/discovery/dhtmessages.ts';
import { decodeRecord, signRecord } from '../../../../../src/main/engine/network/discovery/signedrecord.ts';
import vectors from '../../../../support/vectors/discovery.json' with { type: 'json' };

const hex = (text: string) => Buffer.from(text, 'hex');
const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex');
const a = new Identity(hex(vectors.packets.a));
const b = new Identity(hex(vectors.packets.b));
const nonce = Buffer.alloc(12, 3);
const message = Buffer.from('message');

describe('packets of other implementations', () => {
  it('with a message are opened', () => {
    const { bytes, readKey, requestId, seq } = vectors.packets.ordinary;
    const packet = decodePacket(hex(bytes), b.nodeId) as OrdinaryPacket;
    expect(packet).toMatchObject({ kind: 'ordinary', source: Buffer.from(a.nodeId) });
    const opened = decodeDhtMessage(openMessage(packet, hex(readKey)) as Uint8Array);
    expect(opened).toEqual({ kind: 'ping', id: hex(requestId), seq: BigInt(seq) });
    expect(openMessage(packet, Buffer.alloc(16, 1))).toBeUndefined();
  });

  it('that challenge us are read', () => {
    const { bytes, challenge } = vectors.packets.challenge;
    expect(decodePacket(hex(bytes), b.nodeId)).toEqual({
      kind: 'challenge',
      nonce: hex(vectors.packets.challenge.nonce),
      recordSeq: 0n,
      challenge: hex(challenge),
    });
    expect(decodePacket(hex(`${bytes}00`), b.nodeId)).toBeUndefined();
  });

  it('that answer a challenge prove who sent them', () => {
    const { bytes, challenge, requestId, seq } = vectors.packets.handshake;
    const packet = decodePacket(hex(bytes), b.nodeId) as HandshakePacket;
    expect(packet.record).toHaveLength(0);
    const keys = checkAnswer(b, { ...packet, challenge: hex(challenge), peer: a });
    const opened = openMessage(packet, keys?.read as Uint8Array) as Uint8Array;
    expect(decodeDhtMessage(opened)).toEqual({ kind: 'ping', id: hex(requestId), seq: BigInt(seq) });
    expect(checkAnswer(b, { ...packet, challenge: Buffer.alloc(63), peer: a })).toBeUndefined();
    expect(checkAnswer(b, { ...packet, challenge: hex(challenge), peer: b })).toBeUndefined();
  });

  it('that answer a challenge bring the record of their sender', () => {
    const { bytes, challenge, recordSeq } = vectors.packets.handshakeWithRecord;
    const packet = decodePacket(hex(bytes), b.nodeId) as HandshakePacket;
    const peer = decodeRecord(packet.record);
    expect(peer).toMatchObject({ seq: BigInt(recordSeq), nodeId: a.nodeId });
    const keys = checkAnswer(b, { ...packet, challenge: hex(challenge), peer });
    expect(openMessage(packet, keys?.read as Uint8Array)).toBeDefined();
  });

  it('come under keys that both sides come to', () => {
    const v = vectors.keyAgreement;
    const ephemeral = new Identity(hex(v.ephemeralKey));
    expect(text(ephemeral.agree(hex(v.ecdhWith)))).toBe(v.sharedSecret);
    const keys = deriveKeys({
      secret: ephemeral.agree(hex(v.destination)),
      challenge: hex(v.challenge),
      initiator: hex(v.idA),
      recipient: hex(v.idB),
    });
    expect([text(keys.initiator), text(keys.recipient)]).toEqual([v.initiatorKey, v.recipientKey]);
  });
});

describe('packets', () => {
  const key = Buffer.alloc(16, 9);
  const way = { source: a.nodeId, destination: b.nodeId, nonce };

  it('with a message are opened by whoever has the key', () => {
    const packet = decodePacket(encodeOrdinary({ ...way, key, message }), b.nodeId) as OrdinaryPacket;
    expect(packet).toMatchObject({ kind: 'ordinary', source: Buffer.from(a.nodeId), nonce });
    expect(openMessage(packet, key)).toEqual(message);
  });

  it('cannot be changed in any bit', () => {
    const bytes = encodeOrdinary({ ...way, key, message });
    for (let at = 0; at < bytes.length; at++) {
      const bent = Uint8Array.from(bytes);
      bent[at] = (bent[at] as number) ^ (1 << (at % 8));
      const packet = decodePacket(bent, b.nodeId);
      if (packet && packet.kind !== 'challenge')
        expect(openMessage(packet, key), `byte ${at}`).toBeUndefined();
    }
  });

  it('for another node are noise', () => {
    expect(decodePacket(encodeOrdinary({ ...way, key, message }), a.nodeId)).toBeUndefined();
  });

  it('that knock cannot be opened, and look like any other', () => {
    const knock = encodeKnock(way);
    expect(decodePacket(knock, b.nodeId)).toMatchObject({ kind: 'ordinary', source: Buffer.from(a.nodeId) });
    expect(knock.length).toBeGreaterThan(encodeChallenge({ ...way, recordSeq: 0n }).packet.length);
  });

  it('take two nodes through a handshake', () => {
    const { packet, challenge } = encodeChallenge({ destination: a.nodeId, nonce, recordSeq: 7n });
    const challenged = decodePacket(packet, a.nodeId);
    expect(challenged).toEqual({
      kind: 'challenge',
      nonce,
      recordSeq: 7n,
      challenge: Buffer.from(challenge),
    });
    const { keys, ...proof } = answerChallenge(a, { challenge, peer: b });
    const record = signRecord(a, { seq: 8n, addresses: [] }).bytes;
    const bytes = encodeHandshake({ ...way, key: keys.write, message, ...proof, record });
    const answer = decodePacket(bytes, b.nodeId) as HandshakePacket;
    expect(decodeRecord(answer.record).nodeId).toEqual(a.nodeId);
    const theirs = checkAnswer(b, { ...answer, challenge, peer: a });
    expect(theirs).toEqual({ read: keys.write, write: keys.read });
    expect(openMessage(answer, keys.write)).toEqual(message);
  });

  it('with a key that is no point of the curve prove nothing', () => {
    const challenge = Buffer.alloc(63);
    const { signature } = answerChallenge(a, { challenge, peer: b });
    const noPoint = Buffer.concat([hex('08021221'), Buffer.alloc(33, 0xff)]);
    for (const ephemeralKey of [noPoint, Buffer.alloc(37), new Uint8Array()]) {
      expect(checkAnswer(b, { challenge, peer: a, signature, ephemeralKey })).toBeUndefined();
    }
  });

  it('that are cut off are noise, or lose their message', () => {
    const bytes = encodeOrdinary({ ...way, key, message });
    for (let length = 0; length < bytes.length; length++) {
      const packet = decodePacket(bytes.subarray(0, length), b.nodeId);
      if (packet?.kind === 'ordinary') expect(openMessage(packet, key)).toBeUndefined();
    }
  });

  it('name nodes by the hash of their peer id', () => {
    expect(nodeIdOf(peerIdOf(a.publicKey))).toEqual(a.nodeId);
    expect(a.peerId).toHaveLength(39);
  });
});
