import { ipcMain } from 'electron';
import { serveElectron, type ElectronTransportModules } from '../ipc/electron-transport.ts';
import { isOurPage } from './scheme.ts';

/** Connects our page with the node. Returns the end of it. */
export const servePage = (modules: Omit<ElectronTransportModules, 'ipcMain' | 'isOurPage'>): (() => void) =>
  serveElectron({ ...modules, ipcMain, isOurPage });
