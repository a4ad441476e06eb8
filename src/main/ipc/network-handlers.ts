import type { Api } from '../../shared/api.ts';
import type { Handlers } from '../../shared/contract.ts';
import type { Confirm } from '../confirm.ts';
import type { Networks } from '../networks/networks.ts';
import { readSettings } from '../settings-file.ts';

export interface NetworkHandlerModules {
  readonly networks: Networks;
  readonly dataDir: string;
  readonly confirm: Confirm;
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
    settings: () => readSettings(dataDir),
    changeSettings: (changes) => networks.changeSettings(changes),
  };
}
