import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { serverAddress } from '../../../../../src/main/engine/market/servers/serveraddress.ts';
import {
  WebSocketTransport,
  type WebSocketOptions,
} from '../../../../../src/main/engine/market/servers/websocket.ts';
import { countingSignal, watchLeaks } from '../../../../support/noleaks.ts';
import { answerText, RpcServer, type Question } from '../../../../support/rpcserver.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function serve(answer: (question: Question) => void, options: WebSocketOptions = {}) {
  const server = await RpcServer.start(answer);
  closing.push(() => server.stop());
  const transport = new WebSocketTransport(serverAddress(server.wsUrl), options);
  closing.push(() => transport.close());
  return { server, transport };
}

const echo = ({ answer, method }: Question) => answer(method);
const head = (subscription = '0x9') =>
  JSON.stringify({
    jsonrpc: '2.0',
    method: 'eth_subscription',
    params: { subscription, result: { number: '0x5' } },
  });

describe('over a WebSocket', () => {
  test('answers find their questions in whatever order they come', async () => {
    const waiting: Question[] = [];
    const { server, transport } = await serve((question) => {
      waiting.push(question);
      if (waiting.length === 3) for (const { answer, method } of waiting.toReversed()) answer(method);
    });
    const answers = await Promise.all(['a', 'b', 'c'].map((method) => transport.ask(method, [])));
    expect(answers).toEqual([{ result: 'a' }, { result: 'b' }, { result: 'c' }]);
    expect(server.connections).toBe(1);
  });

  test('a refusal is an answer', async () => {
    const { transport } = await serve(({ id, send }) => {
      send(JSON.stringify({ id, error: { code: 3, message: 'execution reverted', data: '0x' } }));
    });
    expect(await transport.ask('eth_call', [])).toMatchObject({ error: { code: 3, data: '0x' } });
  });

  test('when the connection is lost all questions under way are told, and the next one opens it again', async () => {
    const onLost = vi.fn<() => void>();
    const { server, transport } = await serve(
      ({ answer, method, socket }) => {
        if (method === 'last') socket?.terminate();
        else if (method !== 'slow') answer(method);
      },
      { onLost },
    );
    const asked = ['slow', 'slow', 'last'].map((method) => transport.ask(method, []));
    for (const each of asked) await expect(each).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    expect(onLost).toHaveBeenCalledTimes(1);
    expect(await transport.ask('next', [])).toEqual({ result: 'next' });
    expect(server.connections).toBe(2);
  });

  test.each([
    ['malformed JSON', () => '{"id":1,"res'],
    ['an answer to no question', (id: number) => answerText(id + 1000, '0x1')],
    ['an answer with nothing in it', (id: number) => JSON.stringify({ id })],
  ])('%s is nonsense, for all who wait', async (_, text) => {
    const { transport } = await serve(({ id, method, send }) => {
      if (method === 'b') send(text(id));
    });
    for (const asked of ['a', 'b'].map((method) => transport.ask(method, [])))
      await expect(asked).rejects.toMatchObject({ code: 'HOSTILE_VALUE' });
  });

  test('an answer that comes after it was given up harms nobody', async () => {
    const late: Question[] = [];
    const { transport } = await serve((question) => {
      if (question.method === 'slow') late.push(question);
      else question.answer(question.method);
    });
    const { controller, listeners } = countingSignal();
    const asked = transport.ask('slow', [], { signal: controller.signal });
    await vi.waitUntil(() => late.length > 0);
    controller.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    late[0]?.answer('0x1');
    expect(await transport.ask('quick', [])).toEqual({ result: 'quick' });
    expect(listeners()).toBe(0);
  });

  test('a slow answer costs only its question, while others still come', async () => {
    const { server, transport } = await serve(
      ({ answer, method }) => {
        if (method !== 'slow') answer(method);
      },
      { answerMs: 60 },
    );
    const slow = transport.ask('slow', []);
    // The last of them may still be under way when the line is closed.
    const others = setInterval(() => void transport.ask('quick', []).catch(() => {}), 10);
    closing.push(() => clearInterval(others));
    await expect(slow).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    expect(server.connections).toBe(1);
  });

  test('a line over which nothing comes any more is given up', async () => {
    const { server, transport } = await serve(
      ({ answer, method }) => {
        if (method === 'first') answer(method);
      },
      { answerMs: 40 },
    );
    await transport.ask('first', []);
    for (const asked of [transport.ask('a', []), transport.ask('b', [])])
      await expect(asked).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    await transport.ask('first', []);
    expect(server.connections).toBe(2);
  });

  test('a quiet line is asked whether it is alive, and opened again when it is not', async () => {
    let isDead = false;
    const { server, transport } = await serve(
      ({ answer, method }) => {
        if (!isDead) answer(method);
      },
      { answerMs: 30, quietMs: 20, reopenMs: 5 },
    );
    transport.onHead(() => {});
    await vi.waitUntil(() => server.questions.some(({ method }) => method === 'eth_blockNumber'));
    expect(server.connections).toBe(1);
    isDead = true;
    await vi.waitUntil(() => server.connections > 1);
  });

  test('announced blocks are hints; so is a connection that was opened again, for what was missed', async () => {
    const { server, transport } = await serve(
      ({ answer, method }) => answer(method === 'eth_subscribe' ? '0x9' : method),
      { reopenMs: 5 },
    );
    let hints = 0;
    const unsubscribe = transport.onHead(() => hints++);
    await vi.waitUntil(() => hints === 1);
    for (const socket of server.sockets) socket.send(head());
    await vi.waitUntil(() => hints === 2);
    for (const socket of server.sockets) socket.terminate();
    await vi.waitUntil(() => hints === 3);
    expect(server.connections).toBe(2);
    expect(server.questions.filter(({ method }) => method === 'eth_subscribe')).toHaveLength(2);
    unsubscribe();
    for (const socket of server.sockets) socket.send(head());
    expect(await transport.ask('eth_chainId', [])).toEqual({ result: 'eth_chainId' });
    expect(hints).toBe(3);
  });

  test('a server without announcements is none the worse', async () => {
    const { transport } = await serve(({ id, method, answer, send }) => {
      if (method === 'eth_subscribe') send(JSON.stringify({ id, error: { code: -32_601, message: 'no' } }));
      else answer(method);
    });
    transport.onHead(() => {});
    expect(await transport.ask('eth_chainId', [])).toEqual({ result: 'eth_chainId' });
  });

  test('without anyone who wants announcements a lost connection stays closed', async () => {
    const { server, transport } = await serve(echo, { reopenMs: 1 });
    await transport.ask('eth_chainId', []);
    for (const socket of server.sockets) socket.terminate();
    await vi.waitUntil(() => server.sockets.size === 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.connections).toBe(1);
  });

  test('a refused handshake is no answer; one that is asked too often asks for a pause', async () => {
    const server = createServer().on('upgrade', (_, socket) => {
      socket.end('HTTP/1.1 429 Too Many Requests\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const busy = new WebSocketTransport(serverAddress(`ws://127.0.0.1:${port}`));
    const nobody = new WebSocketTransport(serverAddress('ws://127.0.0.1:9'));
    closing.push(
      () => busy.close(),
      () => nobody.close(),
    );
    await expect(busy.ask('eth_chainId', [])).rejects.toMatchObject({ details: { isThrottled: true } });
    await expect(nobody.ask('eth_chainId', [])).rejects.toMatchObject({
      code: 'CHAIN_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('a huge answer is not taken', async () => {
    const { transport } = await serve(({ answer }) => answer('x'.repeat(5000)), { answerBytes: 2000 });
    await expect(transport.ask('eth_getLogs', [])).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
  });

  test('what is closed asks nothing and leaves nothing, also when it was just being opened', async () => {
    const noLeaks = watchLeaks();
    const server = await RpcServer.start(() => {});
    const transport = new WebSocketTransport(serverAddress(server.wsUrl));
    transport.onHead(() => {});
    const asked = transport.ask('eth_chainId', []);
    transport.close();
    await expect(asked).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    await expect(transport.ask('eth_chainId', [])).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    await server.stop();
    await noLeaks();
  });
});
