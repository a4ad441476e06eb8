import type { Api } from '../../shared/api.ts';
import type { Handlers } from '../../shared/contract.ts';
import type { Confirm } from '../confirm.ts';
import type { Networks } from '../networks/networks.ts';
import { readSettings, withoutSecrets } from '../settings-file.ts';
import type { Settings } from '../../shared/settings.ts';

export interface NetworkHandlerModules {
  readonly networks: Networks;
  readonly dataDir: string;
  readonly confirm: Confirm;
  /** Told after the owner changed settings. */
  readonly onSettings?: (settings: Settings) => void;
  /** Ends what is under way when everything ends. */
  readonly signal: AbortSignal;
}

type NetworkCall =
  | 'networks'
  | 'proposeNetworkUpdate'
  | 'proposeNetworkRevert'
  | 'acceptNetworkUpdate'
  | 'proposeNetworkUse'
  | 'useNetwork'
  | 'checkNetwork'
  | 'settings'
  | 'changeSettings';

/** The calls about networks and settings: they are files, so that they can be answered without a node. */
export function createNetworkHandlers({
  networks,
  dataDir,
  confirm,
  onSettings = () => {},
  signal,
}: NetworkHandlerModules): Pick<Handlers<Api>, NetworkCall> {
  return {
    networks: () => networks.list(),
    proposeNetworkUpdate: (question) => networks.proposeUpdate(question, { signal }),
    proposeNetworkRevert: (question) => networks.proposeRevert(question),
    acceptNetworkUpdate: async (answer) => {
      await networks.acceptUpdate(answer, { confirm, signal });
      return null;
    },
    proposeNetworkUse: ({ network }) => networks.proposeUse(network),
    useNetwork: async (answer) => {
      await networks.use(answer, { confirm, signal });
      return null;
    },
    checkNetwork: (question) => networks.check(question, { signal }),
    settings: async () => withoutSecrets(await readSettings(dataDir)),
    changeSettings: async (changes) => {
      const settings = await networks.changeSettings(changes);
      onSettings(settings);
      return withoutSecrets(settings);
    },
  };
}
