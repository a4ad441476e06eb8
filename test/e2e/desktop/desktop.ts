import type { Hand } from '../../doubles/hand.ts';
import { DesktopProcess, type DesktopStart } from './desktopprocess.ts';
import type { DesktopWindow } from './desktopwindow.ts';

/** What a test does with the desktop around the window, and sees there. Always that of the newest start. */
export class Desktop {
  readonly #doublePath: string;
  readonly #window: DesktopWindow;
  readonly #userData: string;
  #process: DesktopProcess | undefined;

  constructor(options: { doublePath: string; window: DesktopWindow; userData: string }) {
    this.#doublePath = options.doublePath;
    this.#window = options.window;
    this.#userData = options.userData;
  }

  /** Starts the application as a person or the system does. */
  start(args: readonly string[] = []): DesktopProcess {
    this.#process = this.#launch({ args });
    this.#window.show(this.#process);
    return this.#process;
  }

  /** Resolves once a window was opened and its page has loaded. Rejects when the application ended before. */
  async opened(): Promise<void> {
    await this.#window.opened();
  }

  /** Starts it once more while it runs; what that one ended with. It gave way, and the first one is told. */
  async startAnother(args: readonly string[] = []): Promise<number | null> {
    const exitCode = await this.#launch({ args, hasLock: false }).ended();
    await this.ask('secondInstance', [process.execPath, ...args]);
    return exitCode;
  }

  /** Has the desktop do or tell something; `Hand` says what there is. */
  ask<Name extends keyof Hand>(name: Name, ...args: Parameters<Hand[Name]>) {
    if (!this.#process) throw new Error('Nothing was started');
    return this.#process.ask(name, ...args);
  }

  crashPage(): Promise<void> {
    return this.#window.crash();
  }

  #launch(start: Omit<DesktopStart, 'userData'>): DesktopProcess {
    return new DesktopProcess(this.#doublePath, { ...start, userData: this.#userData });
  }
}
