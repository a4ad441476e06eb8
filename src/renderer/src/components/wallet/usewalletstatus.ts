import { useState } from 'react';
import { useAnswer } from '../../api/answer.ts';
import { useConnection, useOnly } from '../../api/node.tsx';

/** What there is of a wallet and how it is unlocked; asked again when the node says that it changed, and by `again`. */
export function useWalletStatus() {
  const { client } = useConnection();
  const [turn, setTurn] = useState(0);
  // The row says when a command changes it.
  const row = useOnly('node')?.wallet;
  const seen = `${row?.state} ${row?.unattended} ${row?.address}`;
  const answer = useAnswer(() => client.walletStatus({}), { turn, seen });
  return { ...answer, again: () => setTurn((before) => before + 1) };
}
