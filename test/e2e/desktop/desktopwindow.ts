import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import type { DesktopProcess } from './desktopprocess.ts';

/** Chromium knows no scheme of ours: under this origin the page gets what the application serves at `app://bundle`. */
const ORIGIN = 'http://app.bundle.localhost';
const APP_ORIGIN = 'app://bundle';
export const DESKTOP_URL = `${ORIGIN}/index.html`;

/** A page of a true browser as the application's one window: its files, its preload, both of its channels. */
export class DesktopWindow {
  readonly #page: Page;
  #process: DesktopProcess | undefined;
  /** What was loaded last, and when it has. One page loads one thing at a time. */
  #loads = Promise.resolve();
  #opened = Promise.resolve();

  private constructor(page: Page) {
    this.#page = page;
  }

  static async in(page: Page): Promise<DesktopWindow> {
    const window = new DesktopWindow(page);
    await page.exposeFunction(INVOKE, (channel: string, args: unknown[]) => window.#invoke(channel, args));
    await page.exposeFunction(LISTEN, (channel: string) => window.#process?.ask('listen', channel));
    await page.addInitScript(await preloadScript());
    await page.route(`${ORIGIN}/**`, async (route) => {
      const url = appUrl(route.request().url());
      const answer = await window.#process?.ask('fetch', url, route.request().method()).catch(() => {});
      // Late requests of a window whose application has ended.
      if (!answer) return route.abort().catch(() => {});
      await route.fulfill({ ...answer, body: Buffer.from(answer.body) }).catch(() => {});
    });
    page.on('load', () => {
      if (page.url().startsWith(ORIGIN)) window.#process?.ask('loaded').catch(() => {});
    });
    page.on('popup', (popup) => {
      window.#process?.ask('openOther', popup.url()).catch(() => {});
      void popup.close();
    });
    return window;
  }

  /** Shows what this application loads into its window, until it ends. */
  show(process: DesktopProcess): void {
    this.#process = process;
    this.#opened = new Promise((resolve) => {
      process.onMessage = (message) => {
        if (message.type === 'told') return this.#tell(message.channel, message.args);
        this.#load(pageUrl(message.url));
        resolve();
      };
      process.child.on('exit', () => {
        if (this.#process === process) this.#process = undefined;
        this.#load('about:blank');
        resolve();
      });
    });
  }

  /** Resolves once the application's page has loaded. Rejects when the application ended before. */
  async opened(): Promise<void> {
    await this.#opened;
    await this.#loads;
    if (!this.#process) throw new Error('The application has ended');
  }

  /** The page's process dies: nothing is left of the page, and the application is told. */
  async crash(): Promise<void> {
    await this.#page.goto('about:blank');
    await this.#process?.ask('crashPage');
  }

  #load(url: string): void {
    // A load that the next one overtakes fails, as in Electron; a page that is closed needs none.
    this.#loads = this.#loads.then(() =>
      this.#page.goto(url, { waitUntil: 'load' }).then(
        () => {},
        () => {},
      ),
    );
  }

  #tell(channel: string, args: readonly unknown[]): void {
    this.#page
      .evaluate(
        ([name, channel, args]) =>
          (window as unknown as Record<string, (channel: string, args: readonly unknown[]) => void>)[name]?.(
            channel,
            args,
          ),
        [TELL, channel, args] as const,
      )
      // It loads something else or is closed: a message to such a page is lost.
      .catch(() => {});
  }

  async #invoke(channel: string, args: unknown[]): Promise<{ value?: unknown; error?: string }> {
    if (!this.#process) return { error: 'The application has ended' };
    return this.#process.ask('invoke', appUrl(this.#page.url()), channel, args).then(
      (value) => ({ value }),
      (error: Error) => ({ error: error.message }),
    );
  }
}

const INVOKE = '__desktopInvoke';
const LISTEN = '__desktopListen';
const TELL = '__desktopTell';

const appUrl = (url: string): string => url.replace(ORIGIN, APP_ORIGIN);
const pageUrl = (url: string): string => url.replace(APP_ORIGIN, ORIGIN);

/** The built preload, with the little of Electron that it may have in a sandbox; as text, which no policy forbids. */
async function preloadScript(): Promise<string> {
  const preload = await readFile(resolve(import.meta.dirname, '../../../out/preload/index.cjs'), 'utf8');
  return `(() => {
    if (location.origin !== ${JSON.stringify(ORIGIN)}) return;
    const listeners = new Map();
    const of = (channel) => listeners.get(channel) ?? [];
    const electron = {
      contextBridge: {
        exposeInMainWorld: (name, value) => Object.defineProperty(window, name, { value, enumerable: true }),
      },
      ipcRenderer: {
        invoke: async (channel, ...args) => {
          const { value, error } = await window.${INVOKE}(channel, args);
          if (error !== undefined) throw new Error(error);
          return value;
        },
        on: (channel, listener) => {
          listeners.set(channel, [...of(channel), listener]);
          void window.${LISTEN}(channel);
        },
        removeListener: (channel, listener) => {
          listeners.set(channel, of(channel).filter((other) => other !== listener));
        },
      },
    };
    Object.defineProperty(window, '${TELL}', {
      value: (channel, args) => of(channel).forEach((listener) => listener({}, ...args)),
    });
    const require = (name) => {
      if (name !== 'electron') throw new Error('A sandboxed preload cannot load ' + name);
      return electron;
    };
    const module = { exports: {} };
    ((require, module, exports) => { ${preload}
    })(require, module, module.exports);
  })();`;
}
