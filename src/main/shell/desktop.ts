import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { app, dialog, Menu } from 'electron';
import type { Api, GoTo } from '../../shared/api.ts';
import { inLanguage, type Language } from '../../shared/i18n/language.ts';
import { said } from '../../shared/i18n/shared.ts';
import { errorText } from '../../shared/errors.ts';
import { encode } from '../../shared/json.ts';
import { liveStateOf } from '../../shared/live.ts';
import type { NodeHost } from '../../shared/rows.ts';
import type { Settings } from '../../shared/settings.ts';
import { describeError, EngineError } from '../engine/errors.ts';
import { isAborted } from '../engine/lib/abort.ts';
import type { Logger } from '../engine/logger.ts';
import type { EventOf, EventSource } from '../ipc/events.ts';
import type { LiveFeed } from '../ipc/live-feed.ts';
import type { Router } from '../ipc/router.ts';
import { isHiddenStart, setAutostart } from './autostart.ts';
import { openExternal } from './confine.ts';
import { lastCrash, relaunchAfterCrash, type CrashSource } from './crash.ts';
import { askEndNow } from './dialogs.ts';
import { servePage } from './ipc.ts';
import { shellLanguage } from './language.ts';
import { followLinks, isOnlyInstance, keepRunning, stopBeforeQuit } from './lifecycle.ts';
import { LinkOpener } from './linkopener.ts';
import { applicationMenu } from './menu.ts';
import { hasNotifications, notify, showNotices } from './notifications.ts';
import { followPower } from './power.ts';
import { registerScheme, serveScheme } from './scheme.ts';
import { ShellState } from './shell-state.ts';
import { quitCost } from './tray-model.ts';
import { showTray } from './tray.ts';
import { MainWindow } from './window.ts';

/** What the desktop shows and stops: the application as plain Node has it. */
export interface DesktopApplication {
  readonly router: Router;
  readonly events: EventSource<EventOf<Api>>;
  readonly live: LiveFeed;
  readonly logger: Logger;
  readonly settings: DesktopSettings;
  readonly onSettings: { subscribe(listener: () => void): () => void };
  showHost(host: NodeHost): void;
  noteCrash(crash: { count: number; reason: string }): void;
  resumed(asleepMs: number): void;
  /** Starts the node. The window is open meanwhile; a failure stands in the node's row. */
  start(): Promise<unknown>;
  /** Stops everything, also a start that is under way. Nothing runs or is locked afterwards. */
  stop(): Promise<void>;
}

export type DesktopSettings = Pick<Settings, 'startAtLogin' | 'startHidden' | 'keepAwake' | 'language'>;

export interface DesktopOptions {
  /** Called once this is the only instance and Electron is ready. What it throws is shown, and ends the application. */
  readonly openApplication: () => Promise<DesktopApplication>;
  /** The built window, the built preload and the folder `resources`. */
  readonly rendererFolder: string;
  readonly preloadPath: string;
  readonly resourcesFolder: string;
  /** Of the process, without the program's own path. */
  readonly args?: readonly string[];
  /** Where crashes are told: the process itself. */
  readonly crashes?: CrashSource;
}

/**
 * Runs Slotkeeper on the desktop: window, tray, notifications, and an end in order. Called while the entry is loaded.
 * It gives nothing to await, as Electron is ready only once its entry was evaluated: awaiting that there never ends.
 */
export function runDesktop(options: DesktopOptions): void {
  void launchDesktop(options);
}

/** Resolves once the node has started or failed to. Never rejects. */
export async function launchDesktop({ openApplication, ...options }: DesktopOptions): Promise<void> {
  if (!isOnlyInstance()) return;
  registerScheme();
  const links = followLinks(options.args ?? process.argv.slice(1));
  await app.whenReady();
  try {
    serveScheme(options.rendererFolder);
    await show(await openApplication(), links, options);
  } catch (error) {
    inLanguage(shellLanguage(), () => dialog.showErrorBox(said('shell.cannotStart'), shownText(error)));
    app.exit(1);
  }
}

async function show(
  application: DesktopApplication,
  links: ReturnType<typeof followLinks>,
  {
    preloadPath,
    resourcesFolder,
    args = process.argv.slice(1),
    crashes = process,
  }: Omit<DesktopOptions, 'openApplication'>,
): Promise<void> {
  const { router, events, live } = application;
  const logger = application.logger.child('shell');
  const language = () => shellLanguage(application.settings);
  const state = new ShellState({ file: join(app.getPath('userData'), 'window.json'), logger });
  const window = new MainWindow(
    { state, logger },
    {
      preloadPath,
      iconPath: join(resourcesFolder, 'icon.png'),
      onFirstHide: () => notify(inLanguage(language(), runsOn), openWindow),
    },
  );
  const openWindow = () => window.open();
  const openAt = (place: GoTo) => window.open(place);
  const quit = () => app.quit();
  const power = followPower({
    live,
    logger,
    mayKeepAwake: () => application.settings.keepAwake,
    onResume: (asleepMs) => application.resumed(asleepMs),
    onShutdown: quit,
  });
  const opener = new LinkOpener({ live, openAt });
  const openHelp = () => openExternal(HELP, logger);
  let menuLanguage: Language | undefined;
  const drawMenu = () => {
    if (menuLanguage === language()) return;
    menuLanguage = language();
    const menu = inLanguage(menuLanguage, () => applicationMenu({ goTo: openAt, quit, openHelp }));
    Menu.setApplicationMenu(Menu.buildFromTemplate(menu));
  };
  drawMenu();
  application.showHost({
    kind: 'desktop',
    hasNotifications: hasNotifications(),
    canStartAtLogin: app.isPackaged,
    canKeepAwake: true,
  });
  const closers = [
    servePage({ router, events, pages: () => window.pages, logger }),
    showTray(
      {
        live,
        language,
        onSettings: application.onSettings,
        actions: { open: openWindow, quit, setOffersEnabled: offerSwitch(router) },
      },
      { imageFolder: join(resourcesFolder, 'tray') },
    ),
    showNotices({ events, openAt, language }),
    () => power.stop(),
    () => opener.stop(),
    application.onSettings.subscribe(() => {
      power.look();
      drawMenu();
      void enterAutostart(application.settings, logger);
    }),
  ];
  let isStopped: Promise<void> | undefined;
  const ending = new AbortController();
  const stop = () => {
    ending.abort();
    return (isStopped ??= application.stop());
  };
  closers.push(
    relaunchAfterCrash({
      source: crashes,
      state,
      logger,
      stop,
      isWindowShown: () => window.isShown,
      language,
      mayRelaunch: () => !ending.signal.aborted,
    }),
  );
  stopBeforeQuit({
    logger,
    stop: async () => {
      await stop().finally(() => window.letClose());
      for (const close of closers) close();
    },
    showStopping: () => {
      openWindow();
      window.showBusy();
    },
    mayEndNow: () => inLanguage(language(), () => askEndNow(quitCost(liveStateOf(live.snapshot()).tables))),
  });
  keepRunning(openWindow, (link) => opener.open(link));
  if (!isHiddenStart(args, application.settings.startHidden)) openWindow();
  links.follow((link) => opener.open(link));
  void enterAutostart(application.settings, logger);
  await startNode(application, lastCrash(state), { logger, signal: ending.signal });
}

async function startNode(
  application: DesktopApplication,
  crash: ReturnType<typeof lastCrash>,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<void> {
  try {
    if (crash) {
      logger.error('Started again after a crash', { ...crash });
      application.noteCrash(crash);
      await setTimeout(crash.waitMs, undefined, { signal });
    }
    await application.start();
  } catch (error) {
    if (!isAborted(error)) logger.error('Node did not start', { error });
  }
}

async function enterAutostart(settings: DesktopSettings, logger: Logger): Promise<void> {
  await setAutostart(settings).catch((error: unknown) =>
    logger.warn('The start with the session could not be set', { error }),
  );
}

const HELP = 'https://docs.archivist.storage/';

const runsOn = () => ({ title: said('shell.runsOn'), body: said('shell.runsOnBody') });

/** The tray's switch for all offers, by the call a window would make. What is refused stands in the log. */
function offerSwitch(router: Router): (ids: readonly string[], enabled: boolean) => void {
  return (ids, enabled) => {
    for (const id of ids) void router.dispatch('setAvailabilityEnabled', encode({ id, enabled }));
  };
}

function shownText(error: unknown): string {
  return error instanceof EngineError
    ? `${errorText(error)}\n\n${describeError(error)}`
    : describeError(error);
}
