import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Lets transactions through to the chain, up to one with which something happens. */
export class KillingProxy {
  /** Called for each transaction; what it does before `forward`, the chain does not know of yet. */
  onSend: (forward: () => Promise<void>) => Promise<void> = (forward) => forward();
  readonly url: string;
  readonly #close: () => Promise<void>;

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.#close = close;
  }

  static async start(target: string): Promise<KillingProxy> {
    const server = createServer((request, response) => {
      const answer = async () => {
        const body = await text(request);
        let answered = '';
        const forward = async () => {
          const got = await fetch(target, {
            method: 'POST',
            body,
            headers: { 'content-type': 'application/json' },
          });
          answered = await got.text();
        };
        await (body.includes('eth_sendRawTransaction') ? proxy.onSend(forward) : forward());
        response.setHeader('content-type', 'application/json');
        response.end(answered);
      };
      answer().catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const proxy = new KillingProxy(`http://127.0.0.1:${port}`, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return proxy;
  }

  async stop(): Promise<void> {
    await this.#close();
  }
}
