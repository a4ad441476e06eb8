import { beforeEach, describe, expect, it } from 'vitest';
import { Emitter } from '../../../src/main/engine/lib/emitter.ts';
import { serveElectron } from '../../../src/main/ipc/electron-transport.ts';
import type { AnyEvent } from '../../../src/main/ipc/events.ts';
import { isOurPage } from '../../../src/main/shell/scheme.ts';
import { channels } from '../../../src/shared/channels.ts';
import { desktop, ipcMain, ipcRenderer } from '../../doubles/electron.ts';
import { recordingLogger } from '../../support/recordinglogger.ts';

describe('Electron transport', () => {
  beforeEach(() => desktop.reset());

  it.each(['https://example.org/', 'app://bundle.example.org/', 'app://other/', 'file:///tmp/x.html', null])(
    'drops a message of the page %s and logs it',
    async (frameUrl) => {
      const { lines, calls } = serve();
      desktop.frameUrl = frameUrl;
      await expect(ipcRenderer.invoke(channels.call, 'snapshot', '{}')).rejects.toThrow('Refused');
      expect(calls).toEqual([]);
      expect(lines).toMatchObject([{ level: 'warn', message: 'Message of a foreign page dropped' }]);
    },
  );

  it('passes a message of our page on', async () => {
    const { calls } = serve();
    expect(await ipcRenderer.invoke(channels.call, 'snapshot', '{}')).toBe('reply');
    expect(calls).toEqual([['snapshot', '{}']]);
  });

  it('sends events to our page only', () => {
    const sent: string[] = [];
    const page = (url: string) => ({ getURL: () => url, send: () => void sent.push(url) });
    const { events } = serve([page('app://bundle/index.html'), page('https://example.org/')]);
    events.emit({ name: 'count', payload: 1n });
    expect(sent).toEqual(['app://bundle/index.html']);
  });

  it('answers and sends nothing once it has ended', async () => {
    const { end, events } = serve();
    end();
    await expect(ipcRenderer.invoke(channels.call, 'snapshot', '{}')).rejects.toThrow('No handler');
    expect(events.size).toBe(0);
  });
});

function serve(pages: { getURL(): string; send(): void }[] = []) {
  const calls: [string, string][] = [];
  const events = new Emitter<AnyEvent>();
  const { logger, lines } = recordingLogger();
  const router = { dispatch: async (name: string, input: string) => (calls.push([name, input]), 'reply') };
  const end = serveElectron({ ipcMain, router, events, pages: () => pages, isOurPage, logger });
  return { calls, events, lines, end };
}
