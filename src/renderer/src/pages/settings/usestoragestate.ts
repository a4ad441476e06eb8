import { useCallback, useEffect, useRef, useState } from 'react';
import type { StorageState } from '../../../../shared/api.ts';
import { useConnection } from '../../api/node.tsx';
import { useWallNow } from '../../lib/now.ts';

/** Where the slots lie and how far a move is: asked again each second, since a command may move them too. */
export function useStorageState(): { state: StorageState | undefined; ask: () => Promise<void> } {
  const { client } = useConnection();
  const [state, setState] = useState<StorageState>();
  const isGone = useRef(false);
  const second = Math.floor(useWallNow() / 1000);
  const ask = useCallback(async () => {
    try {
      const answer = await client.storage({});
      if (!isGone.current) setState(answer);
    } catch {
      // The page says by itself that the node does not answer; what was known stays.
    }
  }, [client]);
  useEffect(() => {
    isGone.current = false;
    return () => void (isGone.current = true);
  }, []);
  useEffect(() => void ask(), [ask, second]);
  return { state, ask };
}
