import { contextBridge, ipcRenderer } from 'electron';
import { BRIDGE_NAME, channels } from '../shared/channels.ts';
import type { Bridge } from '../shared/contract.ts';

/** All a page can reach: one channel that asks and one that tells. Everything typed is built on it in the renderer. */
const bridge: Bridge = {
  invoke: (name, input) => ipcRenderer.invoke(channels.call, name, input) as Promise<string>,
  subscribe: (listener) => {
    const forward = (_event: unknown, message: string) => listener(message);
    ipcRenderer.on(channels.event, forward);
    return () => void ipcRenderer.removeListener(channels.event, forward);
  },
};

contextBridge.exposeInMainWorld(BRIDGE_NAME, bridge);
