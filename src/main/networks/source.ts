import { open } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeError } from '../engine/errors.ts';
import { abortError, abortScope } from '../engine/lib/abort.ts';
import { boundedBody } from './body.ts';
import { NetworkError } from './errors.ts';

export interface SourceOptions {
  signal: AbortSignal;
  timeoutMs?: number;
}

/** What is published today has 28 kB. */
const MAX_SOURCE_BYTES = 1_000_000;

/**
 * The text of a file or URL that a person named. A URL is https, or http of this computer itself; it may lead on to
 * others of the same kind, three at most.
 * @throws NetworkError NETWORK_SOURCE_REFUSED, NETWORK_SOURCE_UNREADABLE; or an abort error
 */
export async function readSource(
  source: string,
  { signal, timeoutMs = 20_000 }: SourceOptions,
): Promise<string> {
  using scope = abortScope(signal);
  const timer = setTimeout(() => scope.abort(), timeoutMs);
  try {
    const bytes = await bytesOf(source, scope.signal);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (signal.aborted) throw abortError(signal);
    if (error instanceof NetworkError) throw error;
    const why = scope.signal.aborted ? `it took longer than ${timeoutMs / 1000} s` : describeError(error);
    throw new NetworkError(
      'NETWORK_SOURCE_UNREADABLE',
      { source },
      { cause: error, message: `${source} cannot be read: ${why}. Nothing was changed.` },
    );
  } finally {
    clearTimeout(timer);
  }
}

async function bytesOf(source: string, signal: AbortSignal): Promise<Uint8Array> {
  if (!/^[a-z][a-z0-9+.-]+:/i.test(source)) return fileBytes(source, signal);
  if (!URL.canParse(source)) throw refused(source, 'it is no URL');
  const url = new URL(source);
  return url.protocol === 'file:' ? fileBytes(fileURLToPath(url), signal) : fetchedBytes(url, signal);
}

async function fileBytes(path: string, signal: AbortSignal): Promise<Uint8Array> {
  if (!isAbsolute(path)) throw refused(path, 'a file is named with its whole path');
  const file = await open(path, 'r');
  try {
    const info = await file.stat();
    if (!info.isFile()) throw refused(path, 'it is no file');
    if (info.size > MAX_SOURCE_BYTES) throw new RangeError(`it is larger than ${MAX_SOURCE_BYTES / 1000} kB`);
    return await file.readFile({ signal });
  } finally {
    await file.close();
  }
}

async function fetchedBytes(first: URL, signal: AbortSignal): Promise<Uint8Array> {
  let url = first;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    refuseUrl(url, first);
    const response = await fetch(url, {
      redirect: 'manual',
      credentials: 'omit',
      headers: { accept: 'application/json' },
      signal,
    });
    const next = redirectOf(response);
    if (next === undefined) return bodyBytes(response);
    await response.body?.cancel();
    url = new URL(next, url);
  }
  throw refused(first.href, 'it leads on too often');
}

const MAX_REDIRECTS = 3;

function refuseUrl(url: URL, first: URL): void {
  const isHttpHere = url.protocol === 'http:' && isLoopback(url.hostname);
  if (url.protocol !== 'https:' && !isHttpHere) {
    throw refused(url.href, 'it is not https, so that anyone on the way could change it');
  }
  if (first.protocol === 'https:' && url.protocol !== 'https:') {
    throw refused(first.href, `it leads on to ${url.href}, which is not https`);
  }
  if (url.username !== '' || url.password !== '') throw refused(first.origin, 'it holds a password');
}

const isLoopback = (host: string) =>
  host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);

function redirectOf({ status, headers }: Response): string | undefined {
  return status >= 300 && status < 400 ? (headers.get('location') ?? undefined) : undefined;
}

async function bodyBytes(response: Response): Promise<Uint8Array> {
  if (response.ok) return boundedBody(response, MAX_SOURCE_BYTES);
  await response.body?.cancel();
  throw new Error(`the server answered with ${response.status}`);
}

function refused(source: string, why: string): NetworkError {
  const message = `${source} was not read: ${why}. Name an https URL, or the whole path of a file.`;
  return new NetworkError('NETWORK_SOURCE_REFUSED', { source }, { message });
}
