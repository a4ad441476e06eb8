import { afterEach, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/main/engine/network/endpoint.ts';
import type { UdpSocket } from '../../src/main/engine/network/udpsocket.ts';

export interface UdpSocketWorld {
  /** On this computer; port 0 for any. */
  socket(port: number): UdpSocket;
  /** Resolves when what was sent has arrived, or a while has passed. */
  settle(): Promise<void>;
}

/** What every socket keeps, whatever carries its datagrams. */
export function udpSocketSuite(name: string, makeWorld: () => UdpSocketWorld): void {
  describe(name, () => {
    const world = makeWorld();
    const open: UdpSocket[] = [];
    const listen = async (port = 0) => {
      const socket = world.socket(port);
      open.push(socket);
      const got: { text: string; from: Endpoint }[] = [];
      const at = await socket.open((bytes, from) => got.push({ text: Buffer.from(bytes).toString(), from }));
      return { socket, at, got };
    };

    afterEach(async () => {
      for (const socket of open.splice(0)) await socket.close();
    });

    it('delivers a datagram with the address that it came from', async () => {
      const [a, b] = [await listen(), await listen()];
      a.socket.send(Buffer.from('hello'), b.at);
      await world.settle();
      expect(b.got).toEqual([{ text: 'hello', from: a.at }]);
      b.socket.send(Buffer.from('you too'), (b.got[0] as { from: Endpoint }).from);
      await world.settle();
      expect(a.got).toEqual([{ text: 'you too', from: b.at }]);
    });

    it('says where it listens', async () => {
      const { at } = await listen();
      expect(at).toMatchObject({ host: '127.0.0.1' });
      expect(at.port).toBeGreaterThan(0);
    });

    it('says when the port is taken', async () => {
      const { at } = await listen();
      await expect(listen(at.port)).rejects.toMatchObject({ code: 'SOCKET_FAILED' });
    });

    it('drops what nobody listens for, and what has no address', async () => {
      const { socket, at, got } = await listen();
      const gone = await listen();
      await gone.socket.close();
      socket.send(Buffer.from('nobody'), gone.at);
      socket.send(Buffer.from('no port'), { host: '127.0.0.1', port: 0 });
      socket.send(Buffer.from('no number'), { host: 'localhost', port: at.port });
      socket.send(Buffer.from('another family'), { host: '::1', port: at.port });
      await world.settle();
      expect(got).toEqual([]);
      socket.send(Buffer.from('still there'), at);
      await world.settle();
      expect(got.map(({ text }) => text)).toEqual(['still there']);
    });

    it('neither sends nor receives once it is closed, and can be closed twice', async () => {
      const [a, b] = [await listen(), await listen()];
      await b.socket.close();
      await b.socket.close();
      a.socket.send(Buffer.from('late'), b.at);
      b.socket.send(Buffer.from('late'), a.at);
      await world.settle();
      expect([a.got, b.got]).toEqual([[], []]);
    });

    it('can be closed without having been opened', async () => {
      await world.socket(0).close();
    });
  });
}
