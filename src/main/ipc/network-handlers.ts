import type { Api } from '../../shared/api.ts';
import type { Handlers } from '../../shared/contract.ts';
import type { Confirm } from '../confirm.ts';
import type { Networks } from '../networks/networks.ts';
import { readSettings, withoutSecrets } from '../settings-file.ts';
import type { NetworkSettings, OwnersChanges, Settings } from '../../shared/settings.ts';

export interface NetworkHandlerModules {
  readonly networks: Networks;
  readonly dataDir: string;
  readonly confirm: Confirm;
  /** Changes settings by `write`, and has those that can count at once. */
  readonly applySettings?: (changes: OwnersChanges, write: () => Promise<Settings>) => Promise<Settings>;
  /** Told after another network, or other data of one, were accepted. */
  readonly onNetwork?: (change: { readonly network: NetworkSettings } | { readonly dataOf: string }) => void;
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
  applySettings = (_, write) => write(),
  onNetwork = () => {},
  signal,
}: NetworkHandlerModules): Pick<Handlers<Api>, NetworkCall> {
  return {
    networks: () => networks.list(),
    proposeNetworkUpdate: (question) => networks.proposeUpdate(question, { signal }),
    proposeNetworkRevert: (question) => networks.proposeRevert(question),
    acceptNetworkUpdate: async (answer) => {
      await networks.acceptUpdate(answer, { confirm, signal });
      onNetwork({ dataOf: answer.id });
      return null;
    },
    proposeNetworkUse: ({ network }) => networks.proposeUse(network),
    useNetwork: async (answer) => {
      onNetwork({ network: await networks.use(answer, { confirm, signal }) });
      return null;
    },
    checkNetwork: (question) => networks.check(question, { signal }),
    settings: async () => withoutSecrets(await readSettings(dataDir)),
    changeSettings: async (changes) => {
      const settings = await networks.changeSettings(changes, (write) => applySettings(changes, write));
      return withoutSecrets(settings);
    },
  };
}
