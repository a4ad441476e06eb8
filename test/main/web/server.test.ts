import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request, type IncomingHttpHeaders } from 'node:http';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Emitter } from '../../../src/main/engine/lib/emitter.ts';
import { Secret } from '../../../src/main/engine/lib/secret.ts';
import type { AnyEvent } from '../../../src/main/ipc/events.ts';
import { WebError } from '../../../src/main/web/errors.ts';
import { startWebServer, type WebServer, type WebServerOptions } from '../../../src/main/web/server.ts';
import { until } from '../../support/bridgesuite.ts';
import { recordingLogger } from '../../support/recordinglogger.ts';

const TOKEN = 'a-token-of-this-test';

describe('Web server', () => {
  let folder: string;
  let server: WebServer;
  let events: Emitter<AnyEvent>;
  let finishCall: (reply?: string) => void;
  let open: WebSocket[];
  const { logger, lines } = recordingLogger();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slotkeeper-web-'));
    await mkdir(join(folder, 'renderer/assets'), { recursive: true });
    await writeFile(join(folder, 'renderer/index.html'), '<!doctype html><title>Slotkeeper</title>');
    await writeFile(join(folder, 'renderer/assets/main-abc123.js'), 'export {};');
    await writeFile(join(folder, 'secret.txt'), 'secret');
    await symlink(join(folder, 'secret.txt'), join(folder, 'renderer/link.txt'));
    events = new Emitter();
    open = [];
    lines.length = 0;
    server = await start();
  });

  afterEach(async () => {
    finishCall();
    for (const socket of open) socket.terminate();
    await server.close();
    await rm(folder, { recursive: true });
  });

  describe('files', () => {
    it('serves the window at the root under a strict policy, never from a cache', async () => {
      const { status, headers, body } = await get('/');
      expect(status).toBe(200);
      expect(body).toContain('<title>Slotkeeper</title>');
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
      const policy = String(headers['content-security-policy']).split('; ');
      expect(policy).toEqual(
        expect.arrayContaining(["default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]),
      );
      expect(policy.join()).not.toContain('unsafe-eval');
      expect(policy.find((rule) => rule.startsWith('script-src'))).toBeUndefined();
    });

    it('serves what has a hash in its name for long', async () => {
      const { headers } = await get('/assets/main-abc123.js?v=1');
      expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
      expect(headers['cache-control']).toContain('immutable');
    });

    it('answers HEAD without a body', async () => {
      const { status, headers, body } = await get('/', { method: 'HEAD' });
      expect([status, body]).toEqual([200, '']);
      expect(Number(headers['content-length'])).toBeGreaterThan(0);
    });

    it.each([
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/assets/..%2f..%2fsecret.txt',
      '/..%5csecret.txt',
      '/link.txt',
    ])('refuses the way out %s', async (path) => {
      const { status, body } = await get(path);
      expect([status, body]).toEqual([403, 'Outside of the window\n']);
    });

    it('does not find what is not there, nor a folder', async () => {
      expect((await get('/nothing.js')).status).toBe(404);
      expect((await get('/assets')).status).toBe(404);
    });

    it('refuses a path that cannot be decoded', async () => {
      expect((await get('/%')).status).toBe(400);
    });

    it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s', async (method) => {
      expect((await get('/', { method })).status).toBe(405);
    });

    it.each(['evil.example', 'evil.example:80', '127.0.0.1:1'])('refuses the host "%s"', async (host) => {
      expect((await get('/', { host })).status).toBe(421);
    });
  });

  describe('bridge', () => {
    it('opens for our own page with the token, and names only the protocol', async () => {
      const socket = await connect();
      expect(socket.protocol).toBe('bridge.v1');
    });

    it('refuses another host with 421', async () => {
      expect(await refusal({ host: 'evil.example' })).toBe(421);
    });

    it('refuses another path with 404', async () => {
      expect(await refusal({ path: '/bridge/x' })).toBe(404);
    });

    it.each(['https://evil.example', 'null', undefined, 'http://127.0.0.1:1'])(
      'refuses the origin %s with 403',
      async (origin) => {
        expect(await refusal({ origin })).toBe(403);
      },
    );

    it.each([
      [[]],
      [['bridge.v1']],
      [['bridge.v1', 'token.wrong']],
      [[`token.${TOKEN}`]],
      [['bridge.v1', TOKEN]],
    ])('refuses the protocols %j with 401', async (protocols) => {
      expect(await refusal({ protocols })).toBe(401);
    });

    it('logs a refusal without the token that was offered', async () => {
      await refusal({ protocols: ['bridge.v1', 'token.almost-right'] });
      expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', message: 'Request refused' }));
      expect(JSON.stringify(lines)).not.toContain('almost-right');
    });

    it.each(['', 'x', '{}', '{"id":-1,"name":"a","input":""}', '{"id":1,"name":2,"input":""}', '[]'])(
      'ends a connection that sends %j',
      async (message) => {
        const socket = await connect();
        socket.send(message);
        expect(await closeCode(socket)).toBe(1008);
      },
    );

    it('ends a connection that sends bytes', async () => {
      const socket = await connect();
      socket.send(Buffer.from('{"id":1,"name":"a","input":""}'));
      expect(await closeCode(socket)).toBe(1008);
    });

    it('ends a connection that sends more than a megabyte', async () => {
      const socket = await connect();
      socket.send(JSON.stringify({ id: 1, name: 'a', input: 'x'.repeat(1024 * 1024) }));
      expect(await closeCode(socket)).toBe(1009);
    });

    it('cuts off a page that reads nothing, and serves the others', async () => {
      const stuck = await connect();
      const reading = await connect();
      stuck.pause();
      const cutOff = () => lines.some(({ message }) => message === 'Page cut off, it is too far behind');
      let received = 0;
      reading.on('message', () => (received += 1));
      for (let sent = 0; !cutOff(); sent = received) {
        events.emit({ name: 'log', payload: 'x'.repeat(1024 * 1024) });
        await until(() => received > sent);
      }
      expect(reading.readyState).toBe(reading.OPEN);
    });
  });

  describe('a page that reads slowly', () => {
    const large = 'x'.repeat(20_000_000);

    it('gets the large answer it asked for, and every event that came meanwhile', async () => {
      const slow = await connect();
      const got: string[] = [];
      slow.on('message', (data: Buffer) => got.push(data.length > 1e6 ? 'answer' : eventOf(data)));
      slow.pause();
      slow.send(JSON.stringify({ id: 1, name: 'wait', input: '' }));
      await until(() => calls > 0);
      finishCall(large);
      // Once it is answered; then more than a page may be behind by otherwise, while it reads a bit now and then.
      await Promise.resolve();
      for (let round = 0; round < 10; round++) {
        for (let i = 0; i < 10; i++)
          events.emit({ name: 'log', payload: `${round}${i}${'y'.repeat(100_000)}` });
        slow.resume();
        await new Promise(setImmediate);
        slow.pause();
      }
      slow.resume();
      await until(() => got.length === 101 || slow.readyState !== slow.OPEN);
      const told = Array.from({ length: 100 }, (_, i) => String(i).padStart(2, '0'));
      expect(got).toEqual(['answer', ...told]);
      expect(slow.readyState).toBe(slow.OPEN);
      expect(lines.filter(({ message }) => message.startsWith('Page cut off'))).toEqual([]);
    });

    it('gets the answer before it is cut off, where more comes than its line can carry', async () => {
      const slow = await connect();
      const got: number[] = [];
      slow.on('message', (data: Buffer) => got.push(data.length));
      slow.pause();
      slow.send(JSON.stringify({ id: 1, name: 'wait', input: '' }));
      await until(() => calls > 0);
      finishCall(large);
      await Promise.resolve();
      for (let i = 0; i < 40; i++) events.emit({ name: 'log', payload: 'y'.repeat(1_000_000) });
      slow.resume();
      expect(await closeCode(slow)).toBe(1013);
      expect(got[0]).toBeGreaterThan(large.length);
      // What waited was bounded: the answer's size once more, and 4 MiB.
      expect(got.length).toBeLessThan(28);
    });
  });

  describe('start and end', () => {
    it('gives a URL that holds the token only in its fragment', () => {
      expect(server.url).toBe(`http://127.0.0.1:${server.port}/#token=${TOKEN}`);
    });

    it('makes a new token of 256 bits for each start', async () => {
      const others = await Promise.all([start({}), start({})]);
      const tokens = others.map(({ url }) => url.split('#token=')[1]);
      expect(tokens[0]).toHaveLength(43);
      expect(tokens[0]).not.toBe(tokens[1]);
      for (const other of others) await other.close();
    });

    it('says what to do when the port is taken', async () => {
      const blocker = createServer().listen(0, '127.0.0.1');
      await once(blocker, 'listening');
      const { port } = blocker.address() as AddressInfo;
      const error = await start({ port }).catch((error: unknown) => error);
      blocker.close();
      expect(error).toBeInstanceOf(WebError);
      expect(error).toMatchObject({ code: 'PORT_IN_USE', details: { port } });
      expect(String(error)).toContain('--port');
    });

    it('serves this computer only', async () => {
      await expect(start({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'NOT_LOOPBACK' });
    });

    it('says when the window is not built', async () => {
      await rm(join(folder, 'renderer/index.html'));
      await expect(start()).rejects.toMatchObject({ code: 'WINDOW_NOT_BUILT' });
    });

    it('ends all connections and refuses new ones when it is closed, also twice', async () => {
      const socket = await connect();
      const idle = createConnection(server.port, '127.0.0.1');
      await once(idle, 'connect');
      const ended = [closeCode(socket), once(idle.resume(), 'close')];
      await Promise.all([server.close(), server.close()]);
      await Promise.all(ended);
      await expect(get('/')).rejects.toThrow('ECONNREFUSED');
      expect(events.size).toBe(0);
    });

    it('closes when its signal aborts', async () => {
      const controller = new AbortController();
      const other = await start({ signal: controller.signal });
      const socket = await connect(other);
      controller.abort();
      await closeCode(socket);
      await other.close();
      await expect(get('/', {}, other.port)).rejects.toThrow('ECONNREFUSED');
    });

    it('waits for a call that runs before it is closed', async () => {
      const socket = await connect();
      socket.send(JSON.stringify({ id: 1, name: 'wait', input: '' }));
      await until(() => calls > 0);
      let isClosed = false;
      const closing = server.close().then(() => (isClosed = true));
      await closeCode(socket);
      expect(isClosed).toBe(false);
      finishCall();
      await closing;
    });
  });

  let calls = 0;

  function start(options: WebServerOptions = { token: new Secret(TOKEN) }): Promise<WebServer> {
    calls = 0;
    const waiting = new Promise<string>((resolve) => (finishCall = (reply = '{}') => resolve(reply)));
    const router = { dispatch: () => ((calls += 1), waiting) };
    return startWebServer({ router, events, rendererFolder: join(folder, 'renderer'), logger }, options);
  }

  function get(
    path: string,
    { method = 'GET', host }: { method?: string; host?: string } = {},
    port = server.port,
  ): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
    return new Promise((resolve, reject) => {
      // `fetch` would normalise the path before it sends it.
      const headers = host === undefined ? {} : { host };
      const asked = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part: string) => (body += part));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      });
      asked.on('error', reject).end();
    });
  }

  function dial({ path = '/bridge', origin, host, protocols }: Dialled, port: number): WebSocket {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, {
      ...(origin !== undefined && { origin }),
      headers: host === undefined ? {} : { host },
    });
    open.push(socket);
    return socket;
  }

  async function connect({ port, url } = server): Promise<WebSocket> {
    const protocols = ['bridge.v1', `token.${url.split('#token=')[1]}`];
    const socket = dial({ origin: `http://127.0.0.1:${port}`, protocols }, port);
    await once(socket, 'open');
    return socket;
  }

  /** The status a WebSocket was refused with. */
  async function refusal(changes: Partial<Dialled>): Promise<number> {
    const ours = { origin: `http://127.0.0.1:${server.port}`, protocols: ['bridge.v1', `token.${TOKEN}`] };
    const socket = dial({ ...ours, ...changes }, server.port);
    socket.on('error', () => {});
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    return response.statusCode;
  }
});

interface Dialled {
  path?: string;
  origin?: string | undefined;
  host?: string;
  protocols: string[];
}

/** The first letters of an event's payload. */
function eventOf(data: Buffer): string {
  const { event } = JSON.parse(data.toString()) as { event: string };
  return /(\d\d)y/.exec(event)?.[1] ?? event.slice(0, 40);
}

async function closeCode(socket: WebSocket): Promise<number> {
  socket.on('error', () => {});
  const [code] = (await once(socket, 'close')) as [number];
  return code;
}
