import type { Api } from '../../../shared/api.ts';
import type { Client } from '../../../shared/contract.ts';

const address = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';

/** A wallet as a window hears of it: of the words that everybody tests with. */
export const fixtureWallet = {
  address,
  words: [...Array.from({ length: 11 }, () => 'test'), 'junk'],
  positions: [1, 6, 11],
  status: { state: 'locked', address, unattended: 'none', keyStore: { ok: true } },
} satisfies {
  address: string;
  words: string[];
  positions: number[];
  status: Awaited<ReturnType<Client<Api>['walletStatus']>>;
};
