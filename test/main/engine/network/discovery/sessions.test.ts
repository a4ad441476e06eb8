import { describe, expect, it } from 'vitest';
import { TokenBuckets } from '../../../../../src/main/engine/lib/tokenbuckets.ts';
import { contactKey, Sessions } from '../../../../../src/main/engine/network/discovery/sessions.ts';
import {
  decodePacket,
  encodeOrdinary,
  type OrdinaryPacket,
} from '../../../../../src/main/engine/network/discovery/packets.ts';
import { aContact, anIdentity } from '../../../../support/dhtfixtures.ts';
import { ManualTimers } from '../../../../support/manualtimers.ts';

const contact = aContact(1);
const peer = contactKey(contact);
const us = anIdentity(0).nodeId;
const keys = (number: number) => ({ read: Buffer.alloc(16, number), write: Buffer.alloc(16, 100 + number) });
const message = Buffer.from('message');

/** From the contact, under the read key of that number. */
function packet(number: number, nonceNumber: number): OrdinaryPacket {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(nonceNumber, 8);
  const parts = { source: contact.record.nodeId, destination: us, nonce, key: keys(number).read, message };
  return decodePacket(encodeOrdinary(parts), us) as OrdinaryPacket;
}

describe('sessions', () => {
  it('open what was sealed for them, once', () => {
    const sessions = new Sessions();
    expect(sessions.open(peer, packet(1, 1))).toBe('unreadable');
    sessions.add(contact, keys(1));
    expect(sessions.contact(peer)).toBe(contact);
    expect(sessions.writeKey(peer)).toEqual(keys(1).write);
    expect(sessions.open(peer, packet(1, 1))).toEqual(message);
    expect(sessions.open(peer, packet(1, 1))).toBe('repeated');
    expect(sessions.open(peer, packet(2, 2))).toBe('unreadable');
  });

  it('count the message that came with the handshake', () => {
    const sessions = new Sessions();
    sessions.add(contact, keys(1), packet(1, 5).nonce);
    expect(sessions.open(peer, packet(1, 5))).toBe('repeated');
  });

  it('can still be read when a newer one was opened, and not when two were', () => {
    const sessions = new Sessions();
    for (const number of [1, 2]) sessions.add(contact, keys(number));
    expect(sessions.open(peer, packet(1, 1))).toEqual(message);
    expect(sessions.open(peer, packet(2, 2))).toEqual(message);
    expect(sessions.writeKey(peer)).toEqual(keys(2).write);
    sessions.add(contact, keys(3));
    expect(sessions.open(peer, packet(1, 3))).toBe('unreadable');
    expect(sessions.size).toBe(1);
  });

  it('end after 256 packets, so that none can ever come again', () => {
    const sessions = new Sessions();
    sessions.add(contact, keys(1));
    for (let number = 0; number < 256; number++)
      expect(sessions.open(peer, packet(1, number))).toEqual(message);
    expect(sessions.writeKey(peer)).toBeUndefined();
    expect(sessions.open(peer, packet(1, 0))).toBe('unreadable');
    expect(sessions.open(peer, packet(1, 256))).toBe('unreadable');
  });

  it('are so many at the most', () => {
    const sessions = new Sessions({ limit: 10 });
    for (let port = 1; port < 100; port++) {
      sessions.add({ ...contact, endpoint: { host: '1.2.3.4', port } }, keys(1));
    }
    expect(sessions.size).toBe(10);
    sessions.clear();
    expect(sessions.size).toBe(0);
  });
});

describe('a rate limit', () => {
  const rates = { each: { burst: 3, perSecond: 2 }, all: { burst: 5, perSecond: 4 } };
  const passed = (limiter: TokenBuckets, key: string, times = 10) =>
    Array.from({ length: times }, () => limiter.take(key)).filter(Boolean).length;

  it('lets so many of one pass, and so many of all', () => {
    const timers = new ManualTimers();
    const limiter = new TokenBuckets(timers, rates);
    expect([passed(limiter, 'a'), passed(limiter, 'b'), passed(limiter, 'c')]).toEqual([3, 2, 0]);
    timers.advance(1_000);
    expect([passed(limiter, 'a'), passed(limiter, 'b'), passed(limiter, 'c')]).toEqual([2, 2, 0]);
    timers.advance(3_600_000);
    expect([passed(limiter, 'a'), passed(limiter, 'b'), passed(limiter, 'c')]).toEqual([3, 2, 0]);
  });

  it('holds for all also when each of them comes under a new name', () => {
    const timers = new ManualTimers();
    const limiter = new TokenBuckets(timers, rates);
    const all = Array.from({ length: 20_000 }, (_, number) => limiter.take(`host ${number}`));
    expect(all.filter(Boolean)).toHaveLength(5);
  });
});
