import { Interface } from 'ethers';
import { describe, expect, it } from 'vitest';
import { RevertDecoder } from '../../../../src/main/engine/market/reverts.ts';
import { marketplaceAbi } from '../../../support/marketplaceabi.ts';
import { account } from '../../../support/requests.ts';

const decoder = new RevertDecoder(marketplaceAbi);

/** The selector of each error that passes through a marketplace and is not in its ABI. Source: marketplace.md §5. */
const passedOn = {
  ERC20InsufficientBalance: '0xe450d38c',
  ERC20InsufficientAllowance: '0xfb8f41b2',
  ERC20InvalidReceiver: '0xec442f05',
  ERC20InvalidSender: '0x96c6fd1e',
  ERC20InvalidApprover: '0xe602df05',
  ERC20InvalidSpender: '0x94280d62',
  VaultFundNotLocked: '0x45cd2b1e',
  VaultFundNotUnlocked: '0x22fc3442',
  VaultInsufficientBalance: '0xf19fe417',
  VaultInvalidExpiry: '0x4460ffba',
  VaultFundAlreadyLocked: '0x6d1bd087',
  VaultFlowNotZero: '0xd542fb1d',
  VaultOnlyAccountHolder: '0xff2646f4',
  SafeERC20FailedOperation: '0x5274afe7',
  EnforcedPause: '0xd93c0665',
};

describe('RevertDecoder', () => {
  it.each(Object.entries(passedOn))('knows %s of token and vault', (revert, selector) => {
    const zeros = '0'.repeat(3 * 64);
    expect(decoder.decode(selector + zeros)).toMatchObject({ details: { revert } });
  });

  it.each([
    ['VaultFundNotLocked', 'TOO_LATE'],
    ['VaultFundNotUnlocked', 'TOO_EARLY'],
    ['VaultInvalidExpiry', 'REVERTED'],
  ] as const)('takes %s of the vault for %s', (revert, code) => {
    expect(decoder.decode(passedOn[revert])).toMatchObject({ code, details: { revert } });
  });

  it('tells the figures that an error carries', () => {
    const contract = new Interface(['error ERC20InsufficientBalance(address, uint256, uint256)']);
    const data = contract.encodeErrorResult('ERC20InsufficientBalance', [account(1), 5n, 7n]);
    expect(decoder.decode(data, { method: 'fillSlot' })).toMatchObject({
      code: 'INSUFFICIENT_TOKENS',
      details: { revert: 'ERC20InsufficientBalance', args: [expect.anything(), 5n, 7n], method: 'fillSlot' },
    });
  });

  it.each([null, '0x', '0x1234', '0xe450d38c', `0x${'ff'.repeat(40)}`])(
    'calls %s a refusal without a reason',
    (data) => {
      expect(decoder.decode(data)).toMatchObject({ code: 'REVERTED' });
    },
  );
});
