import { protocol } from 'electron';
import { pathOfTarget, readAsset } from '../web/assets.ts';

/** Where the desktop's window lives. It is an origin of its own, so that the policy's 'self' means our files. */
export const APP_ORIGIN = 'app://bundle';

export const isOurPage = (url: string): boolean => url === APP_ORIGIN || url.startsWith(`${APP_ORIGIN}/`);

/** Must be called before the application is ready. */
export function registerScheme(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true };
  protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges }]);
}

/** Serves the built window under `app://bundle/`, by the rules of the web server. */
export function serveScheme(rendererFolder: string): void {
  protocol.handle('app', async ({ url, method }) => {
    if (method !== 'GET' && method !== 'HEAD') return new Response('Only GET and HEAD\n', { status: 405 });
    if (!isOurPage(url)) return new Response('Not found\n', { status: 404 });
    const path = pathOfTarget(url.slice(APP_ORIGIN.length)) || '/';
    const { status, headers, body } = await readAsset(rendererFolder, path);
    return new Response(new Uint8Array(body), { status, headers });
  });
}
