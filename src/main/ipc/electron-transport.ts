import { channels } from '../../shared/channels.ts';
import type { Logger } from '../engine/logger.ts';
import { encodeEvent, type EventSource } from './events.ts';
import type { Router } from './router.ts';

/** The part of Electron's `ipcMain` that is used, so that this file needs no Electron. */
export interface IpcMainLike {
  handle(channel: string, listener: (event: IpcInvocation, ...args: unknown[]) => Promise<unknown>): void;
  removeHandler(channel: string): void;
}

export interface IpcInvocation {
  /** Null when the frame is gone. */
  readonly senderFrame: { readonly url: string } | null;
}

/** The part of Electron's `webContents` that is used. */
export interface PageLike {
  getURL(): string;
  send(channel: string, message: string): void;
}

export interface ElectronTransportModules {
  readonly ipcMain: IpcMainLike;
  readonly router: Router;
  readonly events: EventSource;
  /** The pages of the windows that are open now. */
  readonly pages: () => readonly PageLike[];
  /** Whether a URL is of the page we ship. */
  readonly isOurPage: (url: string) => boolean;
  readonly logger: Logger;
}

/** Serves our own page over Electron's channels; what others send is refused and logged. Returns the end of it. */
export function serveElectron(modules: ElectronTransportModules): () => void {
  const { ipcMain, router, events, pages, isOurPage, logger } = modules;
  ipcMain.handle(channels.call, async ({ senderFrame }, name, input) => {
    if (!senderFrame || !isOurPage(senderFrame.url)) {
      logger.warn('Message of a foreign page dropped', { page: senderFrame?.url });
      throw new Error('Refused');
    }
    return router.dispatch(String(name), String(input));
  });
  const unsubscribe = events.subscribe((event) => {
    const ours = pages().filter((page) => isOurPage(page.getURL()));
    if (ours.length === 0) return;
    const message = encodeEvent(event);
    for (const page of ours) page.send(channels.event, message);
  });
  return () => {
    unsubscribe();
    ipcMain.removeHandler(channels.call);
  };
}
