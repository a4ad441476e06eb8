import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Hand, HandCall, HandMessage } from '../../doubles/hand.ts';
import { RunningProcess } from '../../support/runningprocess.ts';

const root = resolve(import.meta.dirname, '../../..');

export interface DesktopStart {
  /** The folder that Electron gives an application for what it keeps of its user. */
  readonly userData: string;
  /** Of the command line. */
  readonly args?: readonly string[];
  /** Whether no other Slotkeeper runs on that folder. */
  readonly hasLock?: boolean;
}

/** The desktop application as built, in plain Node over the double of Electron; its page is whoever hears `onMessage`. */
export class DesktopProcess extends RunningProcess {
  onMessage: (message: Exclude<HandMessage, { type: 'answer' }>) => void = () => {};
  readonly #calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #nextId = 1;

  /** `doublePath`: `test/doubles/hand.ts`, as built for Node. */
  constructor(doublePath: string, { userData, args = [], hasLock = true }: DesktopStart) {
    const register = pathToFileURL(join(root, 'test/doubles/register.mjs')).href;
    super(
      spawn(process.execPath, ['--import', register, join(root, 'out/main/index.js'), ...args], {
        env: {
          ...process.env,
          ELECTRON_DOUBLE: pathToFileURL(doublePath).href,
          DOUBLE_USER_DATA: userData,
          DOUBLE_HAS_LOCK: hasLock ? 'yes' : 'no',
        },
        // JSON would make null of what is undefined, and objects of bytes.
        serialization: 'advanced',
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      }),
    );
    this.child.on('message', (message: HandMessage) => this.#hear(message));
    this.child.on('exit', () => this.#settleAll());
  }

  /** Has the double do or tell something. @throws what it throws; and when the application has ended or ends meanwhile */
  ask<Name extends keyof Hand>(
    name: Name,
    ...args: Parameters<Hand[Name]>
  ): Promise<Awaited<ReturnType<Hand[Name]>>> {
    const call: HandCall = { id: this.#nextId++, name, args };
    return new Promise((resolve, reject) => {
      if (!this.child.connected) return reject(ended());
      this.#calls.set(call.id, { resolve: resolve as (value: unknown) => void, reject });
      // A channel that broke is seen by the exit that follows.
      this.child.send(call, () => {});
    });
  }

  #hear(message: HandMessage): void {
    if (message.type !== 'answer') return this.onMessage(message);
    const call = this.#calls.get(message.id);
    this.#calls.delete(message.id);
    if (message.error === undefined) call?.resolve(message.value);
    else call?.reject(new Error(message.error));
  }

  #settleAll(): void {
    for (const { reject } of this.#calls.values()) reject(ended());
    this.#calls.clear();
  }
}

const ended = () => new Error('The application has ended');
