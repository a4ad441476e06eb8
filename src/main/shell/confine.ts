import { shell, type Session, type WebContents } from 'electron';
import type { Logger } from '../engine/logger.ts';
import { isOurPage } from './scheme.ts';

/** Keeps the page at home: no other page in our window, no second window, no permission but to copy text. */
export function confine(page: WebContents, logger: Logger): void {
  page.setWindowOpenHandler(({ url }) => {
    openExternal(url, logger);
    return { action: 'deny' };
  });
  page.on('will-navigate', (event) => {
    if (isOurPage(event.url)) return;
    event.preventDefault();
    openExternal(event.url, logger);
  });
  page.on('will-attach-webview', (event) => event.preventDefault());
  denyPermissions(page.session);
}

/** Hosts whose pages a link may open in the visitor's browser. */
const externalHosts: ReadonlySet<string> = new Set([
  'archivist.storage',
  'docs.archivist.storage',
  'github.com',
]);

function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_page, permission, answer) => answer(permission === COPY_TEXT));
  session.setPermissionCheckHandler((_page, permission) => permission === COPY_TEXT);
}

const COPY_TEXT = 'clipboard-sanitized-write';

/** Opens a link in the visitor's browser, if its host is listed. */
export function openExternal(url: string, logger: Logger): void {
  const target = URL.canParse(url) ? new URL(url) : undefined;
  if (target?.protocol !== 'https:' || !externalHosts.has(target.hostname)) {
    logger.warn('Link not opened, its host is not listed', { url });
    return;
  }
  shell
    .openExternal(target.href)
    .catch((error: unknown) => logger.warn('Link could not be opened', { url, error }));
}
