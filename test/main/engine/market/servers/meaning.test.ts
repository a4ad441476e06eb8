import { Interface } from 'ethers';
import { describe, expect, test } from 'vitest';
import { RevertDecoder } from '../../../../../src/main/engine/market/reverts.ts';
import { meaningOf } from '../../../../../src/main/engine/market/servers/meaning.ts';

const abi = ['error Marketplace_SlotNotFree()'];
const data = new Interface(abi).encodeErrorResult('Marketplace_SlotNotFree');
const meaning = (method: string, error: { code: number; message: string; data?: unknown }) =>
  meaningOf(method, error, new RevertDecoder(abi));

describe('an error that a server answers with', () => {
  test.each([
    ['at the top', { code: 3, message: 'execution reverted', data }],
    ['one level down', { code: -32_000, message: 'VM exception', data: { data, message: 'reverted' } }],
    ['in its words', { code: -32_015, message: `Reverted ${data}` }],
  ])('is the contract’s own when its data lie %s', (_, error) => {
    for (const method of ['eth_call', 'eth_estimateGas'])
      expect(meaning(method, error)).toMatchObject({ code: 'SLOT_NOT_FREE' });
  });

  test.each([
    'execution reverted',
    'VM Exception while processing transaction: revert',
    'invalid opcode: INVALID',
  ])('is a revert without a reason when it says "%s"', (message) => {
    expect(meaning('eth_call', { code: -32_000, message })).toMatchObject({ code: 'REVERTED' });
  });

  test.each([
    'header not found',
    'missing trie node abc',
    'request timed out',
    'Internal error',
    'limit exceeded',
  ])('is no revert when a call fails with "%s"', (message) => {
    expect(meaning('eth_call', { code: -32_000, message })).toMatchObject({
      code: 'RPC_REFUSED',
      details: { refusal: message },
    });
  });

  test.each([
    'Too Many Requests',
    'daily request count exceeded, request rate limited',
    'Your app has exceeded its compute units per second capacity',
  ])('asks for a pause when it says "%s"', (message) => {
    expect(meaning('eth_getLogs', { code: -32_005, message })).toMatchObject({
      code: 'CHAIN_UNREACHABLE',
      details: { isThrottled: true },
    });
  });

  test('says that the account cannot pay', () => {
    const message = 'insufficient funds for gas * price + value: have 0 want 1';
    expect(meaning('eth_estimateGas', { code: -32_000, message })).toMatchObject({
      code: 'INSUFFICIENT_GAS',
    });
  });

  test('is shown on one line and not at length', () => {
    const { details } = meaning('eth_getLogs', { code: 1, message: `no\n\nway ${'x'.repeat(5000)}` });
    expect(details).toMatchObject({ refusal: expect.stringMatching(/^no way x{293}$/) });
  });
});
