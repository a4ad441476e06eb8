/**
 * The double as a program of its own, with a test's hand reached over the channel of its parent process: the built main
 * program imports this instead of `electron`. The page is the parent's; what the double cannot do itself (load a page,
 * end a process) is done here. Ends with its parent.
 */
import { app, desktop, ipcRenderer } from './electron.ts';

export * from './electron.ts';

/** What the parent can ask for. Each answers over the channel, where all is cloned. */
export const hand = {
  /** The page calls, over its preload. */
  invoke: (frameUrl: string, channel: string, args: unknown[]): Promise<unknown> => {
    desktop.frameUrl = frameUrl;
    return ipcRenderer.invoke(channel, ...args);
  },
  /** The page's preload listens to a channel. */
  listen: (channel: string) => {
    if (heard.has(channel)) return;
    heard.add(channel);
    ipcRenderer.on(channel, (_event: never, ...args: never[]) => tell({ type: 'told', channel, args }));
  },
  /** The page asks for a file of ours. */
  fetch: async (url: string, method: string) => {
    const response = await desktop.fetch(url, { method });
    const body = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, headers: Object.fromEntries(response.headers), body };
  },
  /** The page has loaded. */
  loaded: () => void page().emit('did-finish-load'),
  /** The page wants a window of another page. */
  openOther: (url: string) => page().openHandler?.({ url }).action ?? 'allow',
  /** The page's process dies. */
  crashPage: () => void page().emit('render-process-gone', {}, { reason: 'crashed', exitCode: 139 }),

  window: () => {
    const { isShown, focused, progress, options } = window();
    const { x, y, width, height } = options;
    return {
      isShown,
      focused,
      progress,
      bounds: { x, y, width, height },
      isMaximized: window().isMaximized(),
    };
  },
  maximizeWindow: () => window().maximize(),
  /** A person closes the window. */
  closeWindow: () => window().close(),
  /** A person clicks the icon in the dock. */
  activate: () => void app.emit('activate'),

  tray: () => {
    const { toolTip, image, menu } = tray();
    return { toolTip, image: image.path, labels: menu?.labels ?? [] };
  },
  clickTray: () => void tray().emit('click'),
  chooseInTray: (label: string) => tray().menu?.choose(label),

  notifications: () =>
    desktop.notifications.map(({ options: { title = '', body = '' } }) => ({ title, body })),
  /** A person clicks the newest notification with this title. */
  clickNotification: (title: string) => {
    const shown = desktop.notifications.findLast(({ options }) => options.title === title);
    if (!shown) throw new Error(`No notification says "${title}"`);
    shown.emit('click');
  },

  /** The file that a person saves in from now on; undefined closes the dialog. */
  saveIn: (file: string | undefined) => void (desktop.chosenFile = file),
  /** The button that a person presses in main's own boxes from now on; undefined closes them. */
  press: (button: string | undefined) => void (desktop.pressed = button),
  dialogs: () => ({
    saves: desktop.saveDialogs.map(({ title = '', defaultPath = '' }) => ({ title, defaultPath })),
    boxes: desktop.messageBoxes.map(({ message, detail = '' }) => ({ message, detail })),
    errors: desktop.errorBoxes,
  }),

  /** The system opens one of our links, as on macOS. */
  openLink: (link: string) => void app.emit('open-url', { preventDefault: () => {} }, link),
  /** Another Slotkeeper was started with these arguments, and gave way. */
  secondInstance: (args: string[]) => void app.emit('second-instance', {}, args),
  openedOutside: () => desktop.openedOutside,
  isKeptAwake: () => desktop.blockers.size > 0,
  quit: () => app.quit(),
};

export type Hand = typeof hand;

/** From the parent: one call of the hand. */
export interface HandCall {
  readonly id: number;
  readonly name: keyof Hand;
  readonly args: readonly unknown[];
}

/** To the parent: an answer, or what it has to do with the page. */
export type HandMessage =
  | { readonly type: 'answer'; readonly id: number; readonly value?: unknown; readonly error?: string }
  | { readonly type: 'load'; readonly url: string }
  | { readonly type: 'told'; readonly channel: string; readonly args: readonly unknown[] };

const heard = new Set<string>();

function window() {
  const last = desktop.windows.at(-1);
  if (!last) throw new Error('There is no window');
  return last;
}

const page = () => window().webContents;

function tray() {
  const last = desktop.trays.at(-1);
  if (!last || last.destroyed) throw new Error('There is no tray');
  return last;
}

function tell(message: HandMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

async function answer({ id, name, args }: HandCall): Promise<void> {
  try {
    const call = hand[name] as (...args: readonly unknown[]) => unknown;
    tell({ type: 'answer', id, value: await call(...args) });
  } catch (error) {
    tell({ type: 'answer', id, error: error instanceof Error ? error.message : String(error) });
  }
}

/** As Electron does: `load` and `reload` reach the page, an exit ends the process, a signal quits. */
function act(): void {
  const { DOUBLE_USER_DATA, DOUBLE_HAS_LOCK } = process.env;
  app.userData = DOUBLE_USER_DATA ?? '/nowhere';
  app.hasLock = DOUBLE_HAS_LOCK !== 'no';
  desktop.onWindow = (opened) => {
    const { webContents } = opened;
    const load = (url: string): undefined => {
      webContents.url = url;
      tell({ type: 'load', url });
      return undefined;
    };
    opened.loadURL = async (url) => {
      load(url);
      return undefined;
    };
    webContents.reload = () => load(webContents.url);
  };
  app.exit = (code) => process.exit(code);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => app.quit());
  process.on('message', (call: HandCall) => void answer(call));
  process.on('disconnect', () => process.exit(1));
}

act();
