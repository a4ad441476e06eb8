import type { Application } from '../application.ts';
import { Closers } from '../engine/lib/closers.ts';
import { NodeKeeper } from '../nodekeeper.ts';
import { serveControl } from './controlserver.ts';

/** The application as a desktop shows it: kept running, and reached by commands, until it stops. */
export async function withControl(
  application: Application,
  { dataDir, version }: { dataDir: string; version: string },
) {
  const { router, commandRouter, events, live, logger, onSettings } = application;
  const ending = new AbortController();
  const keeper = new NodeKeeper({ application, logger: logger.child('keeper') });
  const control = await serveControl(
    { router: commandRouter, events, logger: logger.child('control') },
    { dataDir, version, signal: ending.signal },
  );
  const closers = new Closers();
  closers.add(
    () => application.stop(),
    () => control.close(),
  );
  return {
    router,
    events,
    live,
    logger,
    onSettings,
    get settings() {
      return application.settings;
    },
    showHost: application.showHost.bind(application),
    noteCrash: application.noteCrash.bind(application),
    resumed: application.resumed.bind(application),
    start: () => keeper.start(),
    stop: async () => {
      ending.abort();
      keeper.stop();
      application.endCalls();
      await closers.close();
    },
  };
}
