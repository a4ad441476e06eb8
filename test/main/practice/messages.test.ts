import { expect, test } from 'vitest';
import { address } from '../../../src/main/engine/contracts/ids.ts';
import { Secret } from '../../../src/main/engine/lib/secret.ts';
import { deploymentOf, PERIOD_SECONDS } from '../../../src/main/practice/deployment.ts';
import { PracticeError } from '../../../src/main/practice/errors.ts';
import {
  failureFromWire,
  infoFromWire,
  orderSchema,
  reportSchema,
  wireFailure,
  wireInfo,
} from '../../../src/main/practice/messages.ts';
import type { PracticeInfo } from '../../../src/main/practice/practice.ts';

const contracts = {
  family: 'vault' as const,
  marketplace: address(`0x${'11'.repeat(20)}`),
  token: address(`0x${'22'.repeat(20)}`),
  deployedAtBlock: 7,
};
const key = `0x${'3c'.repeat(32)}`;
const info: PracticeInfo = {
  rpcUrl: 'http://127.0.0.1:8545',
  wsUrl: 'ws://127.0.0.1:8545',
  deployment: deploymentOf(contracts),
  token: contracts.token,
  hostKey: new Secret(key),
  peers: [{ host: '127.0.0.1', port: 4000 }],
  bootstrap: ['spr:abc'],
  periodSeconds: PERIOD_SECONDS,
};

test('what a node needs to know crosses whole, and the key is a secret again on the other side', () => {
  const report = reportSchema.parse({ type: 'ready', info: wireInfo(info) });
  if (report.type !== 'ready') throw new Error('another report');
  const crossed = infoFromWire(report.info);
  expect({ ...crossed, hostKey: undefined }).toEqual({ ...info, hostKey: undefined });
  expect(crossed.hostKey.reveal()).toBe(key);
  expect(JSON.stringify(crossed)).not.toContain(key.slice(2));
});

test('an error crosses with its code, message and details', () => {
  const error = new PracticeError('TRANSACTION_REFUSED', 'The chain refuses it', {
    reason: 'Marketplace_InvalidCid',
  });
  expect(failureFromWire(wireFailure(error))).toMatchObject({
    code: 'TRANSACTION_REFUSED',
    message: 'The chain refuses it',
    details: { reason: 'Marketplace_InvalidCid' },
  });
  expect(failureFromWire(wireFailure(new TypeError('odd')))).toMatchObject({
    code: 'CHAIN_FAILED',
    message: 'odd',
  });
});

const start = {
  type: 'start',
  folder: '/tmp/a',
  family: 'vault',
  exchange: 'libp2p',
  peers: 'dht',
  scenario: 'demo',
  speed: 1,
  seed: 1,
};

test('an order to start is understood whole', () => {
  expect(orderSchema.parse(start)).toEqual(start);
});

test.each([
  ['no type', {}],
  ['an unknown order', { type: 'dance' }],
  ['a member too many', { type: 'stop', now: true }],
  ['a scenario that there is not', { ...start, scenario: 'chaos' }],
  ['a family that there is not', { ...start, family: 'bank' }],
  ['an exchange that there is not', { ...start, exchange: 'post' }],
  ['a request of no slots', { type: 'postRequest', id: 1, params: { slots: 0 } }],
])('an order with %s is refused', (_, order) => {
  expect(orderSchema.safeParse(order).success).toBe(false);
});
