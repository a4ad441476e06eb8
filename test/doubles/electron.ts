/**
 * Electron, as far as we use it, under plain Node: vitest puts it in the place of `electron`. What it offers is held to
 * Electron's own types; what crosses between main and page is cloned as Electron does. `desktop` is the test's hand:
 * what was opened and shown, and what a person or the system does.
 */
import { EventEmitter } from 'node:events';

type Listener = (...args: never[]) => unknown;

class AppDouble extends EventEmitter {
  quitCalls = 0;
  exitCodes: number[] = [];
  hasLock = true;
  isPackaged = false;
  userData = '/nowhere';
  /** Schemes that the system opens with us. */
  linkSchemes: string[] = [];
  loginItem: Electron.Settings | undefined;
  wasOpenedAtLogin = false;
  relaunched: string[][] = [];
  systemLanguages = ['en'];

  requestSingleInstanceLock = () => this.hasLock;
  whenReady = () => Promise.resolve();
  getPreferredSystemLanguages = () => this.systemLanguages;
  getPath = () => this.userData;
  setAsDefaultProtocolClient = (scheme: string) => this.linkSchemes.push(scheme) > 0;
  setLoginItemSettings = (settings: Electron.Settings) => void (this.loginItem = settings);
  getLoginItemSettings = (): Electron.LoginItemSettings => ({
    openAtLogin: this.loginItem?.openAtLogin ?? false,
    wasOpenedAtLogin: this.wasOpenedAtLogin,
    status: 'enabled',
    executableWillLaunchAtLogin: false,
    launchItems: [],
  });
  relaunch = ({ args = [] }: Electron.RelaunchOptions = {}) => void this.relaunched.push(args);
  exit = (code = 0) => void this.exitCodes.push(code);

  /** Asks everyone, then closes the windows, as Electron does. */
  quit = () => {
    this.quitCalls += 1;
    if (!allowed(this, 'before-quit')) return;
    for (const window of desktop.windows) if (!window.isDestroyed()) window.close();
    if (desktop.windows.every((window) => window.isDestroyed())) this.exit(0);
  };
}

class SessionDouble {
  requestHandler: ((page: null, permission: string, answer: (granted: boolean) => void) => void) | undefined;
  checkHandler: ((page: null, permission: string) => boolean) | undefined;

  setPermissionRequestHandler = (handler: Listener | null) => {
    this.requestHandler = handler as unknown as SessionDouble['requestHandler'];
  };
  setPermissionCheckHandler = (handler: Listener | null) => {
    this.checkHandler = handler as unknown as SessionDouble['checkHandler'];
  };
}

class WebContentsDouble extends EventEmitter {
  readonly session = new SessionDouble();
  url = '';
  openHandler: ((details: { url: string }) => { action: 'deny' | 'allow' }) | undefined;

  reloads = 0;
  /** What the page was told, over its channels. */
  readonly sent: unknown[][] = [];

  getURL = () => this.url;
  reload = () => void (this.reloads += 1);
  setWindowOpenHandler = (handler: Listener) => {
    this.openHandler = handler as unknown as WebContentsDouble['openHandler'];
  };
  send = (channel: string, ...args: unknown[]) => {
    this.sent.push([channel, ...args]);
    pageChannels.emit(channel, {}, ...structuredClone(args));
  };
}

class BrowserWindowDouble extends EventEmitter {
  readonly webContents = new WebContentsDouble();
  readonly options: Electron.BrowserWindowConstructorOptions;
  isShown = false;
  focused = 0;
  progress = -1;
  #maximized = false;
  #minimized = false;
  #destroyed = false;

  constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
    super();
    this.options = options;
    desktop.windows.push(this);
    desktop.onWindow(this);
  }

  loadURL = (url: string) => {
    this.webContents.url = url;
    return Promise.resolve();
  };
  show = () => void (this.isShown = true);
  hide = () => void (this.isShown = false);
  focus = () => void (this.focused += 1);
  minimize = () => void (this.#minimized = true);
  restore = () => void (this.#minimized = false);
  isMinimized = () => this.#minimized;
  isVisible = () => this.isShown;
  maximize = () => void (this.#maximized = true);
  isMaximized = () => this.#maximized;
  setProgressBar = (progress: number) => void (this.progress = progress);
  isDestroyed = () => this.#destroyed;
  getNormalBounds = () => ({ x: 10, y: 20, width: 1000, height: 700 });
  close = () => {
    if (allowed(this, 'close')) this.#destroyed = true;
  };
}

class TrayDouble extends EventEmitter {
  image: ImageDouble;
  toolTip = '';
  menu: MenuDouble | null = null;
  destroyed = false;

  constructor(image: ImageDouble) {
    super();
    this.image = image;
    desktop.trays.push(this);
  }

  setImage = (image: unknown) => void (this.image = image as ImageDouble);
  setToolTip = (toolTip: string) => void (this.toolTip = toolTip);
  setContextMenu = (menu: unknown) => void (this.menu = menu as MenuDouble | null);
  destroy = () => void (this.destroyed = true);
}

class MenuDouble {
  static buildFromTemplate = (template: Electron.MenuItemConstructorOptions[]) => new MenuDouble(template);
  static setApplicationMenu = (menu: unknown) => void (desktop.applicationMenu = menu);

  readonly items: readonly Electron.MenuItemConstructorOptions[];

  constructor(items: readonly Electron.MenuItemConstructorOptions[]) {
    this.items = items;
  }

  get labels(): string[] {
    return this.items.map(({ label, type }) => label ?? type ?? '');
  }

  /** What a person does. */
  choose(label: string): void {
    const item = this.items.find((item) => item.label === label);
    if (!item || item.enabled === false) throw new Error(`"${label}" cannot be chosen`);
    (item.click as unknown as () => void)();
  }
}

class NotificationDouble extends EventEmitter {
  static isSupported = () => desktop.canNotify;

  readonly options: Electron.NotificationConstructorOptions;

  constructor(options: Electron.NotificationConstructorOptions = {}) {
    super();
    this.options = options;
  }

  show = () => void desktop.notifications.push(this);
}

class ImageDouble {
  isTemplate = false;
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  setTemplateImage = (isTemplate: boolean) => void (this.isTemplate = isTemplate);
}

class ThemeDouble extends EventEmitter {
  shouldUseDarkColors = false;
}

type Invoked = (event: { senderFrame: { url: string } | null }, ...args: unknown[]) => Promise<unknown>;
const handlers = new Map<string, Invoked>();
const schemes = new Map<string, (request: Request) => Response | Promise<Response>>();
const pageChannels = new EventEmitter();

export const app = new AppDouble();

export const ipcMain = {
  handle: (channel: string, handler: Listener) => {
    if (handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
    handlers.set(channel, handler as unknown as Invoked);
  },
  removeHandler: (channel: string) => void handlers.delete(channel),
};

export const ipcRenderer = {
  invoke: async (channel: string, ...args: unknown[]): Promise<unknown> => {
    const handler = handlers.get(channel);
    try {
      if (!handler) throw new Error(`No handler registered for '${channel}'`);
      const senderFrame = desktop.frameUrl === null ? null : { url: desktop.frameUrl };
      return structuredClone(await handler({ senderFrame }, ...structuredClone(args)));
    } catch (error) {
      throw new Error(`Error invoking remote method '${channel}': ${String(error)}`, { cause: error });
    }
  },
  on: (channel: string, listener: Listener) => pageChannels.on(channel, listener as () => void),
  removeListener: (channel: string, listener: Listener) =>
    pageChannels.removeListener(channel, listener as () => void),
};

export const contextBridge = {
  exposeInMainWorld: (name: string, value: unknown) => void desktop.exposed.set(name, value),
};

export const protocol = {
  registerSchemesAsPrivileged: (privileged: Electron.CustomScheme[]) =>
    void desktop.privileged.push(...privileged),
  handle: (scheme: string, handler: (request: Request) => Response | Promise<Response>) =>
    void schemes.set(scheme, handler),
};

export const shell = {
  openExternal: (url: string) => Promise.resolve(void desktop.openedOutside.push(url)),
};

export const dialog = {
  showErrorBox: (title: string, content: string) => void desktop.errorBoxes.push({ title, content }),
  /** A person presses the button that `desktop.pressed` names, or closes the box. */
  showMessageBox: async (options: Electron.MessageBoxOptions) => {
    desktop.messageBoxes.push(options);
    const at = options.buttons?.indexOf(desktop.pressed ?? '') ?? -1;
    return { response: at < 0 ? (options.cancelId ?? 0) : at, checkboxChecked: false };
  },
  showSaveDialog: async (options: Electron.SaveDialogOptions) => {
    desktop.saveDialogs.push(options);
    return { canceled: desktop.chosenFile === undefined, filePath: desktop.chosenFile ?? '' };
  },
};

/** A keyring that seals what it is given with a number of its own, or the back end that only pretends to. */
export const safeStorage = {
  getSelectedStorageBackend: () => desktop.keyring,
  isAsyncEncryptionAvailable: async () => desktop.isKeyringOpen,
  encryptStringAsync: async (plainText: string) => {
    if (!desktop.isKeyringOpen) throw new Error('Encryption is not available');
    return Buffer.from(plainText, 'utf8').map((byte) => byte ^ 0x2a) as Buffer;
  },
  decryptStringAsync: async (encrypted: Buffer) => {
    if (!desktop.isKeyringOpen) throw new Error('Decryption is not available');
    const result = Buffer.from(encrypted.map((byte) => byte ^ 0x2a)).toString('utf8');
    return { result, shouldReEncrypt: false };
  },
};

class MonitorDouble extends EventEmitter {}
export const powerMonitor = new MonitorDouble();

/** Which blockers run, by their number. */
export const powerSaveBlocker = {
  start: (type: 'prevent-app-suspension' | 'prevent-display-sleep') => {
    desktop.blockers.set(++desktop.lastBlocker, type);
    return desktop.lastBlocker;
  },
  stop: (id: number) => desktop.blockers.delete(id),
};

export const screen = {
  getAllDisplays: () => desktop.workAreas.map((workArea) => ({ workArea }) as Electron.Display),
};

export const nativeImage = { createFromPath: (path: string) => new ImageDouble(path) };
export const nativeTheme = new ThemeDouble();

export {
  BrowserWindowDouble as BrowserWindow,
  MenuDouble as Menu,
  NotificationDouble as Notification,
  TrayDouble as Tray,
};

/** What is Electron's, compared with its types by the compiler. */
export type Held = [
  Holds<
    AppDouble,
    Pick<
      Electron.App,
      | 'requestSingleInstanceLock'
      | 'whenReady'
      | 'getPath'
      | 'getPreferredSystemLanguages'
      | 'exit'
      | 'quit'
      | 'isPackaged'
      | 'relaunch'
      | 'setAsDefaultProtocolClient'
      | 'setLoginItemSettings'
      | 'getLoginItemSettings'
    >
  >,
  Holds<BrowserWindowDouble, Pick<Electron.BrowserWindow, WindowMember>>,
  Holds<WebContentsDouble, Pick<Electron.WebContents, 'getURL' | 'send' | 'setWindowOpenHandler' | 'reload'>>,
  Holds<SessionDouble, Pick<Electron.Session, 'setPermissionRequestHandler' | 'setPermissionCheckHandler'>>,
  Holds<TrayDouble, Pick<Electron.Tray, 'setImage' | 'setToolTip' | 'setContextMenu' | 'destroy'>>,
  Holds<NotificationDouble, Pick<Electron.Notification, 'show'>>,
  Holds<ImageDouble, Pick<Electron.NativeImage, 'setTemplateImage'>>,
  Holds<ThemeDouble, Pick<Electron.NativeTheme, 'shouldUseDarkColors'>>,
  Holds<typeof ipcMain, Pick<Electron.IpcMain, 'handle' | 'removeHandler'>>,
  Holds<typeof ipcRenderer, Pick<Electron.IpcRenderer, 'invoke'>>,
  Holds<typeof contextBridge, Pick<Electron.ContextBridge, 'exposeInMainWorld'>>,
  Holds<typeof protocol, Pick<Electron.Protocol, 'registerSchemesAsPrivileged' | 'handle'>>,
  Holds<typeof shell, Pick<Electron.Shell, 'openExternal'>>,
  Holds<typeof dialog, Pick<Electron.Dialog, 'showErrorBox'>>,
  Holds<Pick<typeof dialog, 'showMessageBox' | 'showSaveDialog'>, DialogsWithoutParent>,
  Holds<typeof safeStorage, Pick<Electron.SafeStorage, keyof typeof safeStorage>>,
  Holds<typeof powerSaveBlocker, Pick<Electron.PowerSaveBlocker, 'start' | 'stop'>>,
  Holds<typeof screen, Pick<Electron.Screen, 'getAllDisplays'>>,
];
interface DialogsWithoutParent {
  showMessageBox(options: Electron.MessageBoxOptions): Promise<Electron.MessageBoxReturnValue>;
  showSaveDialog(options: Electron.SaveDialogOptions): Promise<Electron.SaveDialogReturnValue>;
}
type WindowMember =
  | 'loadURL'
  | 'show'
  | 'hide'
  | 'focus'
  | 'minimize'
  | 'restore'
  | 'isMinimized'
  | 'isVisible'
  | 'maximize'
  | 'isMaximized'
  | 'setProgressBar'
  | 'isDestroyed'
  | 'getNormalBounds'
  | 'close';
type Holds<Double extends Real, Real> = Double;

export const desktop = {
  windows: [] as BrowserWindowDouble[],
  /** Told of each window before anything is done with it. */
  onWindow: (_window: BrowserWindowDouble): void => {},
  trays: [] as TrayDouble[],
  notifications: [] as NotificationDouble[],
  errorBoxes: [] as { title: string; content: string }[],
  messageBoxes: [] as Electron.MessageBoxOptions[],
  saveDialogs: [] as Electron.SaveDialogOptions[],
  /** The button that a person presses in the next boxes; undefined closes them. */
  pressed: undefined as string | undefined,
  /** The file that a person chooses to save in; undefined is none. */
  chosenFile: undefined as string | undefined,
  keyring: 'gnome_libsecret' as ReturnType<Electron.SafeStorage['getSelectedStorageBackend']>,
  isKeyringOpen: true,
  openedOutside: [] as string[],
  privileged: [] as Electron.CustomScheme[],
  exposed: new Map<string, unknown>(),
  applicationMenu: undefined as unknown,
  blockers: new Map<number, string>(),
  lastBlocker: 0,
  /** Of each screen, without its panels. */
  workAreas: [{ x: 0, y: 0, width: 1920, height: 1040 }],
  canNotify: true,
  /** The page whose preload calls; null once its frame is gone. */
  frameUrl: 'app://bundle/index.html' as string | null,

  /** What the page gets for a URL. */
  fetch: async (url: string, init?: RequestInit): Promise<Response> => {
    const handler = schemes.get(new URL(url).protocol.slice(0, -1));
    if (!handler) throw new Error(`No scheme for ${url}`);
    // `Request` of Node knows no schemes of ours, and normalises paths that a hostile page would not.
    return handler({ url, method: init?.method ?? 'GET' } as Request);
  },

  /** As after a new start. */
  reset: () => {
    for (const list of [desktop.windows, desktop.trays, desktop.notifications]) list.length = 0;
    desktop.errorBoxes = [];
    desktop.messageBoxes = [];
    desktop.saveDialogs = [];
    desktop.pressed = undefined;
    desktop.chosenFile = undefined;
    desktop.keyring = 'gnome_libsecret';
    desktop.isKeyringOpen = true;
    desktop.openedOutside = [];
    desktop.privileged = [];
    desktop.applicationMenu = undefined;
    desktop.blockers.clear();
    desktop.workAreas = [{ x: 0, y: 0, width: 1920, height: 1040 }];
    desktop.canNotify = true;
    desktop.frameUrl = 'app://bundle/index.html';
    handlers.clear();
    schemes.clear();
    for (const emitter of [app, nativeTheme, powerMonitor, pageChannels]) emitter.removeAllListeners();
    Object.assign(app, {
      quitCalls: 0,
      exitCodes: [],
      hasLock: true,
      isPackaged: false,
      userData: '/nowhere',
    });
    app.systemLanguages = ['en'];
    Object.assign(app, { linkSchemes: [], loginItem: undefined, wasOpenedAtLogin: false, relaunched: [] });
    nativeTheme.shouldUseDarkColors = false;
  },
};

/** Emits an event that listeners may prevent; whether none did. */
function allowed(emitter: EventEmitter, name: string): boolean {
  let isPrevented = false;
  emitter.emit(name, { preventDefault: () => (isPrevented = true) });
  return !isPrevented;
}
