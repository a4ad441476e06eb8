import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile, access, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { reachNode } from '../../../src/main/control/controlclient.ts';
import {
  readControlFile,
  removeControlFile,
  writeControlFile,
} from '../../../src/main/control/controlfile.ts';
import { serveControl } from '../../../src/main/control/controlserver.ts';
import { Emitter } from '../../../src/main/engine/lib/emitter.ts';
import { Secret } from '../../../src/main/engine/lib/secret.ts';
import { silentLogger } from '../../../src/main/engine/logger.ts';
import { bridgeSuite } from '../../support/bridgesuite.ts';
import { recordingLogger } from '../../support/recordinglogger.ts';
import { tempFolder } from '../../support/tempfolder.ts';

const { signal } = new AbortController();
const options = (dataDir: string) => ({ dataDir, version: '1.2.3', signal });

bridgeSuite('Control', async (node) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'slotkeeper-control-'));
  const server = await serveControl({ ...node, logger: silentLogger }, options(dataDir));
  const bridge = await reachNode(dataDir, { signal });
  if (!bridge) throw new Error('Nobody answered');
  return {
    bridge,
    close: async () => {
      bridge.close();
      await server.close();
      await rm(dataDir, { recursive: true });
    },
  };
});

async function aServer(dataDir: string, answer = 'here') {
  const { logger, lines } = recordingLogger();
  const router = { dispatch: async () => answer };
  const server = await serveControl({ router, events: new Emitter(), logger }, options(dataDir));
  onTestFinished(() => server.close());
  return { server, lines };
}

async function answerAt(dataDir: string): Promise<string | undefined> {
  const bridge = await reachNode(dataDir, { signal });
  onTestFinished(() => bridge?.close());
  return bridge?.invoke('anything', '{}');
}

const file = (dataDir: string) => join(dataDir, 'control.json');

const info = { url: 'http://127.0.0.1:1', token: new Secret('t'.repeat(43)), startedAtMs: 1, version: '1' };

/** A process id that was in use and is not any more. */
async function goneProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? expect.fail('no process');
}

describe('The way of commands to a node', () => {
  it('is found by the data folder, and gone once the node stops', async () => {
    const dataDir = await tempFolder();
    expect(await answerAt(dataDir)).toBeUndefined();
    const { server } = await aServer(dataDir);
    expect(await answerAt(dataDir)).toBe('here');
    await server.close();
    await expect(access(file(dataDir))).rejects.toThrow('ENOENT');
    expect(await answerAt(dataDir)).toBeUndefined();
  });

  it.skipIf(process.platform === 'win32')('is told in a file that no other account can read', async () => {
    const dataDir = await tempFolder();
    await aServer(dataDir);
    expect((await stat(file(dataDir))).mode & 0o777).toBe(0o600);
  });

  it('names its token in no log line', async () => {
    const dataDir = await tempFolder();
    const { lines } = await aServer(dataDir);
    const { token } = JSON.parse(await readFile(file(dataDir), 'utf8')) as { token: string };
    expect(JSON.stringify(lines)).not.toContain(token);
    expect(lines.length).toBeGreaterThan(0);
  });

  it('serves no file, not even with the token', async () => {
    const dataDir = await tempFolder();
    await aServer(dataDir);
    const { url = '' } = (await readControlFile(dataDir)) ?? {};
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([404, 'Not found\n']);
  });

  it('leaves the place to a node that is there already', async () => {
    const dataDir = await tempFolder();
    await aServer(dataDir, 'first');
    const { server } = await aServer(dataDir, 'second');
    expect(await answerAt(dataDir)).toBe('first');
    await server.close();
    expect(await answerAt(dataDir)).toBe('first');
  });

  it('takes the place of a file that was left behind', async () => {
    const dataDir = await tempFolder();
    await writeControlFile(dataDir, { ...info, pid: process.pid });
    await aServer(dataDir);
    expect(await answerAt(dataDir)).toBe('here');
  });

  it('tells calls that their way broke', async () => {
    const dataDir = await tempFolder();
    const router = { dispatch: () => new Promise<string>(() => {}) };
    const pending = reachNode(dataDir, { signal });
    expect(await pending).toBeUndefined();
    const server = await serveControl(
      { router, events: new Emitter(), logger: silentLogger },
      options(dataDir),
    );
    const bridge = await reachNode(dataDir, { signal });
    const call = bridge?.invoke('anything', '{}');
    void server.close();
    await expect(call).rejects.toThrow('lost');
    await bridge?.closed;
    await expect(bridge?.invoke('anything', '{}')).rejects.toThrow('Not connected');
  });

  it('that cannot be told ends no node', async () => {
    const dataDir = join(await tempFolder(), 'file');
    await writeFile(dataDir, 'no folder');
    const { lines } = await aServer(dataDir);
    expect(lines).toMatchObject([{}, { level: 'warn', message: 'Commands cannot reach this node' }]);
  });
});

describe('A control file', () => {
  it('of a process that is gone is as good as none', async () => {
    const dataDir = await tempFolder();
    await writeControlFile(dataDir, { ...info, pid: await goneProcess() });
    expect(await readControlFile(dataDir)).toBeUndefined();
    expect(await reachNode(dataDir, { signal })).toBeUndefined();
  });

  it('whose port is closed leads nowhere', async () => {
    const dataDir = await tempFolder();
    await writeControlFile(dataDir, { ...info, pid: process.pid });
    expect(await reachNode(dataDir, { signal })).toBeUndefined();
  });

  it('whose port is another program’s leads nowhere', async () => {
    const dataDir = await tempFolder();
    const other = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await writeControlFile(dataDir, { ...info, url: `http://127.0.0.1:${port}`, pid: process.pid });
    expect(await reachNode(dataDir, { signal })).toBeUndefined();
  });

  it('whose token is not the node’s leads nowhere', async () => {
    const dataDir = await tempFolder();
    await aServer(dataDir);
    const { url = '' } = (await readControlFile(dataDir)) ?? {};
    await writeControlFile(dataDir, { ...info, url, pid: process.pid });
    expect(await reachNode(dataDir, { signal })).toBeUndefined();
  });

  it.each([
    'nonsense',
    '{}',
    JSON.stringify({ ...info, token: 't'.repeat(43), pid: 1, url: 'http://example.com:80' }),
  ])('that says %s is as good as none', async (text) => {
    const dataDir = await tempFolder();
    await writeFile(file(dataDir), text);
    expect(await readControlFile(dataDir)).toBeUndefined();
  });

  it('of another node is not taken away', async () => {
    const dataDir = await tempFolder();
    await writeControlFile(dataDir, { ...info, pid: process.pid });
    await removeControlFile(dataDir, new Secret('another-token-of-some-length'));
    expect(await readControlFile(dataDir)).toMatchObject({ url: info.url });
    await removeControlFile(dataDir, info.token);
    expect(await readControlFile(dataDir)).toBeUndefined();
  });
});
