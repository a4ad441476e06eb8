import { afterEach, describe, expect, test } from 'vitest';
import { HttpTransport } from '../../../../../src/main/engine/market/servers/http.ts';
import { serverAddress } from '../../../../../src/main/engine/market/servers/serveraddress.ts';
import type { TransportLimits } from '../../../../../src/main/engine/market/servers/transport.ts';
import { countingSignal, watchLeaks } from '../../../../support/noleaks.ts';
import { answerText, RpcServer, type Question } from '../../../../support/rpcserver.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function serve(answer: (question: Question) => void, limits: TransportLimits = {}, path = '') {
  const server = await RpcServer.start(answer);
  closing.push(() => server.stop());
  const transport = new HttpTransport(serverAddress(server.httpUrl + path), { connections: 6, ...limits });
  closing.push(() => transport.close());
  return { server, transport };
}

const echo = ({ answer, method }: Question) => answer(method);

describe('over HTTP', () => {
  test('each question gets its own answer, over connections that are kept', async () => {
    const { server, transport } = await serve(echo);
    for (let i = 0; i < 20; i++)
      expect(await transport.ask(`method${i}`, [])).toEqual({ result: `method${i}` });
    expect(server.connections).toBe(1);
    expect(server.questions[3]).toMatchObject({ method: 'method3', params: [] });
  });

  test('path, query and password of the address are sent', async () => {
    const server = await RpcServer.start(echo);
    closing.push(() => server.stop());
    const url = `http://user:secret@127.0.0.1:${server.port}/v2/key?a=b`;
    const transport = new HttpTransport(serverAddress(url), { connections: 1 });
    closing.push(() => transport.close());
    await transport.ask('eth_chainId', []);
    expect(server.paths).toEqual(['/v2/key?a=b']);
    expect(server.headers[0]?.authorization).toBe(`Basic ${Buffer.from('user:secret').toString('base64')}`);
  });

  test('a refusal is an answer, also with a status that is no success', async () => {
    const error = { code: -32_000, message: 'no' };
    const { transport } = await serve(({ id, http, method, send }) => {
      if (http && method === 'bad') http.statusCode = 400;
      send(JSON.stringify({ jsonrpc: '2.0', id: method === 'null' ? null : id, error }));
    });
    for (const method of ['good', 'bad', 'null'])
      expect(await transport.ask(method, [])).toMatchObject({ error: { code: -32_000, message: 'no' } });
  });

  test.each([
    ['malformed JSON', ({ send }: Question) => send('{"jsonrpc":"2.0","id":1,"resu')],
    ['a page of HTML', ({ send }: Question) => send('<html>Bad gateway</html>')],
    ['the answer to another question', ({ id, send }: Question) => send(answerText(id + 1, '0x1'))],
    ['no answer at all', ({ id, send }: Question) => send(JSON.stringify({ jsonrpc: '2.0', id }))],
    ['a list', ({ send }: Question) => send('[]')],
  ])('%s is nonsense', async (_, answer) => {
    const { transport } = await serve(answer);
    await expect(transport.ask('eth_chainId', [])).rejects.toMatchObject({ code: 'HOSTILE_VALUE' });
  });

  test('an answer cut in the middle is none', async () => {
    const { transport } = await serve(({ http }) => {
      http?.writeHead(200, { 'content-length': 100 });
      http?.write('{"jsonrpc"');
      setImmediate(() => http?.destroy());
    });
    await expect(transport.ask('eth_chainId', [])).rejects.toMatchObject({
      code: 'CHAIN_UNREACHABLE',
      message: expect.stringContaining('the connection broke'),
    });
  });

  test('an answer cut where its length was not said is malformed, and never a shorter one', async () => {
    const { transport } = await serve(({ id, http }) => {
      http?.writeHead(200, { connection: 'close' });
      http?.write(answerText(id, ['a', 'b']).slice(0, -2));
      setImmediate(() => http?.destroy());
    });
    await expect(transport.ask('eth_getLogs', [])).rejects.toThrow();
  });

  test('of a server that says nothing, not more than the limit is waited for', async () => {
    const { transport } = await serve(() => {}, { answerMs: 30 });
    await expect(transport.ask('eth_chainId', [])).rejects.toMatchObject({
      code: 'CHAIN_UNREACHABLE',
      details: { reason: 'nothing within 0.03 seconds' },
    });
  });

  test('of a server that dribbles, not more than the limit is waited for', async () => {
    const { transport } = await serve(
      ({ http }) => {
        const timer = setInterval(() => http?.write(' '), 5);
        http?.on('close', () => clearInterval(timer));
      },
      { answerMs: 50 },
    );
    await expect(transport.ask('eth_chainId', [])).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
  });

  test('a huge list of logs is refused so that fewer are asked for; any other huge answer is nonsense', async () => {
    const { transport } = await serve(({ answer }) => answer('x'.repeat(5000)), { answerBytes: 2000 });
    expect(await transport.ask('eth_getLogs', [])).toMatchObject({
      error: { message: 'the answer is too large' },
    });
    await expect(transport.ask('eth_chainId', [])).rejects.toMatchObject({ code: 'HOSTILE_VALUE' });
  });

  test.each([
    ['429', { 'retry-after': '7' }, 7000],
    ['429', {}, undefined],
    ['429', { 'retry-after': 'soon' }, undefined],
    ['503', { 'retry-after': '2' }, 2000],
  ])('status %s with %j asks for a pause', async (status, headers, retryAfterMs) => {
    const { transport } = await serve(
      ({ http }) => void http?.writeHead(Number(status), headers).end('slow down'),
    );
    await expect(transport.ask('eth_chainId', [])).rejects.toMatchObject({
      code: 'CHAIN_UNREACHABLE',
      details: { isThrottled: true, retryAfterMs },
    });
  });

  test('a pause may be asked for by date', async () => {
    const { transport } = await serve(({ http }) => {
      http?.writeHead(429, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }).end();
    });
    const asked = transport.ask('eth_chainId', []).catch((error: unknown) => error);
    const { details } = (await asked) as { details: { retryAfterMs: number } };
    expect(details.retryAfterMs).toBeGreaterThan(55_000);
    expect(details.retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  test.each([
    [301, /Correct the RPC address/],
    [401, /wants a key/],
    [404, /nothing at the address/],
    [502, /HTTP 502/],
  ])('status %i is no answer, and says what to do', async (status, words) => {
    const { transport } = await serve(({ http }) => void http?.writeHead(status).end('<html></html>'));
    await expect(transport.ask('eth_chainId', [])).rejects.toMatchObject({
      code: 'CHAIN_UNREACHABLE',
      message: expect.stringMatching(words),
    });
  });

  test('a question that is called off leaves the line, and no listener', async () => {
    const { server, transport } = await serve(({ answer, method }) => {
      if (method !== 'slow') answer('0x1');
    });
    const { controller, listeners } = countingSignal();
    await transport.ask('quick', [], { signal: controller.signal });
    expect(listeners()).toBe(0);
    const asked = transport.ask('slow', [], { signal: controller.signal });
    while (server.questions.length < 2) await new Promise(setImmediate);
    const closed = new Promise((resolve) => server.questions[1]?.http?.on('close', resolve));
    controller.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    await closed;
    expect(listeners()).toBe(0);
    await expect(transport.ask('quick', [], { signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  test('a server that is not there is unreachable, and what is closed asks nothing and leaves nothing', async () => {
    const noLeaks = watchLeaks();
    const server = await RpcServer.start(() => {});
    const transport = new HttpTransport(serverAddress(server.httpUrl), { connections: 2 });
    const asked = transport.ask('eth_chainId', []);
    transport.close();
    await expect(asked).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    await expect(transport.ask('eth_chainId', [])).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    await server.stop();
    const late = new HttpTransport(serverAddress('http://127.0.0.1:9'), { connections: 2 });
    await expect(late.ask('eth_chainId', [])).rejects.toMatchObject({
      code: 'CHAIN_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    late.close();
    await noLeaks();
  });
});
