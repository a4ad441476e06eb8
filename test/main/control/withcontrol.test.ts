import { expect, it, vi } from 'vitest';
import { Application } from '../../../src/main/application.ts';
import { withControl } from '../../../src/main/control/withcontrol.ts';
import { createLogging } from '../../../src/main/logging/logging.ts';
import { parseSettings } from '../../../src/main/settings-file.ts';
import { tempFolder } from '../../support/tempfolder.ts';

vi.mock('../../../src/main/control/controlserver.ts', () => ({
  serveControl: async () => ({ close: () => Promise.reject(new Error('It cannot be closed.')) }),
}));

it('stops the node though the way of commands cannot be closed', async () => {
  const dataDir = await tempFolder();
  const application = new Application(
    { logging: createLogging() },
    {
      dataDir,
      settings: parseSettings('a test', {}),
      daemonPath: 'no daemon',
      libp2pPath: 'no thread',
      version: '0.0.0',
    },
  );
  const kept = await withControl(application, { dataDir, version: '0.0.0' });
  await expect(kept.stop()).rejects.toThrow('It cannot be closed.');
  expect(application.live.snapshot().tables.node[0]?.state).toBe('stopped');
});
