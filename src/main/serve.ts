import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Closers } from './engine/lib/closers.ts';
import { isAborted } from './engine/lib/abort.ts';
import { Application } from './application.ts';
import type { CommandLine } from './cli.ts';
import { serveControl } from './control/controlserver.ts';
import { runDemo } from './demo/demo.ts';
import { stopOnSignals } from './failure.ts';
import { createLogging } from './logging/logging.ts';
import { parseSettings, readSettings } from './settings-file.ts';
import { MetricsEndpoint } from './web/metrics.ts';
import { startOpenServer, type OpenServer } from './web/openserver.ts';
import { startWebServer } from './web/server.ts';
import { version } from '../../package.json' with { type: 'json' };
import type { AccessSettings, ExchangeName, MetricsSettings, Settings } from '../shared/settings.ts';

/**
 * Runs the node under plain Node until a signal stops it, serving its window to a browser on this computer. `outFolder`
 * is where the built entries lie. @throws what the node refuses to start for, and what ended it by itself
 */
export async function serveHeadless(
  command: CommandLine,
  { outFolder }: { outFolder: string },
): Promise<void> {
  const { demo, isDataNamed } = command;
  const dataDir = demo && !isDataNamed ? await mkdtemp(join(tmpdir(), 'slotkeeper-demo-')) : command.dataDir;
  try {
    await serve(command, { dataDir, outFolder });
  } finally {
    if (dataDir !== command.dataDir) await rm(dataDir, { recursive: true, force: true });
  }
}

async function serve(
  command: CommandLine,
  { dataDir, outFolder }: { dataDir: string; outFolder: string },
): Promise<void> {
  const controller = stopOnSignals();
  const stopping = controller.signal;
  const settings = withOverrides(await readSettings(dataDir), command);
  const logging = createLogging({
    folder: join(dataDir, 'logs'),
    level: settings.logLevel,
    console: command.demo ? 'none' : 'text',
  });
  const application = new Application(
    { logging },
    {
      dataDir,
      settings,
      daemonPath: join(outFolder, 'practice.js'),
      libp2pPath: join(outFolder, 'libp2pthread.js'),
      version,
    },
  );
  let failure: Error | undefined;
  // Also of a start that fails after the wallet was locked and unlocked: nobody else waits for that one.
  application.onDown.subscribe((error) => {
    failure = error;
    controller.abort();
  });
  const closers = new Closers();
  closers.add(
    () => logging.close(),
    () => application.stop(),
  );
  try {
    const modules = {
      router: application.router,
      events: application.events,
      rendererFolder: join(outFolder, '../renderer'),
      logger: logging.logger.child('web'),
      ...(settings.metrics && { metrics: metricsOf(application, settings.metrics) }),
    };
    const web = await startWebServer(modules, { port: command.port });
    closers.add(() => web.close());
    const open = settings.access && (await openToOthers(modules, settings.access));
    if (open) closers.add(() => open.close());
    application.showHost({
      kind: 'headless',
      hasNotifications: false,
      canStartAtLogin: false,
      canKeepAwake: false,
      access: {
        address: open?.url ?? `http://127.0.0.1:${web.port}/`,
        isOpen: open !== undefined,
        isEncrypted: open?.isEncrypted === true,
      },
    });
    const control = await serveControl(
      {
        router: application.commandRouter,
        events: application.events,
        logger: logging.logger.child('control'),
      },
      { dataDir, version, signal: stopping },
    );
    closers.add(
      () => control.close(),
      () => application.endCalls(),
    );
    try {
      const tell = command.json ? tellOnStderr : print;
      if (command.demo) for (const line of demoIntroduction(settings)) tell(line);
      tell(`HEADLESS ${web.url}`);
      const node = await application.start({ signal: stopping });
      if (command.demo) {
        const { exitAfterPayout } = command;
        const { network } = settings;
        const summary = await runDemo(node, { exitAfterPayout, network, tell, signal: stopping });
        if (command.json && !failure) print(JSON.stringify(summary));
      } else if (!stopping.aborted) {
        await new Promise((resolve) => stopping.addEventListener('abort', resolve, { once: true }));
      }
    } catch (error) {
      // Ended while it started.
      if (!isAborted(error) || !stopping.aborted) throw error;
    }
  } finally {
    await closers.close();
  }
  if (failure) throw failure;
}

const metricsOf = (application: Application, settings: MetricsSettings): MetricsEndpoint =>
  new MetricsEndpoint({ live: application.live, queueLength: () => application.queueLength }, settings);

/** Its slots have to be proven whether or not others can look: what stands in the way is logged. */
async function openToOthers(
  modules: Parameters<typeof startOpenServer>[0],
  access: AccessSettings,
): Promise<OpenServer | undefined> {
  try {
    return await startOpenServer(modules, access);
  } catch (error) {
    modules.logger.error('The window is not served to other computers', { error });
    return undefined;
  }
}

/** What the flags say comes before what the file says. */
function withOverrides(settings: Settings, command: CommandLine): Settings {
  const { quotaBytes, workers, logLevel, demo } = command;
  const { listenPort, discoveryPort, mapPorts, announceAddress } = command;
  const { family, transport, exchange, peers, speed, scenario, seed } = command;
  const practice = {
    ...(demo && { speed: 15, scenario: 'demo' as const }),
    ...defined({ family, transport, exchange, peers, speed, scenario, seed }),
  };
  const network =
    settings.network.kind === 'practice' ? { ...settings.network, ...practice } : settings.network;
  return parseSettings('the command line', {
    ...settings,
    ...defined({ quotaBytes, workers, logLevel, listenPort, discoveryPort, mapPorts, announceAddress }),
    // It makes its offer itself.
    ...(demo && { onboarded: true }),
    network,
  });
}

const defined = (values: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

const demoIntroduction = ({ network }: Settings): string[] => [
  'Practice network: nothing here is real. Tokens, requests and slashes are made up by this computer.',
  ...(network.kind === 'practice'
    ? [
        `Its contracts are of the ${network.family} family, its chain is reached by ${transportNames[network.transport]}, its client by ${exchangeNames[network.exchange]}.`,
        `Its time runs ${network.speed} times as fast as yours. Press Ctrl-C to end.`,
      ]
    : []),
];

const transportNames = { http: 'HTTP', ws: 'WebSocket' };
const exchangeNames: Record<ExchangeName, string> = { tcp: 'TCP', libp2p: 'libp2p' };

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function tellOnStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
