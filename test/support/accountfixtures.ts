import { Accounts } from '../../src/main/engine/accounts/accounts.ts';
import { address } from '../../src/main/engine/contracts/ids.ts';
import { silentLogger } from '../../src/main/engine/logger.ts';
import { MemoryDatabase } from './memorydatabase.ts';

export const someAccountsOf = {
  chainId: 31_337,
  marketplace: address(`0x${'11'.repeat(20)}`),
  account: address(`0x${'22'.repeat(20)}`),
};

/** Accounts in which nothing stands, and which follow no chain. */
export const noAccounts = new Accounts(
  { database: new MemoryDatabase(), logger: silentLogger },
  someAccountsOf,
);
export const someToken = { symbol: 'TST', decimals: 18 };
