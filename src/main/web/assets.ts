import { readFile, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

/** What answers a request for a file of the built window. */
export interface Asset {
  readonly status: 200 | 400 | 403 | 404;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * Reads a file of the window for the path of a URL as it was asked for, before any normalising: what leads out of the
 * folder is refused (403), also through a link. `/` is `index.html`. Serves the web server and the desktop's scheme.
 */
export async function readAsset(folder: string, urlPath: string): Promise<Asset> {
  const path = decodePath(urlPath);
  if (path === undefined) return refusal(400, 'Malformed path');
  if (leadsOut(path)) return refusal(403, 'Outside of the window');
  const name = path === '/' ? '/index.html' : path;
  try {
    const root = await realpath(folder);
    const file = await realpath(join(root, name));
    if (!file.startsWith(root + sep)) return refusal(403, 'Outside of the window');
    const body = await readFile(file);
    return { status: 200, headers: { ...securityHeaders, ...contentHeaders(name) }, body };
  } catch {
    return refusal(404, 'Not found');
  }
}

/** The path of a request target: without query and fragment, and not normalised. */
export const pathOfTarget = (target: string): string => /^[^?#]*/.exec(target)?.[0] ?? '';

export const contentSecurityPolicy = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export const securityHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': contentSecurityPolicy,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

const mimeTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
};

/** The build puts a hash into the name of everything below `assets`, so that it never changes. */
function contentHeaders(name: string): Record<string, string> {
  return {
    'Content-Type': mimeTypes[extname(name)] ?? 'application/octet-stream',
    'Cache-Control': name.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-store',
  };
}

function decodePath(urlPath: string): string | undefined {
  try {
    return decodeURIComponent(urlPath);
  } catch {
    return undefined;
  }
}

function leadsOut(path: string): boolean {
  return !path.startsWith('/') || /[\\\0]/.test(path) || path.split('/').includes('..');
}

function refusal(status: 400 | 403 | 404, text: string): Asset {
  const headers = {
    ...securityHeaders,
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
  };
  return { status, headers, body: Buffer.from(`${text}\n`) };
}
