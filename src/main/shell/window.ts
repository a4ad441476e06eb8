import { BrowserWindow, screen, type Rectangle } from 'electron';
import { afterMs, type After } from '../../shared/after.ts';
import type { GoTo } from '../../shared/api.ts';
import { channels } from '../../shared/channels.ts';
import { isAborted } from '../engine/lib/abort.ts';
import type { Logger } from '../engine/logger.ts';
import type { PageLike } from '../ipc/electron-transport.ts';
import { encodeEvent } from '../ipc/events.ts';
import { confine } from './confine.ts';
import { APP_ORIGIN } from './scheme.ts';
import type { ShellState } from './shell-state.ts';

export interface MainWindowModules {
  readonly state: ShellState;
  readonly logger: Logger;
  readonly after?: After;
}

export interface MainWindowOptions {
  /** The built preload, CommonJS. */
  readonly preloadPath: string;
  readonly iconPath: string;
  /** Called the first time the window was closed, ever: the node runs on, and a person should hear so. */
  readonly onFirstHide: () => void;
}

/**
 * The one window. Closing it hides it, as the node runs on; `letClose()` ends that when the application quits. A page
 * that crashed is loaded again, after longer each time that it does not last; the node knows nothing of it.
 */
export class MainWindow {
  readonly #modules: Required<MainWindowModules>;
  readonly #options: MainWindowOptions;
  #window: BrowserWindow | undefined;
  #isLoaded = false;
  #mayClose = false;
  #crashes = 0;
  #cancelReload: () => void = () => {};
  #cancelWell: () => void = () => {};

  constructor(modules: MainWindowModules, options: MainWindowOptions) {
    this.#modules = { after: afterMs, ...modules };
    this.#options = options;
  }

  /** Shows the window, in front of all others, at a place or where it was. */
  open(place?: GoTo): void {
    if (this.#mayClose) return;
    const known = this.#window && !this.#window.isDestroyed() ? this.#window : undefined;
    const window = known ?? this.#create(place);
    if (known && place) this.#show(known, place);
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  }

  get isShown(): boolean {
    return this.#window !== undefined && !this.#window.isDestroyed() && this.#window.isVisible();
  }

  get pages(): PageLike[] {
    return this.#window && !this.#window.isDestroyed() ? [this.#window.webContents] : [];
  }

  /** In the taskbar and the dock, where they have one: that something goes on of which nobody knows how long it takes. */
  showBusy(): void {
    this.#window?.setProgressBar(INDETERMINATE);
  }

  letClose(): void {
    this.#mayClose = true;
    this.#cancelReload();
    this.#cancelWell();
  }

  #create(place: GoTo | undefined): BrowserWindow {
    const { state, logger } = this.#modules;
    const window = new BrowserWindow({
      width: 1280,
      height: 832,
      minWidth: 720,
      minHeight: 560,
      ...visible(state.current.bounds),
      title: 'Slotkeeper',
      icon: this.#options.iconPath,
      show: false,
      // It is there with Alt, and its accelerators always.
      autoHideMenuBar: true,
      webPreferences: {
        preload: this.#options.preloadPath,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webviewTag: false,
        spellcheck: false,
      },
    });
    this.#window = window;
    this.#isLoaded = false;
    if (state.current.isMaximized) window.maximize();
    window.on('close', (event) => this.#onClose(event, window));
    window.webContents.on('did-finish-load', () => (this.#isLoaded = true));
    window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
      if (reason !== 'clean-exit') this.#onCrash(window, { reason, exitCode });
    });
    window.on('unresponsive', () => logger.warn('The window does not respond', {}));
    confine(window.webContents, logger);
    this.#load(window, place);
    return window;
  }

  #show(window: BrowserWindow, place: GoTo): void {
    if (!this.#isLoaded) return this.#load(window, place);
    window.webContents.send(channels.event, encodeEvent({ name: 'goTo', payload: place }));
  }

  #load(window: BrowserWindow, place: GoTo | undefined): void {
    const id = place?.id === undefined ? '' : `/${encodeURIComponent(place.id)}`;
    const fragment = place ? `#/${place.page}${id}` : '';
    window.loadURL(`${APP_ORIGIN}/index.html${fragment}`).catch((error: unknown) => {
      if (!isAborted(error)) this.#modules.logger.error('Window could not be loaded', { error });
    });
  }

  #onCrash(window: BrowserWindow, why: { reason: string; exitCode: number }): void {
    const { logger, after } = this.#modules;
    if (this.#mayClose) return;
    this.#isLoaded = false;
    this.#cancelReload();
    this.#cancelWell();
    const waitMs = Math.min(LONGEST_RELOAD_MS, FIRST_RELOAD_MS * 2 ** this.#crashes);
    this.#crashes += 1;
    logger.error('The window crashed and is loaded again; the node runs on', { ...why, waitMs });
    this.#cancelReload = after(waitMs, () => {
      if (window.isDestroyed()) return;
      window.webContents.reload();
      this.#cancelWell = after(WELL_MS, () => (this.#crashes = 0));
    });
  }

  #onClose(event: { preventDefault(): void }, window: BrowserWindow): void {
    const { state } = this.#modules;
    const isFirst = !state.current.toldItRunsOn && !this.#mayClose;
    state.update({
      bounds: window.getNormalBounds(),
      isMaximized: window.isMaximized(),
      toldItRunsOn: state.current.toldItRunsOn || isFirst,
    });
    if (this.#mayClose) return;
    event.preventDefault();
    window.hide();
    if (isFirst) this.#options.onFirstHide();
  }
}

/** More than 1 is without a measure, by Electron's word. */
const INDETERMINATE = 2;
const FIRST_RELOAD_MS = 1000;
const LONGEST_RELOAD_MS = 60_000;
const WELL_MS = 60_000;

/** Where it was, if a person could still take hold of it: its screen may be gone, or be another size. */
function visible(bounds: Rectangle | undefined): Partial<Rectangle> {
  if (!bounds) return {};
  const isThere = screen.getAllDisplays().some(({ workArea }) => overlap(bounds, workArea));
  const { width, height } = bounds;
  return isThere ? bounds : { width, height };
}

/** Its title bar shows, by as much as can be grasped. */
function overlap(window: Rectangle, area: Rectangle): boolean {
  const shownWidth = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x);
  return shownWidth >= GRASP && window.y >= area.y && window.y + GRASP <= area.y + area.height;
}

const GRASP = 64;
