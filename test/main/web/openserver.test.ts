import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { request, type IncomingHttpHeaders } from 'node:http';
import { request as secureRequest } from 'node:https';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Emitter } from '../../../src/main/engine/lib/emitter.ts';
import { Secret } from '../../../src/main/engine/lib/secret.ts';
import type { AnyEvent } from '../../../src/main/ipc/events.ts';
import { LiveFeed } from '../../../src/main/ipc/live-feed.ts';
import { MetricsEndpoint } from '../../../src/main/web/metrics.ts';
import { startOpenServer, type OpenServer } from '../../../src/main/web/openserver.ts';
import { hashPassword } from '../../../src/main/web/password.ts';
import type { AccessSettings } from '../../../src/shared/settings.ts';
import { ManualTimers } from '../../support/manualtimers.ts';
import { recordingLogger, type RecordedLine } from '../../support/recordinglogger.ts';
import { selfSigned } from '../../support/selfsigned.ts';
import { tempFolder } from '../../support/tempfolder.ts';

const PASSWORD = 'correct horse battery';

describe('The server for other computers', () => {
  let passwordHash: string;
  let folder: string;
  let server: OpenServer;
  let timers: ManualTimers;
  let lines: RecordedLine[];

  beforeAll(async () => {
    passwordHash = await hashPassword(new Secret(PASSWORD));
  });

  beforeEach(async () => {
    folder = await tempFolder();
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>Slotkeeper</title>');
    await writeFile(join(folder, 'assets/main.js'), 'export {};');
    lines = [];
    await serve();
  });

  afterEach(() => server.close());

  it('asks for the password in a language of the visitor', async () => {
    const inGerman = await ask('/login', { headers: { 'accept-language': 'fr;q=0.9, de-CH, en;q=0.5' } });
    expect(inGerman.body).toContain('<html lang="de">');
    expect(inGerman.body).toContain('Anmelden');
    expect((await ask('/login', { headers: { 'accept-language': 'fr' } })).body).toContain('Log in');
  });

  it('shows nothing of the window before someone has logged in', async () => {
    const first = await ask('/');
    expect([first.status, first.headers.location]).toEqual([303, '/login']);
    const page = await ask('/login');
    expect(page.status).toBe(200);
    expect(page.body).toContain('type="password"');
    expect(page.headers['content-security-policy']).toContain("form-action 'self'");
    // With no-referrer a browser says the origin of a form is null.
    expect(page.headers['referrer-policy']).toBe('same-origin');
    for (const path of ['/index.html', '/assets/main.js', '/bridge', '/metrics'])
      expect([path, (await ask(path)).status]).toEqual([path, 401]);
    expect(await upgrade()).toBe(401);
  });

  it('shows the window and opens the bridge to whoever logged in, until they log out', async () => {
    const { status, headers } = await logIn();
    expect([status, headers.location]).toEqual([303, '/']);
    const [setCookie = ''] = headers['set-cookie'] ?? [];
    expect(setCookie).toMatch(/; HttpOnly; SameSite=Strict$/);
    const cookie = setCookie.split(';')[0] ?? '';
    expect((await ask('/', { headers: { cookie } })).body).toContain('<title>Slotkeeper</title>');
    expect((await ask('/assets/main.js', { headers: { cookie } })).status).toBe(200);
    expect((await ask('/../secret', { headers: { cookie } })).status).toBe(403);
    expect(await upgrade({ cookie })).toBe(101);
    timers.advance(11 * 3_600_000);
    expect((await ask('/', { headers: { cookie } })).status).toBe(200);
    const out = await ask('/logout', { method: 'POST', headers: { cookie, origin: origin() } });
    expect([out.status, out.headers['set-cookie']?.[0]]).toEqual([303, expect.stringContaining('Max-Age=0')]);
    expect((await ask('/', { headers: { cookie } })).status).toBe(303);
    expect(await upgrade({ cookie })).toBe(401);
  });

  it('cuts a page off whose owner has logged out, and no other', async () => {
    const cookies = [await aSession(), await aSession()];
    const [page, other] = await Promise.all(cookies.map((cookie) => anOpenPage(cookie)));
    const closed = once(page as WebSocket, 'close');
    const headers = { cookie: cookies[0] ?? '', origin: origin() };
    await ask('/logout', { method: 'POST', headers });
    await closed;
    expect(other?.readyState).toBe(WebSocket.OPEN);
    other?.terminate();
    await expect.poll(() => timers.waiting).toBe(0);
  });

  it('cuts a page off when its session is over', async () => {
    const page = await anOpenPage(await aSession());
    const closed = once(page, 'close');
    timers.advance(12 * 3_600_000 - 1);
    expect(page.readyState).toBe(WebSocket.OPEN);
    timers.advance(1);
    await closed;
    expect(timers.waiting).toBe(0);
  });

  it('lets the right password in while others are slow to send theirs', async () => {
    const slow = Array.from({ length: 8 }, () => {
      const asked = request({
        host: '127.0.0.1',
        port: server.port,
        path: '/login',
        method: 'POST',
        headers: { origin: origin(), 'content-length': 100 },
        agent: false,
      });
      asked.on('error', () => {});
      asked.write('password=');
      return asked;
    });
    await Promise.all(slow.map((asked) => once(asked, 'socket')));
    // Had each of them taken a place, this one would find none.
    expect((await ask('/login')).status).toBe(200);
    expect((await logIn()).status).toBe(303);
    for (const asked of slow) asked.destroy();
    await server.close();
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(lines.map(({ message }) => message)).not.toContain('Wrong password');
  });

  it('writes little of what strangers ask, and counts the rest', async () => {
    lines.length = 0;
    for (let count = 0; count < 30; count++)
      await ask('/login', { headers: { host: 'h'.repeat(5000), origin: 'o'.repeat(5000) } });
    const refused = () => lines.filter(({ message }) => message === 'Request refused');
    expect(refused()).toHaveLength(10);
    expect(refused()[0]?.fields).toMatchObject({ host: 'h'.repeat(100), origin: 'o'.repeat(100) });
    timers.advance(60_000);
    const more = lines.filter(({ message }) => message === 'More requests were refused');
    expect(more.map(({ fields }) => fields)).toEqual([{ count: 20 }]);
    await logIn(undefined, { origin: 'x'.repeat(5000) });
    expect(refused()[10]?.fields).toMatchObject({ status: 403, origin: 'x'.repeat(100) });
    expect(timers.waiting).toBe(1);
    await server.close();
    expect(timers.waiting).toBe(0);
  });

  it('refuses a wrong password and what is no form, and logs no password', async () => {
    for (const body of ['password=wrong+horse', 'password=', 'x', `password=${'x'.repeat(3000)}`])
      expect((await logIn(body)).status).toBe(401);
    expect(lines.filter(({ message }) => message === 'Wrong password')).toHaveLength(4);
    await logIn();
    expect(JSON.stringify(lines)).not.toContain('horse');
  });

  it('lets nobody guess on: the right password has to wait, too', async () => {
    for (let count = 0; count < 5; count++) expect((await logIn('password=guess')).status).toBe(401);
    const refused = await logIn();
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '30']);
    timers.advance(30_000);
    expect((await logIn()).status).toBe(303);
  });

  it('is not got around by many guesses at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => logIn('password=guess')));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(15);
  });

  it.each(['evil.example', 'evil.example:80', '127.0.0.1'])('refuses the host "%s"', async (host) => {
    expect((await ask('/login', { headers: { host } })).status).toBe(421);
    expect(await upgrade({ host })).toBe(421);
  });

  it.each(['https://evil.example', 'null', undefined])(
    'refuses the origin %s, with a session too',
    async (other) => {
      const cookie = await aSession();
      expect((await logIn(undefined, { origin: other })).status).toBe(403);
      expect(await upgrade({ cookie, origin: other })).toBe(403);
    },
  );

  it('answers to the names that its owner gave it', async () => {
    await serve({ names: ['box.local'] });
    expect((await ask('/login', { headers: { host: `BOX.local:${server.port}` } })).status).toBe(200);
    expect((await ask('/login', { headers: { host: `other.local:${server.port}` } })).status).toBe(421);
  });

  it('answers on all addresses to each of them', async () => {
    await serve({ host: '0.0.0.0' });
    for (const name of ['localhost', '127.0.0.1'])
      expect((await ask('/login', { headers: { host: `${name}:${server.port}` } })).status).toBe(200);
    expect((await ask('/login', { headers: { host: `0.0.0.0.evil.example:${server.port}` } })).status).toBe(
      421,
    );
  });

  it('gives figures only to whoever has their token', async () => {
    const tokenSha256 = createHash('sha256').update('a-token').digest('hex');
    await serve({}, { tokenSha256 });
    expect((await ask('/metrics')).status).toBe(401);
    expect((await ask('/metrics', { headers: { authorization: 'Bearer a-token' } })).status).toBe(200);
    await serve({}, {});
    expect((await ask('/metrics')).status).toBe(401);
    expect((await ask('/metrics', { headers: { cookie: await aSession() } })).status).toBe(404);
  });

  it('warns that what it sends can be read', () => {
    const warnings = lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
    expect(warnings).toEqual([
      'The window is served to other computers, with the password',
      'What is sent there is not encrypted: the password can be read on the way',
    ]);
  });

  it('encrypts with the certificate of the settings, and has the cookie go no other way', async () => {
    const tls = await aCertificate();
    lines = [];
    await serve({ tls });
    expect(server.url).toMatch(/^https:/);
    expect(lines.map(({ message }) => message)).not.toContain(expect.stringContaining('not encrypted'));
    const { status, headers } = await logIn();
    expect([status, headers['set-cookie']?.[0]]).toEqual([303, expect.stringMatching(/^__Host-.*; Secure$/)]);
    const cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    expect((await ask('/', { headers: { cookie } })).status).toBe(200);
    expect(await upgrade({ cookie })).toBe(101);
    expect((await logIn(undefined, { origin: origin().replace('https', 'http') })).status).toBe(403);
  });

  it('lets go of a refused WebSocket whose owner never closes it', async () => {
    const socket = createConnection({ host: '127.0.0.1', port: server.port, allowHalfOpen: true });
    socket.on('error', () => {});
    socket.write(
      'GET /bridge HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    let answer = '';
    socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
    await once(socket, 'end');
    expect(answer).toMatch(/^HTTP\/1.1 421 /);
    // Half open still, so that writing fails only when the other end is gone.
    await expect.poll(() => (socket.write('x'), socket.destroyed)).toBe(true);
  });

  it('closes though a client never finishes its handshake', async () => {
    await serve({ tls: await aCertificate() });
    const socket = createConnection({ host: '127.0.0.1', port: server.port });
    const closed = once(socket, 'close');
    socket.on('error', () => {});
    await once(socket, 'connect');
    // Taken in by the server, too.
    expect((await ask('/login')).status).toBe(200);
    await server.close();
    await closed;
    await serve();
  });

  it('says what cannot be used', async () => {
    await writeFile(join(folder, 'cert.pem'), 'x');
    const tls = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'cert.pem') };
    await expect(serve({ tls })).rejects.toMatchObject({ code: 'TLS_UNUSABLE' });
    await expect(serve({ host: '203.0.113.7' })).rejects.toMatchObject({ code: 'ADDRESS_NOT_HERE' });
    await serve();
  });

  async function serve(changes: Partial<AccessSettings> = {}, metrics?: { tokenSha256?: string }) {
    await server?.close();
    timers = new ManualTimers();
    const { logger } = recordingLogger(lines);
    const router = { dispatch: async () => '{}' };
    const access = { host: '127.0.0.1', port: 1, names: [], passwordHash, ...changes };
    const endpoint = metrics && new MetricsEndpoint({ live: new LiveFeed(), queueLength: () => 0 }, metrics);
    server = await startOpenServer(
      {
        router,
        events: new Emitter<AnyEvent>(),
        rendererFolder: folder,
        logger,
        ...(endpoint && { metrics: endpoint }),
      },
      access,
      { port: 0, nowMs: timers.nowMs, after: timers.after },
    );
  }

  async function aCertificate() {
    const { cert, key } = selfSigned();
    const tls = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
    await writeFile(tls.certFile, cert);
    await writeFile(tls.keyFile, key);
    return tls;
  }

  const origin = () => server.url.replace('0.0.0.0', '127.0.0.1').slice(0, -1);
  const aSession = async () => (await logIn()).headers['set-cookie']?.[0]?.split(';')[0] ?? '';

  function logIn(
    body = `password=${PASSWORD.replaceAll(' ', '+')}`,
    { origin: from }: { origin?: string | undefined } = { origin: origin() },
  ) {
    return ask('/login', { method: 'POST', body, headers: from === undefined ? {} : { origin: from } });
  }

  function ask(
    path: string,
    {
      method = 'GET',
      headers = {},
      body = '',
    }: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ) {
    return new Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: server.port, path, method, headers, agent: false };
      const send = server.isEncrypted ? secureRequest : request;
      const asked = send({ ...options, rejectUnauthorized: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      });
      asked.on('error', reject).end(body);
    });
  }

  /** The status with which a WebSocket was answered; 101: it is open. */
  async function upgrade(
    changes: { cookie?: string; origin?: string | undefined; host?: string } = {},
  ): Promise<number> {
    const socket = aSocket(changes);
    const opened = once(socket, 'open').then(() => 101);
    const refused = once(socket, 'unexpected-response').then(
      (args) => (args[1] as { statusCode: number }).statusCode,
    );
    opened.catch(() => {});
    refused.catch(() => {});
    try {
      return await Promise.race([opened, refused]);
    } finally {
      socket.terminate();
    }
  }

  async function anOpenPage(cookie: string): Promise<WebSocket> {
    const page = aSocket({ cookie });
    await once(page, 'open');
    return page;
  }

  function aSocket(changes: { cookie?: string; origin?: string | undefined; host?: string } = {}): WebSocket {
    const { cookie, host, origin: from } = { origin: origin(), ...changes };
    const socket = new WebSocket(`${origin().replace('http', 'ws')}/bridge`, ['bridge.v1'], {
      ...(from !== undefined && { origin: from }),
      headers: { ...(cookie !== undefined && { cookie }), ...(host !== undefined && { host }) },
      rejectUnauthorized: false,
    });
    socket.on('error', () => {});
    return socket;
  }
});
