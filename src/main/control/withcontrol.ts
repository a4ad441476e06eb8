import type { Application } from '../application.ts';
import { serveControl } from './controlserver.ts';

/** The application as a desktop shows it, reached by commands until it stops. */
export async function withControl(
  application: Application,
  { dataDir, version }: { dataDir: string; version: string },
) {
  const { router, commandRouter, events, live, logger } = application;
  const ending = new AbortController();
  const control = await serveControl(
    { router: commandRouter, events, logger: logger.child('control') },
    { dataDir, version, signal: ending.signal },
  );
  return {
    router,
    events,
    live,
    logger,
    start: () => application.start(),
    stop: async () => {
      ending.abort();
      application.endCalls();
      await control.close();
      await application.stop();
    },
  };
}
