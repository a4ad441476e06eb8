import { secp256k1 } from '@noble/curves/secp256k1';
import { describe, expect, it } from 'vitest';
import { Identity } from '../../../../../src/main/engine/network/identity.ts';
import { peerIdText } from '../../../../../src/main/engine/network/peerid.ts';
import {
  certify,
  decodeRecord,
  MAX_RECORD_BYTES,
  parseRecord,
  readEnvelope,
  recordText,
  signRecord,
} from '../../../../../src/main/engine/network/discovery/signedrecord.ts';
import { ProtoReader, ProtoWriter } from '../../../../../src/main/engine/network/protobuf.ts';
import vectors from '../../../../support/vectors/discovery.json' with { type: 'json' };

const bootstrap = Object.values(vectors.bootstrap).flat();
const identity = new Identity(Buffer.alloc(32, 7));
const addresses = ['/ip4/203.0.113.7/udp/8090', '/ip4/203.0.113.7/tcp/8070'];

describe('signed peer records', () => {
  it.each(bootstrap)('of the public networks decode and certify: %s', (text) => {
    const record = parseRecord(text);
    expect(peerIdText(record.peerId)).toMatch(/^16Uiu2/);
    expect(record.addresses).toEqual([expect.stringMatching(/^\/ip4\/[\d.]+\/udp\/\d+$/)]);
    expect(record.seq).toBeGreaterThan(1_700_000_000n);
    expect(recordText(record)).toBe(text);
  });

  it.each(vectors.records)('of other implementations come out as they went in: %s', (text) => {
    const record = parseRecord(text);
    expect(recordText(record)).toBe(text);
    expect(record.addresses).toEqual([1, 2, 3].map((port) => `/ip4/0.0.0.0/udp/${port}`));
  });

  it('of ours are read as they were signed', () => {
    const record = signRecord(identity, { seq: 5n, addresses });
    expect(decodeRecord(record.bytes)).toEqual(record);
    expect(parseRecord(recordText(record))).toEqual(record);
    expect(record).toMatchObject({ seq: 5n, addresses, peerId: identity.peerId, nodeId: identity.nodeId });
  });

  it('are not held against one for having addresses that we do not know', () => {
    const payload = new ProtoWriter().bytes(1, identity.peerId).varint(2, 1);
    for (const address of ['900f', '0401020304060050', '04010203', '']) {
      payload.message(3, new ProtoWriter().bytes(1, Buffer.from(address, 'hex')));
    }
    expect(decodeRecord(forged({ payload: payload.finish() })).addresses).toEqual(['/ip4/1.2.3.4/tcp/80']);
  });

  it('lose what nobody signed', () => {
    const { bytes } = signRecord(identity, { seq: 5n, addresses });
    const padded = Buffer.concat([bytes, new ProtoWriter().text(9, 'padding').finish()]);
    expect(decodeRecord(padded).bytes).toEqual(bytes);
  });

  it('are refused for one bit that is off, wherever it is', () => {
    const { bytes } = signRecord(identity, { seq: 5n, addresses });
    for (let at = 0; at < bytes.length; at++) {
      const bent = Uint8Array.from(bytes);
      bent[at] = (bent[at] as number) ^ (1 << (at % 8));
      expect(() => decodeRecord(bent), `byte ${at}`).toThrow(/RECORD_/);
    }
  });

  it('are refused when another signed them', () => {
    const payload = payloadOf(identity.peerId);
    const stranger = new Identity(Buffer.alloc(32, 8));
    expect(codeOf(forged({ payload, signer: stranger }))).toBe('RECORD_FALSE');
    expect(codeOf(forged({ payload, signer: stranger, owner: stranger }))).toBe('RECORD_FALSE');
    expect(codeOf(forged({ payload }))).toBeUndefined();
  });

  it('are refused when they are signed for another purpose', () => {
    const payload = payloadOf(identity.peerId);
    expect(codeOf(forged({ payload, domain: 'libp2p-relay-rsvp' }))).toBe('RECORD_FALSE');
    expect(codeOf(forged({ payload, type: '0302' }))).toBe('RECORD_MALFORMED');
  });

  it('are refused with a signature in another form', () => {
    const { bytes } = signRecord(identity, { seq: 5n, addresses });
    const envelope = readEnvelope(bytes);
    expect(() => certify({ ...envelope, signature: compact(envelope.signature) })).toThrow('RECORD_FALSE');
    expect(() => certify({ ...envelope, signature: highS(envelope.signature) })).toThrow('RECORD_FALSE');
    expect(() => certify({ ...envelope, signature: new Uint8Array() })).toThrow('RECORD_FALSE');
  });

  it('are refused when they are too long or have too many addresses', () => {
    const many = Array<string>(17).fill('/ip4/1.1.1.1/udp/1');
    expect(() => signRecord(identity, { seq: 1n, addresses: many })).toThrow('RECORD_MALFORMED');
    expect(codeOf(new Uint8Array(MAX_RECORD_BYTES + 1))).toBe('RECORD_MALFORMED');
    const tiny = new ProtoWriter().bytes(1, identity.peerId).varint(2, 1);
    for (let count = 0; count < 17; count++) tiny.message(3, new ProtoWriter());
    expect(codeOf(forged({ payload: tiny.finish() }))).toBe('RECORD_MALFORMED');
  });

  it.each(['', 'spr:', 'spr:!', 'enr:-HW4Q', 'spr:CiUIAhIh', 'SPR:CiUI'])(
    'in the text %j are refused',
    (text) => {
      expect(() => parseRecord(text)).toThrow('RECORD_MALFORMED');
    },
  );
});

const payloadOf = (peerId: Uint8Array) => new ProtoWriter().bytes(1, peerId).varint(2, 1).finish();

/** What somebody could make who has a key of his own. */
function forged({
  payload,
  owner = identity,
  signer = owner,
  domain = 'libp2p-peer-record',
  type = '0301',
}: {
  payload: Uint8Array;
  owner?: Identity;
  signer?: Identity;
  domain?: string;
  type?: string;
}): Uint8Array {
  const parts = [Buffer.from(domain), Buffer.from(type, 'hex'), payload];
  const signed = Buffer.concat(parts.flatMap((part) => [Uint8Array.of(part.length), part]));
  return new ProtoWriter()
    .bytes(1, new ProtoReader(signRecord(owner, { seq: 1n, addresses: [] }).bytes).bytes(1))
    .bytes(2, Buffer.from(type, 'hex'))
    .bytes(3, payload)
    .bytes(5, signer.sign(signed))
    .finish();
}

function codeOf(bytes: Uint8Array): string | undefined {
  try {
    decodeRecord(bytes);
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** 64 bytes, as others write it. */
const compact = (der: Uint8Array) => secp256k1.Signature.fromDER(der).toCompactRawBytes();

/** The second signature that everybody can make of a first. */
function highS(der: Uint8Array): Uint8Array {
  const { r, s } = secp256k1.Signature.fromDER(der);
  return new secp256k1.Signature(r, secp256k1.CURVE.n - s).toDERRawBytes();
}
