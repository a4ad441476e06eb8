import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * The path of Electron's binary, or undefined. Never imports `electron`: in plain Node that starts a download.
 */
export function electronBinary() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
    const name = readFileSync(join(folder, 'path.txt'), 'utf8').trim();
    const path = join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist'), name);
    return existsSync(path) ? path : undefined;
  } catch {
    // No package, or no path.txt: the binary was never downloaded.
    return undefined;
  }
}

/** Electron's own installer, which downloads the binary; undefined when the package is not installed. */
export function electronInstaller() {
  try {
    return createRequire(import.meta.url).resolve('electron/install.js');
  } catch {
    return undefined;
  }
}
