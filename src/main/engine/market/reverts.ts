import { Interface, type InterfaceAbi } from 'ethers';
import { MarketError, revertError } from './errors.ts';

/** Turns revert data into the error it means: the marketplace's own errors, those of its token and of its vault. */
export class RevertDecoder {
  readonly #interfaces: readonly Interface[];

  constructor(abi: InterfaceAbi) {
    this.#interfaces = [new Interface(abi), new Interface(passedOn)];
  }

  /** Never throws. */
  decode(data: string | null, details: object = {}, options?: { cause?: unknown }): MarketError {
    const description = data ? this.#parse(data) : undefined;
    if (!description) {
      const message = 'The contract refused without a reason';
      return new MarketError('REVERTED', { data, ...details }, { ...options, message });
    }
    const args: unknown[] = description.args.toArray();
    return revertError(description.name, args.length > 0 ? { args, ...details } : details, options);
  }

  #parse(data: string) {
    for (const candidate of this.#interfaces) {
      try {
        const description = candidate.parseError(data);
        if (description) return description;
      } catch {
        // Data that carries the selector of an error and is cut short.
      }
    }
    return undefined;
  }
}

/** Of OpenZeppelin 5's ERC-20 and of the vault: they pass through the marketplace and are not in its ABI (marketplace.md §5). */
const passedOn = [
  'error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)',
  'error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)',
  'error ERC20InvalidSender(address sender)',
  'error ERC20InvalidReceiver(address receiver)',
  'error ERC20InvalidApprover(address approver)',
  'error ERC20InvalidSpender(address spender)',
  'error SafeERC20FailedOperation(address token)',
  'error VaultFundNotLocked()',
  'error VaultFundNotUnlocked()',
  'error VaultFundAlreadyLocked()',
  'error VaultInsufficientBalance()',
  'error VaultInvalidExpiry()',
  'error VaultFlowNotZero()',
  'error VaultOnlyAccountHolder()',
  'error EnforcedPause()',
];
