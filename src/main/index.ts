import { join } from 'node:path';
import { app } from 'electron';
import { version } from '../../package.json' with { type: 'json' };
import { Application } from './application.ts';
import { withControl } from './control/withcontrol.ts';
import { createLogging } from './logging/logging.ts';
import { readSettings } from './settings-file.ts';
import { runDesktop } from './shell/desktop.ts';
import { chooseFileInDialog, confirmInDialog } from './shell/dialogs.ts';
import { shellLanguage } from './shell/language.ts';
import { systemKeyStore } from './shell/secrets.ts';

/** The desktop's entry: the same application as headless, in a window with a tray. */
const out = join(import.meta.dirname, '..');

runDesktop({
  rendererFolder: join(out, 'renderer'),
  preloadPath: join(out, 'preload/index.cjs'),
  resourcesFolder: join(out, '../resources'),
  openApplication: async () => {
    const dataDir = join(app.getPath('userData'), 'data');
    const settings = await readSettings(dataDir);
    const logging = createLogging({ folder: join(dataDir, 'logs'), level: settings.logLevel });
    const daemonPath = join(import.meta.dirname, 'practice.js');
    const libp2pPath = join(import.meta.dirname, 'libp2pthread.js');
    const language = () => shellLanguage(application.settings);
    const application: Application = new Application(
      {
        logging,
        confirm: confirmInDialog(language),
        chooseFile: chooseFileInDialog(language),
        secretBox: systemKeyStore,
      },
      { dataDir, settings, daemonPath, libp2pPath, version },
    );
    return withControl(application, { dataDir, version });
  },
});
