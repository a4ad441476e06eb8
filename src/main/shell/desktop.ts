import { join } from 'node:path';
import { app, dialog, Menu } from 'electron';
import type { Api } from '../../shared/api.ts';
import { errorText } from '../../shared/errors.ts';
import { encode } from '../../shared/json.ts';
import { describeError, EngineError } from '../engine/errors.ts';
import { isAborted } from '../engine/lib/abort.ts';
import type { Logger } from '../engine/logger.ts';
import type { EventOf, EventSource } from '../ipc/events.ts';
import type { LiveFeed } from '../ipc/live-feed.ts';
import type { Router } from '../ipc/router.ts';
import { servePage } from './ipc.ts';
import { isOnlyInstance, keepRunning, stopBeforeQuit } from './lifecycle.ts';
import { notify, showNotices } from './notifications.ts';
import { registerScheme, serveScheme } from './scheme.ts';
import { ShellState } from './shell-state.ts';
import { showTray } from './tray.ts';
import { MainWindow } from './window.ts';

/** What the desktop shows and stops: the application as plain Node has it. */
export interface DesktopApplication {
  readonly router: Router;
  readonly events: EventSource<EventOf<Api>>;
  readonly live: LiveFeed;
  readonly logger: Logger;
  /** Starts the node. The window is open meanwhile; a failure stands in the node's row. */
  start(): Promise<unknown>;
  /** Stops everything, also a start that is under way. Nothing runs or is locked afterwards. */
  stop(): Promise<void>;
}

export interface DesktopOptions {
  /** Called once this is the only instance and Electron is ready. What it throws is shown, and ends the application. */
  readonly openApplication: () => Promise<DesktopApplication>;
  /** The built window, the built preload and the folder `resources`. */
  readonly rendererFolder: string;
  readonly preloadPath: string;
  readonly resourcesFolder: string;
}

/**
 * Runs Slotkeeper on the desktop: window, tray, notifications, and an end in order. Called while the entry is loaded.
 * It gives nothing to await, as Electron is ready only once its entry was evaluated: awaiting that there never ends.
 */
export function runDesktop(options: DesktopOptions): void {
  void launchDesktop(options);
}

/** Resolves once the node has started or failed to. Never rejects. */
export async function launchDesktop({ openApplication, ...paths }: DesktopOptions): Promise<void> {
  if (!isOnlyInstance()) return;
  registerScheme();
  await app.whenReady();
  try {
    setApplicationMenu();
    serveScheme(paths.rendererFolder);
    await show(await openApplication(), paths);
  } catch (error) {
    dialog.showErrorBox('Slotkeeper cannot start', shownText(error));
    app.exit(1);
  }
}

async function show(
  application: DesktopApplication,
  { preloadPath, resourcesFolder }: Pick<DesktopOptions, 'preloadPath' | 'resourcesFolder'>,
): Promise<void> {
  const { router, events, live } = application;
  const logger = application.logger.child('shell');
  const state = new ShellState({ file: join(app.getPath('userData'), 'window.json'), logger });
  const window = new MainWindow(
    { state, logger },
    {
      preloadPath,
      iconPath: join(resourcesFolder, 'icon.png'),
      onFirstHide: () => notify(runsOn, openWindow),
    },
  );
  const openWindow = () => window.open();
  const closers = [
    servePage({ router, events, pages: () => window.pages, logger }),
    showTray(
      { live, actions: { open: openWindow, quit: () => app.quit(), setOffersEnabled: offerSwitch(router) } },
      { imageFolder: join(resourcesFolder, 'tray') },
    ),
    showNotices({ events, openWindow, isPractice: () => isPractice(live) }),
  ];
  stopBeforeQuit({
    logger,
    stop: async () => {
      window.letClose();
      await application.stop();
      for (const close of closers) close();
    },
  });
  keepRunning(openWindow);
  openWindow();
  await application.start().catch((error: unknown) => {
    if (!isAborted(error)) logger.error('Node did not start', { error });
  });
}

const runsOn = {
  title: 'Slotkeeper keeps running',
  body: 'Your slots go on being proven. Open it from the tray, or quit it there.',
};

const isPractice = (live: LiveFeed): boolean => live.snapshot().tables.node[0]?.network.kind === 'practice';

/** The tray's switch for all offers, by the call a window would make. What is refused stands in the log. */
function offerSwitch(router: Router): (ids: readonly string[], enabled: boolean) => void {
  return (ids, enabled) => {
    for (const id of ids) void router.dispatch('setAvailabilityEnabled', encode({ id, enabled }));
  };
}

/** macOS takes the shortcuts for copying and closing from the menu; elsewhere none is wanted. */
function setApplicationMenu(): void {
  const roles = [{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }] as const;
  Menu.setApplicationMenu(process.platform === 'darwin' ? Menu.buildFromTemplate([...roles]) : null);
}

function shownText(error: unknown): string {
  return error instanceof EngineError
    ? `${errorText(error)}\n\n${describeError(error)}`
    : describeError(error);
}
