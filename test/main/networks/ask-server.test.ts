import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { askServer } from '../../../src/main/networks/ask-server.ts';

const { signal } = new AbortController();

/** Answers both ways with what `answer` makes of a question. */
async function aServer(answer: (question: { id: number; method: string }) => string): Promise<number> {
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => response.end(answer(JSON.parse(Buffer.concat(chunks).toString()))));
  }).listen(0, '127.0.0.1');
  const sockets = new WebSocketServer({ server: http });
  sockets.on('connection', (socket) =>
    socket.on('message', (data: Buffer) => socket.send(answer(JSON.parse(data.toString())))),
  );
  await once(http, 'listening');
  onTestFinished(() => {
    for (const client of sockets.clients) client.terminate();
    http.closeAllConnections();
    http.close();
  });
  return (http.address() as AddressInfo).port;
}

describe('One question to a server', () => {
  it.each(['http', 'ws'])('is answered over %s', async (way) => {
    const port = await aServer(({ id, method }) =>
      JSON.stringify({ jsonrpc: '2.0', id, result: `${method}!` }),
    );
    expect(await askServer(`${way}://127.0.0.1:${port}`, 'eth_chainId', [], { signal })).toBe('eth_chainId!');
  });

  it('that is refused tells the words and the number of the server', async () => {
    const port = await aServer(({ id }) =>
      JSON.stringify({ jsonrpc: '2.0', id, error: { code: 3, message: 'execution reverted' } }),
    );
    await expect(askServer(`http://127.0.0.1:${port}`, 'eth_call', [], { signal })).rejects.toMatchObject({
      code: 'RPC_REFUSED',
      details: { refusal: 'execution reverted', refusalCode: 3 },
    });
  });

  it.each(['http', 'ws'])('is no answer when nobody is there or nonsense comes (%s)', async (way) => {
    const port = await aServer(() => 'nonsense');
    for (const address of [`${way}://127.0.0.1:${port}`, `${way}://127.0.0.1:1`]) {
      const asked = askServer(address, 'eth_chainId', [], { signal });
      await expect(asked).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    }
  });

  it('names its server without what may be a key', async () => {
    const asked = askServer('http://127.0.0.1:1/v3/0123456789abcdef0123', 'eth_chainId', [], { signal });
    await expect(asked).rejects.toThrow(/http:\/\/127\.0\.0\.1:1/);
    await expect(asked).rejects.not.toThrow(/0123456789abcdef/);
  });
});
