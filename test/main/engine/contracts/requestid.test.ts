import { describe, expect, it } from 'vitest';
import { slotIdOf } from '../../../../src/main/engine/contracts/ids.ts';
import { requestIdOf } from '../../../../src/main/engine/contracts/requestid.ts';
import { aRequest, word } from '../../../support/requests.ts';

describe('the ids of a request and its slots', () => {
  const id = requestIdOf(aRequest({ nonce: word(1) }));

  it('are those the contract computes', () => {
    expect(id).toBe('0x8011921af4b6b88c7c6b9f7ddbff4686aa191cfcd54b90c9731f4dbd282ba45b');
    expect([0, 1, 2, 3].map((index) => slotIdOf(id, index))).toEqual([
      '0xde2bc4747734aa1a2b071616783b7a608e460d85f76ee9c07b5c58aff1d1a2f6',
      '0x9d2bdbef8816d62ef7133041bc24c5e6cc3a9b0417f851d715c63212943f97e5',
      '0xa9f2074aa3b3e8a284568be4db8de5a4020e912f45ec91f61d33da0e41ef8f9c',
      '0x56bf8298a7d99ea56275a71801025c3f2c1a6daaf9d9aea7a6c130b43549b465',
    ]);
  });

  it('differ when any field differs', () => {
    const nonce = word<never>(1);
    const others = [
      aRequest({ nonce: word(2) }),
      aRequest({ nonce, expiry: 601n }),
      aRequest({ nonce, ask: { slots: 5n } }),
      aRequest({ nonce, content: { merkleRoot: word(7) } }),
    ];
    expect(new Set([id, ...others.map(requestIdOf)]).size).toBe(5);
  });
});
