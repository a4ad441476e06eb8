import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readSource } from '../../../src/main/networks/source.ts';
import { tempFolder } from '../../support/tempfolder.ts';

const { signal } = new AbortController();
const read = (source: string) => readSource(source, { signal });

async function aSite(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('A file that is named', () => {
  it('is read, by its whole path or as a URL', async () => {
    const file = join(await tempFolder(), 'ü network.json');
    await writeFile(file, '{"a":"ä"}');
    expect(await read(file)).toBe('{"a":"ä"}');
    expect(await read(pathToFileURL(file).href)).toBe('{"a":"ä"}');
  });

  it('is refused when it is not there, no file, too large, or not text', async () => {
    const folder = await tempFolder();
    const file = join(folder, 'data');
    await expect(read(file)).rejects.toMatchObject({ code: 'NETWORK_SOURCE_UNREADABLE' });
    await expect(read(folder)).rejects.toMatchObject({ code: 'NETWORK_SOURCE_REFUSED' });
    await writeFile(file, Buffer.alloc(1_000_001, 32));
    await expect(read(file)).rejects.toThrow('larger than 1000 kB');
    await writeFile(file, Buffer.from([0xff, 0xfe, 0x00]));
    await expect(read(file)).rejects.toMatchObject({ code: 'NETWORK_SOURCE_UNREADABLE' });
  });

  it('is refused without its whole path: nobody knows whose folder is meant', async () => {
    await expect(read('network.json')).rejects.toThrow('whole path');
  });
});

describe('A URL that is named', () => {
  it('may be http on this computer', async () => {
    const site = await aSite((_, response) => response.end('{}'));
    expect(await read(site)).toBe('{}');
  });

  it.each([
    'http://example.com/network.json',
    'http://127.0.0.1.example.com/',
    'ftp://127.0.0.1/',
    'data:text/plain,hello',
    'https://user:word@example.com/',
    'https://',
  ])('%s is refused, and nobody is asked', async (url) => {
    await expect(read(url)).rejects.toMatchObject({ code: 'NETWORK_SOURCE_REFUSED' });
  });

  it('may lead on, but not out of this computer and not for ever', async () => {
    const site = await aSite((request, response) => {
      const target = { '/once': '/', '/out': 'http://example.com/', '/round': '/round' }[request.url ?? ''];
      if (target === undefined) return response.end('there');
      return response.writeHead(302, { location: target }).end();
    });
    expect(await read(`${site}/once`)).toBe('there');
    await expect(read(`${site}/out`)).rejects.toThrow('not https');
    await expect(read(`${site}/round`)).rejects.toThrow('leads on too often');
  });

  it('is refused when the answer is large, whether it says so or not', async () => {
    const large = Buffer.alloc(1_000_001, 32);
    const said = await aSite((_, response) =>
      response.writeHead(200, { 'content-length': large.length }).end(large),
    );
    const unsaid = await aSite((_, response) => {
      response.write(large.subarray(0, 900_000));
      response.end(large.subarray(900_000));
    });
    await expect(read(said)).rejects.toThrow('larger than 1000 kB');
    await expect(read(unsaid)).rejects.toThrow('larger than 1000 kB');
  });

  it('says what the server answered when that is no success', async () => {
    const site = await aSite((_, response) => response.writeHead(404).end());
    await expect(read(site)).rejects.toThrow('answered with 404');
  });

  it('ends when it takes too long, and when it is called off', async () => {
    const site = await aSite((_, response) => void response.write('{'));
    await expect(readSource(site, { signal, timeoutMs: 50 })).rejects.toThrow('it took longer than 0.05 s');
    const controller = new AbortController();
    const reading = readSource(site, { signal: controller.signal });
    controller.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});
