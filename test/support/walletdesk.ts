import { askedAtTerminal } from '../../src/main/confirm.ts';
import type { WalletHandlerModules } from '../../src/main/ipc/wallet-handlers.ts';
import type { Wallet } from '../../src/main/wallet/wallet.ts';

/** What the calls about a wallet need, over a wallet of a test. */
export const aWalletDesk = (wallet: Wallet): WalletHandlerModules => ({
  wallet,
  lockWallet: () => wallet.lock(),
  confirm: askedAtTerminal,
});
