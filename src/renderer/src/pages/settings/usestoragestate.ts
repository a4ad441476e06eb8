import { useEffect, useState } from 'react';
import type { StorageState } from '../../../../shared/api.ts';
import { useConnection } from '../../api/node.tsx';
import { useWallNow } from '../../lib/now.ts';

/** Where the slots lie and how far a move is: asked again each second, since a command may move them too, and on `ask`. */
export function useStorageState(): { state: StorageState | undefined; ask: () => void } {
  const { client } = useConnection();
  const [state, setState] = useState<StorageState>();
  const [times, setTimes] = useState(0);
  const second = Math.floor(useWallNow() / 1000);
  useEffect(() => {
    let isOld = false;
    client.storage({}).then(
      (answer) => {
        if (!isOld) setState(answer);
      },
      // The page says by itself that the node does not answer; what was known stays.
      () => {},
    );
    return () => void (isOld = true);
  }, [client, second, times]);
  return { state, ask: () => setTimes((before) => before + 1) };
}
