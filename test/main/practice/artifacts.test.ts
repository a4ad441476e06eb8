import { Interface } from 'ethers';
import { expect, test } from 'vitest';
import { sourceHash } from '../../../scripts/compile-contracts.mjs';
import { artifacts } from '../../support/testcontract.ts';

test('The compiled contracts belong to the sources that are here', async () => {
  // Otherwise: npm run contracts
  expect(artifacts.sourceHash).toBe(await sourceHash());
});

test.each(Object.entries(artifacts.contracts))('%s can be deployed', (_, { abi, bytecode }) => {
  expect(bytecode).toMatch(/^0x([0-9a-f]{2})+$/);
  expect(() => new Interface(abi)).not.toThrow();
});

test.each(Object.entries(artifacts.contracts))(
  '%s fits the size that every chain allows',
  (_, { bytecode }) => {
    // The whole deployment code, which is more than what stays on the chain.
    expect(bytecode.length / 2 - 1).toBeLessThan(24_576);
  },
);

test('The token has the errors of the live one, which the ABI of the marketplace does not list', () => {
  const token = new Interface(artifacts.contracts.PracticeToken.abi);
  expect(token.getError('ERC20InsufficientAllowance(address,uint256,uint256)')?.selector).toBe('0xfb8f41b2');
  expect(token.getError('ERC20InsufficientBalance(address,uint256,uint256)')?.selector).toBe('0xe450d38c');
  expect(token.getError('ERC20InvalidReceiver(address)')?.selector).toBe('0xec442f05');
  expect(token.getError('ERC20InvalidSpender(address)')?.selector).toBe('0x94280d62');
});
