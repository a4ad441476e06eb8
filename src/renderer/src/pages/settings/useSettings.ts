import { useEffect, useState } from 'react';
import type { Api } from '../../../../shared/api.ts';
import type { Client } from '../../../../shared/contract.ts';
import { errorText } from '../../../../shared/errors.ts';
import type { Settings } from '../../../../shared/settings.ts';
import { useConnection } from '../../api/node.tsx';
import { shownError } from '../../lib/shownerror.ts';

export interface OwnersSettings {
  /** Undefined until they were read. */
  readonly settings: Settings | undefined;
  readonly change: (changes: Changes) => void;
  /** Why the last change, or the reading, was refused. */
  readonly failure?: string;
}

/** What the owner sets, as the node's file says it. A change shows at once, and is taken back when it is refused. */
export function useSettings(): OwnersSettings {
  const { client } = useConnection();
  const [settings, setSettings] = useState<Settings>();
  const [failure, setFailure] = useState<string>();
  const fail = (error: unknown) => setFailure(errorText(shownError(error)));
  useEffect(() => {
    client.settings({}).then(setSettings, fail);
  }, [client]);
  const change: OwnersSettings['change'] = (changes) => {
    setFailure(undefined);
    setSettings((now) => now && changed(now, changes));
    client.changeSettings(changes).then(setSettings, (error: unknown) => {
      fail(error);
      client.settings({}).then(setSettings, fail);
    });
  };
  return {
    settings,
    change,
    ...(failure !== undefined && { failure }),
  };
}

type Changes = Parameters<Client<Api>['changeSettings']>[0];

/** As it will be; what is taken out shows its default once the node has answered. */
function changed(settings: Settings, changes: Changes): Settings {
  const said = Object.entries({ ...settings, ...changes }).filter(([, value]) => value !== null);
  return Object.fromEntries(said) as unknown as Settings;
}
