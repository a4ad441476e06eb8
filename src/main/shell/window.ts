import { BrowserWindow, shell, type Session, type WebContents } from 'electron';
import { isAborted } from '../engine/lib/abort.ts';
import type { Logger } from '../engine/logger.ts';
import type { PageLike } from '../ipc/electron-transport.ts';
import { APP_ORIGIN, isOurPage } from './scheme.ts';
import type { ShellState } from './shell-state.ts';

export interface MainWindowModules {
  readonly state: ShellState;
  readonly logger: Logger;
}

export interface MainWindowOptions {
  /** The built preload, CommonJS. */
  readonly preloadPath: string;
  readonly iconPath: string;
  /** Called the first time the window was closed, ever: the node runs on, and a person should hear so. */
  readonly onFirstHide: () => void;
}

/** The one window. Closing it hides it, as the node runs on; `letClose()` ends that when the application quits. */
export class MainWindow {
  readonly #modules: MainWindowModules;
  readonly #options: MainWindowOptions;
  #window: BrowserWindow | undefined;
  #mayClose = false;

  constructor(modules: MainWindowModules, options: MainWindowOptions) {
    this.#modules = modules;
    this.#options = options;
  }

  /** Shows the window, in front of all others. */
  open(): void {
    if (this.#mayClose) return;
    if (!this.#window || this.#window.isDestroyed()) this.#window = this.#create();
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
  }

  get pages(): PageLike[] {
    return this.#window && !this.#window.isDestroyed() ? [this.#window.webContents] : [];
  }

  letClose(): void {
    this.#mayClose = true;
  }

  #create(): BrowserWindow {
    const { state, logger } = this.#modules;
    const window = new BrowserWindow({
      width: 1280,
      height: 832,
      minWidth: 720,
      minHeight: 560,
      ...state.current.bounds,
      title: 'Slotkeeper',
      icon: this.#options.iconPath,
      show: false,
      webPreferences: {
        preload: this.#options.preloadPath,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webviewTag: false,
        spellcheck: false,
      },
    });
    window.on('close', (event) => this.#onClose(event, window));
    confine(window.webContents, logger);
    window.loadURL(`${APP_ORIGIN}/index.html`).catch((error: unknown) => {
      if (!isAborted(error)) logger.error('Window could not be loaded', { error });
    });
    return window;
  }

  #onClose(event: { preventDefault(): void }, window: BrowserWindow): void {
    const { state } = this.#modules;
    const isFirst = !state.current.toldItRunsOn && !this.#mayClose;
    state.update({ bounds: window.getNormalBounds(), toldItRunsOn: state.current.toldItRunsOn || isFirst });
    if (this.#mayClose) return;
    event.preventDefault();
    window.hide();
    if (isFirst) this.#options.onFirstHide();
  }
}

/** Hosts whose pages a link may open in the visitor's browser. */
const externalHosts: ReadonlySet<string> = new Set([
  'archivist.storage',
  'docs.archivist.storage',
  'github.com',
]);

/** Keeps the page at home: no other page in our window, no second window, no permission but to copy text. */
function confine(page: WebContents, logger: Logger): void {
  page.setWindowOpenHandler(({ url }) => {
    openExternal(url, logger);
    return { action: 'deny' };
  });
  page.on('will-navigate', (event) => {
    if (isOurPage(event.url)) return;
    event.preventDefault();
    openExternal(event.url, logger);
  });
  page.on('will-attach-webview', (event) => event.preventDefault());
  denyPermissions(page.session);
}

function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_page, permission, answer) => answer(permission === COPY_TEXT));
  session.setPermissionCheckHandler((_page, permission) => permission === COPY_TEXT);
}

const COPY_TEXT = 'clipboard-sanitized-write';

function openExternal(url: string, logger: Logger): void {
  const target = URL.canParse(url) ? new URL(url) : undefined;
  if (target?.protocol !== 'https:' || !externalHosts.has(target.hostname)) {
    logger.warn('Link not opened, its host is not listed', { url });
    return;
  }
  shell
    .openExternal(target.href)
    .catch((error: unknown) => logger.warn('Link could not be opened', { url, error }));
}
