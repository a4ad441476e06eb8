import type { IncomingMessage, ServerResponse } from 'node:http';
import { networkInterfaces } from 'node:os';
import { afterMs, type After } from '../../shared/after.ts';
import type { AccessSettings } from '../../shared/settings.ts';
import { Mutex } from '../engine/lib/mutex.ts';
import { Secret } from '../engine/lib/secret.ts';
import type { Logger } from '../engine/logger.ts';
import { pathOfTarget, securityHeaders } from './assets.ts';
import { notFound, wrongHost, wrongMethod, wrongOrigin, type Door, type Refusal } from './door.ts';
import { LoginLimit } from './loginlimit.ts';
import { loginPage, type LoginProblem } from './loginpage.ts';
import { isPassword } from './password.ts';
import { Sessions } from './sessions.ts';

export interface PasswordDoorOptions {
  /** The one that is listened on. */
  readonly port: number;
  readonly access: AccessSettings;
  readonly logger: Logger;
  /** Any clock of milliseconds that does not go back. */
  readonly nowMs?: () => number;
  readonly after?: After;
}

/**
 * Who may ask from other computers: whoever logged in with the password, from a page of ours. Hosts and origins are
 * checked as on this computer, so that neither a name pointed at us nor another page in the visitor's browser gets in.
 */
export class PasswordDoor implements Door {
  readonly #scheme: 'http' | 'https';
  readonly #access: AccessSettings;
  readonly #port: number;
  #hosts: ReadonlySet<string>;
  readonly #passwordHash: string;
  readonly #sessions: Sessions;
  readonly #limit: LoginLimit;
  /** One at a time: each takes its share of memory and of a core. */
  readonly #checking = new Mutex();
  #waiting = 0;
  readonly #logger: Logger;

  constructor({
    port,
    access,
    logger,
    nowMs = () => performance.now(),
    after = afterMs,
  }: PasswordDoorOptions) {
    const isSecure = access.tls !== undefined;
    this.#scheme = isSecure ? 'https' : 'http';
    this.#access = access;
    this.#port = port;
    this.#hosts = hostsOf(access, port);
    this.#passwordHash = access.passwordHash;
    this.#sessions = new Sessions({ port, isSecure, nowMs, after });
    this.#limit = new LoginLimit({ nowMs });
    this.#logger = logger;
  }

  refuseRequest({ method, headers }: IncomingMessage): Refusal | undefined {
    if (!this.#isOurHost(headers.host)) return wrongHost;
    if (method !== 'GET' && method !== 'HEAD') return wrongMethod;
    return this.#sessions.isOpen(headers.cookie) ? undefined : notLoggedIn;
  }

  refuseUpgrade({ url = '', headers }: IncomingMessage): Refusal | undefined {
    if (!this.#isOurHost(headers.host)) return wrongHost;
    if (pathOfTarget(url) !== '/bridge') return notFound;
    if (!this.#isOurOrigin(headers)) return wrongOrigin;
    return this.#sessions.isOpen(headers.cookie) ? undefined : notLoggedIn;
  }

  /** An open page hears and asks as much as a new one: it ends with its session. */
  follow({ headers }: IncomingMessage, end: () => void): () => void {
    return this.#sessions.hold(headers.cookie, end);
  }

  /** Logging in and out, and the way there. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<boolean | Refusal> {
    const { method, headers } = request;
    const path = pathOfTarget(request.url ?? '');
    if (!this.#isOurHost(headers.host)) return false;
    if (path === '/' && !this.#sessions.isOpen(headers.cookie)) return redirect(response, '/login');
    if (path !== '/login' && path !== '/logout') return false;
    if (method === 'POST' && !this.#isOurOrigin(headers)) return wrongOrigin;
    if (path === '/logout') {
      if (method !== 'POST') return { status: 405, reason: 'Only POST' };
      return redirect(response, '/login', { 'Set-Cookie': this.#sessions.close(headers.cookie) });
    }
    if (method === 'POST') return this.#logIn(request, response);
    return method === 'GET' || method === 'HEAD'
      ? show(request, response, 200)
      : { status: 405, reason: 'Only GET and POST' };
  }

  async #logIn(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const address = request.socket.remoteAddress ?? '';
    // Before it takes one of the places: a client may be slow.
    const password = await passwordIn(request);
    if (this.#waiting >= MOST_WAITING) return tooMany(request, response, 1000);
    this.#waiting += 1;
    try {
      // Broken off: nobody is left to answer.
      if (!request.complete) return true;
      // In turn, so that many tries at once do not get past the limit.
      return await this.#checking.run(async () => {
        const waitMs = this.#limit.waitMs(address);
        if (waitMs > 0) return tooMany(request, response, waitMs);
        if (password !== undefined && (await isPassword(password, this.#passwordHash))) {
          this.#limit.wasRight(address);
          this.#logger.notice('Logged in', { address });
          return redirect(response, '/', { 'Set-Cookie': this.#sessions.open() });
        }
        this.#limit.wasWrong(address);
        this.#logger.warn('Wrong password', { address });
        return show(request, response, 401, 'wrong');
      });
    } finally {
      this.#waiting -= 1;
    }
  }

  #isOurHost(host: string | undefined): boolean {
    if (host === undefined) return false;
    const name = host.toLowerCase();
    // Addresses come and go while it runs.
    if (!this.#hosts.has(name)) this.#hosts = hostsOf(this.#access, this.#port);
    return this.#hosts.has(name);
  }

  #isOurOrigin({ origin, host }: IncomingMessage['headers']): boolean {
    return this.#isOurHost(host) && origin?.toLowerCase() === `${this.#scheme}://${host?.toLowerCase()}`;
  }
}

const notLoggedIn: Refusal = { status: 401, reason: 'Log in first' };

/** By what this computer may be called: what it listens on, the names of the settings, and itself. */
function hostsOf({ host, names, tls }: AccessSettings, port: number): Set<string> {
  const isAny = host === '0.0.0.0' || host === '::';
  const own = isAny
    ? Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? [])
    : [];
  const all = [host, ...own, ...names, ...(isAny ? ['localhost', '127.0.0.1', '::1'] : [])];
  const usual = tls ? 443 : 80;
  return new Set(
    all.flatMap((name) => {
      const written = (name.includes(':') ? `[${name}]` : name).toLowerCase();
      return port === usual ? [written, `${written}:${port}`] : [`${written}:${port}`];
    }),
  );
}

/** Undefined when it is too long, no form, or broken off. */
async function passwordIn(request: IncomingMessage): Promise<Secret | undefined> {
  let body = '';
  try {
    for await (const chunk of request.setEncoding('utf8')) {
      body += String(chunk);
      if (body.length > LONGEST_BODY) return undefined;
    }
  } catch {
    return undefined;
  }
  const password = new URLSearchParams(body).get('password');
  return password === null || password === '' ? undefined : new Secret(password);
}

const LONGEST_BODY = 4096;
const MOST_WAITING = 8;

function redirect(response: ServerResponse, to: string, headers: Record<string, string> = {}): true {
  response.writeHead(303, { ...securityHeaders, ...headers, Location: to, 'Cache-Control': 'no-store' });
  response.end();
  return true;
}

function show(
  { headers: asked }: IncomingMessage,
  response: ServerResponse,
  status: number,
  problem?: LoginProblem,
  more: Record<string, string> = {},
): true {
  const { headers, body } = loginPage(asked['accept-language'], problem);
  response.writeHead(status, { ...headers, ...more, 'Content-Length': body.length });
  response.end(body);
  return true;
}

function tooMany(request: IncomingMessage, response: ServerResponse, waitMs: number): true {
  const waitSeconds = Math.ceil(waitMs / 1000);
  return show(request, response, 429, { waitSeconds }, { 'Retry-After': String(waitSeconds) });
}
