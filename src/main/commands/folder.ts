import { version } from '../../../package.json' with { type: 'json' };
import type { Bridge } from '../../shared/contract.ts';
import { Application } from '../application.ts';
import { askedAtTerminal } from '../confirm.ts';
import { createLocalBridge } from '../ipc/local-bridge.ts';
import { createLogging } from '../logging/logging.ts';
import { readSettings } from '../settings-file.ts';
import { mustBeFree } from './newfile.ts';

/** A data folder without a node: an application that is never started answers what needs none. */
export async function openFolder(
  dataDir: string,
  { exportTo }: { exportTo?: string } = {},
): Promise<{ bridge: Bridge; close: () => Promise<void> }> {
  const settings = await readSettings(dataDir);
  // No file: a node that starts meanwhile writes there.
  const logging = createLogging({ level: settings.logLevel });
  const application = new Application(
    {
      logging,
      confirm: askedAtTerminal,
      ...(exportTo !== undefined && {
        chooseFile: async () => {
          await mustBeFree(exportTo);
          return exportTo;
        },
      }),
    },
    { dataDir, settings, daemonPath: '', libp2pPath: '', version },
  );
  const { router, events } = application;
  return {
    bridge: createLocalBridge({ router, events }),
    close: async () => {
      await application.stop();
      await logging.close();
    },
  };
}
