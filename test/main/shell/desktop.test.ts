import { EventEmitter } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EngineError } from '../../../src/main/engine/errors.ts';
import { Emitter } from '../../../src/main/engine/lib/emitter.ts';
import type { EventOf } from '../../../src/main/ipc/events.ts';
import { LiveFeed } from '../../../src/main/ipc/live-feed.ts';
import {
  launchDesktop,
  runDesktop,
  type DesktopApplication,
  type DesktopSettings,
} from '../../../src/main/shell/desktop.ts';
import type { Api } from '../../../src/shared/api.ts';
import { channels } from '../../../src/shared/channels.ts';
import { decode, encode } from '../../../src/shared/json.ts';
import { app, desktop, ipcRenderer, nativeTheme, powerMonitor } from '../../doubles/electron.ts';
import { until } from '../../support/bridgesuite.ts';
import { chainRow, nodeRow, offerRow, saleRow } from '../../support/livefixtures.ts';
import { recordingLogger } from '../../support/recordinglogger.ts';
import { settled } from '../../support/salesfixtures.ts';

describe('Desktop', () => {
  let folder: string;

  beforeEach(async () => {
    desktop.reset();
    folder = await mkdtemp(join(tmpdir(), 'slotkeeper-shell-'));
    await mkdir(join(folder, 'renderer'));
    await writeFile(join(folder, 'renderer/index.html'), '<!doctype html>');
    await writeFile(join(folder, 'outside.txt'), 'outside');
    app.userData = join(folder, 'user');
  });

  afterEach(() => rm(folder, { recursive: true }));

  describe('start', () => {
    it('leaves at once when another instance runs', async () => {
      app.hasLock = false;
      const { order } = await run();
      expect(order).toEqual([]);
      expect(app.quitCalls).toBe(1);
      expect(desktop.windows).toEqual([]);
    });

    it('shows itself when it is started a second time', async () => {
      await run();
      mainWindow().hide();
      app.emit('second-instance', {}, ['slotkeeper', '.']);
      expect(mainWindow().isShown).toBe(true);
      mainWindow().minimize();
      app.emit('activate');
      expect(mainWindow().isMinimized()).toBe(false);
      expect(desktop.windows).toHaveLength(1);
    });

    it('opens the window before the node has started', async () => {
      let finish = () => {};
      const started = run({ start: () => new Promise<void>((resolve) => (finish = resolve)) });
      await until(() => desktop.windows.length === 1);
      expect(mainWindow().webContents.url).toBe('app://bundle/index.html');
      finish();
      await started;
    });

    it('gives the entry nothing to await: Electron would never become ready', () => {
      app.hasLock = false;
      const openApplication = () => Promise.reject(new Error('not reached'));
      expect(runDesktop({ ...paths(), openApplication })).toBeUndefined();
    });

    it('keeps the window when the node fails: its row says why', async () => {
      const { lines } = await run({ start: () => Promise.reject(new Error('no chain')) });
      expect(mainWindow().isShown).toBe(true);
      expect(app.exitCodes).toEqual([]);
      expect(lines).toContainEqual(
        expect.objectContaining({ level: 'error', message: 'Node did not start' }),
      );
    });

    it('says what to do when the application cannot be opened, and ends', async () => {
      await launchDesktop({
        ...paths(),
        openApplication: () =>
          Promise.reject(new EngineError('DATA_FOLDER_IN_USE', {}, { message: 'Locked by 77.' })),
      });
      expect(desktop.errorBoxes).toMatchObject([{ title: 'Slotkeeper cannot start' }]);
      expect(desktop.errorBoxes[0]?.content).toMatch(/choose another folder with --data\.\n\nLocked by 77/);
      expect(app.exitCodes).toEqual([1]);
    });
  });

  describe('window', () => {
    it('is sandboxed and isolated, with our preload', async () => {
      await run();
      expect(mainWindow().options.webPreferences).toEqual({
        preload: join(folder, 'preload.cjs'),
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webviewTag: false,
        spellcheck: false,
      });
    });

    it('registers its scheme as a secure origin of its own', async () => {
      await run();
      expect(desktop.privileged).toEqual([
        { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
      ]);
    });

    it('is served from the built folder under the policy of the web server', async () => {
      await run();
      const response = await desktop.fetch('app://bundle/index.html');
      expect(response.status).toBe(200);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
      expect((await desktop.fetch('app://bundle/?page=1#home')).status).toBe(200);
    });

    it.each([
      ['app://bundle/../outside.txt', 403],
      ['app://bundle/%2e%2e/outside.txt', 403],
      ['app://bundle/..%2foutside.txt', 403],
      ['app://bundle/missing.js', 404],
      ['app://other/index.html', 404],
    ])('answers %s with %d', async (url, status) => {
      await run();
      expect((await desktop.fetch(url)).status).toBe(status);
    });

    it('answers nothing but GET and HEAD', async () => {
      await run();
      expect((await desktop.fetch('app://bundle/index.html', { method: 'POST' })).status).toBe(405);
    });

    it('goes nowhere else and opens no second window; listed https hosts open in the browser', async () => {
      await run();
      const { webContents } = mainWindow();
      const goTo = (url: string) => {
        let isPrevented = false;
        webContents.emit('will-navigate', { url, preventDefault: () => (isPrevented = true) });
        return isPrevented;
      };
      expect(goTo('app://bundle/index.html#/sales')).toBe(false);
      for (const url of [
        'https://evil.example/',
        'http://github.com/',
        'file:///etc/passwd',
        'javascript:1',
      ]) {
        expect(goTo(url)).toBe(true);
        expect(webContents.openHandler?.({ url })).toEqual({ action: 'deny' });
      }
      expect(desktop.openedOutside).toEqual([]);
      expect(goTo('https://github.com/some/where')).toBe(true);
      expect(webContents.openHandler?.({ url: 'https://docs.archivist.storage/' })).toEqual({
        action: 'deny',
      });
      expect(desktop.openedOutside).toEqual([
        'https://github.com/some/where',
        'https://docs.archivist.storage/',
      ]);
    });

    it('has no permission but to copy text', async () => {
      await run();
      const { session } = mainWindow().webContents;
      const granted = [
        'media',
        'geolocation',
        'notifications',
        'clipboard-read',
        'clipboard-sanitized-write',
      ].filter((permission) => {
        let isGranted = false;
        session.requestHandler?.(null, permission, (answer) => (isGranted = answer));
        expect(session.checkHandler?.(null, permission)).toBe(isGranted);
        return isGranted;
      });
      expect(granted).toEqual(['clipboard-sanitized-write']);
    });

    it('hides when it is closed, and says once that the node runs on', async () => {
      await run();
      mainWindow().close();
      expect([mainWindow().isShown, mainWindow().isDestroyed()]).toEqual([false, false]);
      expect(desktop.notifications.map(({ options }) => options.title)).toEqual(['Slotkeeper keeps running']);
      mainWindow().close();
      expect(desktop.notifications).toHaveLength(1);
    });

    it('remembers after a restart where it was and that it was said', async () => {
      await run();
      mainWindow().maximize();
      mainWindow().close();
      desktop.reset();
      app.userData = join(folder, 'user');
      await run();
      expect(mainWindow().options).toMatchObject({ x: 10, y: 20, width: 1000, height: 700 });
      expect(mainWindow().isMaximized()).toBe(true);
      mainWindow().close();
      expect(desktop.notifications).toEqual([]);
      expect(JSON.parse(await readFile(join(folder, 'user/window.json'), 'utf8'))).toMatchObject({
        toldItRunsOn: true,
      });
    });

    it.each([
      ['whose screen is gone', [{ x: -1920, y: 0, width: 1920, height: 1040 }], false],
      ['whose title bar is above the screen', [{ x: 0, y: 100, width: 1920, height: 1040 }], false],
      [
        'on the second screen',
        [
          { x: -1920, y: 0, width: 1000, height: 800 },
          { x: 0, y: 0, width: 800, height: 600 },
        ],
        true,
      ],
    ])('keeps the size of a window %s, and its place only where it shows', async (_, workAreas, isKept) => {
      await run();
      mainWindow().close();
      desktop.reset();
      app.userData = join(folder, 'user');
      desktop.workAreas = workAreas;
      await run();
      const { x, y, width, height } = mainWindow().options;
      expect([width, height]).toEqual([1000, 700]);
      expect([x, y]).toEqual(isKept ? [10, 20] : [undefined, undefined]);
    });

    it('stays hidden when the session started it, and opens from the tray', async () => {
      await run({}, { args: ['--hidden'] });
      expect(desktop.windows).toEqual([]);
      tray().menu?.choose('Open Slotkeeper');
      expect(mainWindow().isShown).toBe(true);
    });
  });

  describe('calls and events', () => {
    it('connects our page with the node', async () => {
      const { events, router } = await run();
      const received: string[] = [];
      ipcRenderer.on(channels.event, ((_event: unknown, message: string) => received.push(message)) as never);
      events.emit({ name: 'log', payload: [] });
      expect(received.map(decode)).toEqual([{ name: 'log', payload: [] }]);
      expect(await ipcRenderer.invoke(channels.call, 'recentLogs', '{}')).toBe('null');
      expect(router.calls).toEqual([['recentLogs', '{}']]);
    });

    it('refuses a page that is not ours', async () => {
      const { router } = await run();
      desktop.frameUrl = 'https://evil.example/';
      await expect(ipcRenderer.invoke(channels.call, 'recentLogs', '{}')).rejects.toThrow('Refused');
      expect(router.calls).toEqual([]);
    });
  });

  describe('tray', () => {
    it('shows what the node does, and draws itself again only when that changes', async () => {
      const { live } = await run();
      live.set('node', 'node', nodeRow());
      live.set('sales', 'a', saleRow('a'));
      live.flush();
      expect(tray().menu?.labels[0]).toBe('Selling 10.0 GB in 1 slot. All proofs on time.');
      expect(tray().image.path).toMatch(/tray.selling-dark-\d\d\.png$/);
      const { menu } = tray();
      live.set('sales', 'a', saleRow('a', { gasCost: 5n }));
      live.flush();
      expect(tray().menu).toBe(menu);
      nativeTheme.shouldUseDarkColors = process.platform !== 'darwin';
      nativeTheme.emit('updated');
      expect(tray().image.path).toContain('light');
    });

    it('has an image for each state it can show', async () => {
      const { live } = await run({}, { resourcesFolder: join(import.meta.dirname, '../../../resources') });
      const images = new Set([tray().image.path]);
      const show = async (change: () => void) => {
        change();
        live.flush();
        const { path } = tray().image;
        for (const file of [path, path.replace('.png', '@2x.png')]) {
          expect((await readFile(file)).subarray(1, 4).toString()).toBe('PNG');
        }
        images.add(tray().image.path);
      };
      await show(() => live.set('node', 'node', nodeRow()));
      await show(() => live.set('sales', 'a', saleRow('a')));
      await show(() => live.set('chain', 'chain', chainRow(1, 1)));
      await show(() => live.set('node', 'node', nodeRow({ state: 'stopped' })));
      expect(images.size).toBe(4);
    });

    it('speaks the language of the system, or the one that was set, at once', async () => {
      app.systemLanguages = ['de-AT', 'en'];
      const { live, change } = await run();
      live.replace('availabilities', [offerRow('a')]);
      live.flush();
      const labels = () => [tray().menu?.labels ?? [], menuLabels(desktop.applicationMenu as AppMenu)];
      expect(tray().toolTip).toBe('Startet.');
      expect(labels()[0]).toContain('Angebote pausieren');
      expect(labels()[1]).toContain('Slotkeeper beenden');
      change({ language: 'en' });
      expect(labels()[0]).toContain('Pause offers');
      expect(labels()[1]).toContain('Quit Slotkeeper');
      mainWindow().close();
      change({ language: 'de' });
      expect(desktop.notifications.map(({ options }) => options.title)).toEqual(['Slotkeeper keeps running']);
      tray().menu?.choose('Angebote pausieren');
    });

    it('pauses every active offer, and takes paused ones up again', async () => {
      const { live, router } = await run();
      live.replace('availabilities', [offerRow('a'), offerRow('b'), offerRow('c', 'paused')]);
      live.flush();
      tray().menu?.choose('Pause offers');
      expect(router.calls).toEqual(
        ['a', 'b'].map((id) => ['setAvailabilityEnabled', encode({ id, enabled: false })]),
      );
      live.replace('availabilities', [offerRow('c', 'paused')]);
      live.flush();
      tray().menu?.choose('Resume offers');
      expect(router.calls.at(-1)).toEqual(['setAvailabilityEnabled', encode({ id: 'c', enabled: true })]);
    });

    it('opens the window and quits', async () => {
      const { order } = await run();
      mainWindow().hide();
      tray().menu?.choose('Open Slotkeeper');
      expect(mainWindow().isShown).toBe(true);
      tray().menu?.choose('Quit Slotkeeper');
      await until(() => app.exitCodes.length > 0);
      expect(order).toEqual(['start', 'stop']);
    });
  });

  describe('quit', () => {
    it('stops the node first, then ends', async () => {
      let finish = () => {};
      const { order } = await run({ stop: () => new Promise<void>((resolve) => (finish = resolve)) });
      app.quit();
      app.quit();
      await until(() => desktop.messageBoxes.length > 0);
      expect(order).toEqual(['start', 'stop']);
      expect(app.exitCodes).toEqual([]);
      expect(mainWindow().isDestroyed()).toBe(false);
      finish();
      await until(() => app.exitCodes.length > 0);
      expect(app.exitCodes).toEqual([0]);
      expect(order).toEqual(['start', 'stop']);
      expect([mainWindow().isDestroyed(), tray().destroyed]).toEqual([true, true]);
    });

    it('says what it would cost when it is quit again meanwhile, and ends at once if that is meant', async () => {
      const { live } = await run({ stop: () => new Promise<void>(() => {}) });
      const proofs = { sent: 0, missed: 0, failed: 0, sentAt: [], missedAt: [], dueBy: 200 };
      live.set('node', 'node', nodeRow());
      live.set('chain', 'chain', chainRow(100));
      live.set('sales', 'a', saleRow('a', { proofs, collateral: 2n * 10n ** 18n }));
      live.flush();
      app.quit();
      app.quit();
      await until(() => desktop.messageBoxes.length === 1);
      expect(desktop.messageBoxes[0]).toMatchObject({
        message: 'Slotkeeper is still stopping',
        detail: expect.stringMatching(
          /^While it is off: 1 proof is due, by .*: up to 2.00 TST at risk\./,
        ) as string,
        defaultId: 0,
      });
      await settled();
      expect(app.exitCodes).toEqual([]);
      desktop.pressed = 'End now';
      app.quit();
      await until(() => app.exitCodes.length > 0);
      expect(app.exitCodes).toEqual([1]);
    });

    it('ends also when the node does not stop well, and logs why', async () => {
      const { lines } = await run({ stop: () => Promise.reject(new Error('disk gone')) });
      app.quit();
      await until(() => app.exitCodes.length > 0);
      expect(lines).toContainEqual(
        expect.objectContaining({ level: 'error', message: 'Node did not stop well' }),
      );
    });

    it('stops a node that is still starting', async () => {
      const started = run({ start: () => new Promise<void>(() => {}) });
      await until(() => desktop.windows.length === 1);
      app.quit();
      await until(() => app.exitCodes.length > 0);
      expect(app.exitCodes).toEqual([0]);
      void started;
    });
  });

  describe('links', () => {
    const id = `0x${'ab'.repeat(32)}`;
    const other = `0x${'cd'.repeat(32)}`;

    it('shows Home while the node starts, and then the sale of the link it was started with', async () => {
      const { live } = await run({}, { args: [`slotkeeper://sale/${id}`] });
      expect(mainWindow().webContents.url).toBe('app://bundle/index.html#/home');
      mainWindow().webContents.emit('did-finish-load');
      live.set('sales', id, saleRow(id));
      live.set('node', 'node', nodeRow());
      live.flush();
      expect(wentTo()).toEqual([{ page: 'sales', id }]);
      live.set('node', 'node', nodeRow({ workers: { max: 3, busy: 1 } }));
      live.flush();
      expect(wentTo()).toHaveLength(1);
    });

    it.each([
      [`slotkeeper://sale/${id}`, { page: 'sales', id }],
      [`SLOTKEEPER://sale/${id.toUpperCase().replace('X', 'x')}/`, { page: 'sales', id }],
      [`slotkeeper://sale/${other}`, { page: 'sales', id: `${other}@7` }],
      [`slotkeeper://sale/0x${'ee'.repeat(32)}`, { page: 'home', id: 'unknown-link' }],
      [`slotkeeper://sale/${id}/../../wallet`, { page: 'home', id: 'unknown-link' }],
      ['slotkeeper://settings', { page: 'home', id: 'unknown-link' }],
      ['slotkeeper:', { page: 'home', id: 'unknown-link' }],
    ])('opens %s of a second start', async (link, place) => {
      const { live } = await run();
      live.set('node', 'node', nodeRow());
      live.set('sales', id, saleRow(id));
      live.set('sales', `${other}@7`, { ...saleRow(other), id: `${other}@7` });
      live.flush();
      mainWindow().webContents.emit('did-finish-load');
      mainWindow().hide();
      app.emit('second-instance', {}, ['slotkeeper', '--flag', link]);
      expect(wentTo()).toEqual([place]);
      expect(mainWindow().isShown).toBe(true);
    });

    it('loads the place of a link while the page is not there yet', async () => {
      const { live } = await run();
      live.set('node', 'node', nodeRow());
      live.set('sales', id, saleRow(id));
      live.flush();
      app.emit('open-url', { preventDefault: () => {} }, `slotkeeper://sale/${id}`);
      expect(mainWindow().webContents.url).toBe(`app://bundle/index.html#/sales/${id}`);
    });

    it('takes its links only when it was packaged', async () => {
      await run();
      expect(app.linkSchemes).toEqual([]);
      desktop.reset();
      app.userData = join(folder, 'user');
      vi.stubEnv('XDG_CONFIG_HOME', folder);
      app.isPackaged = true;
      await run();
      expect(app.linkSchemes).toEqual(['slotkeeper']);
      vi.unstubAllEnvs();
    });
  });

  describe('power', () => {
    it('keeps the computer awake while slots have to be proven, as its owner wishes', async () => {
      const { live, change } = await run();
      expect(desktop.blockers.size).toBe(0);
      live.set('sales', 'a', saleRow('a'));
      live.flush();
      live.set('sales', 'b', saleRow('b'));
      live.flush();
      expect([...desktop.blockers.values()]).toEqual(['prevent-app-suspension']);
      change({ keepAwake: false });
      expect(desktop.blockers.size).toBe(0);
      change({ keepAwake: true });
      expect(desktop.blockers.size).toBe(1);
      live.replace('sales', [saleRow('a', { state: 'finished', endedAt: 1 })]);
      live.flush();
      expect(desktop.blockers.size).toBe(0);
    });

    it('takes the node up again after a sleep, and lets go of everything at the end', async () => {
      const { live, told } = await run();
      live.set('sales', 'a', saleRow('a'));
      live.flush();
      powerMonitor.emit('suspend');
      powerMonitor.emit('resume');
      expect(told).toContainEqual({ asleepMs: expect.any(Number) as number });
      app.quit();
      await until(() => app.exitCodes.length > 0);
      expect(desktop.blockers.size).toBe(0);
      expect(powerMonitor.eventNames()).toEqual([]);
    });

    it('stops the node before the system shuts down', async () => {
      const { order } = await run();
      let isHeld = false;
      powerMonitor.emit('shutdown', { preventDefault: () => (isHeld = true) });
      await until(() => app.exitCodes.length > 0);
      expect([isHeld, order]).toEqual([true, ['start', 'stop']]);
    });
  });

  describe('crash', () => {
    it('stops the node, starts anew where it was, and tells then what happened', async () => {
      const { crashes, order } = await run();
      crashes.emit('uncaughtException', new Error('out of mind'));
      await until(() => app.exitCodes.length > 0);
      expect([order, app.exitCodes]).toEqual([['start', 'stop'], [1]]);
      expect(app.relaunched).toHaveLength(1);
      expect(app.relaunched[0]).not.toContain('--hidden');
      desktop.reset();
      app.userData = join(folder, 'user');
      const { told } = await run();
      expect(told).toContainEqual(
        expect.objectContaining({ reason: expect.stringContaining('out of mind') as string, count: 1 }),
      );
    });

    it('counts a promise that nobody waits for, too', async () => {
      const { crashes, order, lines } = await run();
      crashes.emit('unhandledRejection', 'no reason');
      await until(() => app.exitCodes.length > 0);
      expect([order, app.relaunched.length]).toEqual([['start', 'stop'], 1]);
      expect(lines).toContainEqual(
        expect.objectContaining({ level: 'fatal', fields: { error: new Error('no reason') } }),
      );
    });

    it('hears nothing more once it has ended', async () => {
      const { crashes } = await run();
      expect(crashes.eventNames()).toEqual(['uncaughtException', 'unhandledRejection']);
      app.quit();
      await until(() => app.exitCodes.length > 0 || crashes.eventNames().length === 0);
      expect(crashes.eventNames()).toEqual([]);
    });

    it('is not started anew when it crashes while it quits', async () => {
      let finish = () => {};
      const { crashes, order } = await run({
        stop: () => new Promise<void>((resolve) => (finish = resolve)),
      });
      app.quit();
      await until(() => order.includes('stop'));
      crashes.emit('uncaughtException', new Error('at the end'));
      finish();
      await until(() => app.exitCodes.length > 0);
      expect([app.relaunched, desktop.errorBoxes]).toEqual([[], []]);
      expect(JSON.parse(await readFile(join(folder, 'user/window.json'), 'utf8'))).not.toHaveProperty(
        'crash',
      );
    });

    it('stays off when it crashes again and again', async () => {
      await mkdir(join(folder, 'user'));
      const crash = { atMs: Date.now() - 70_000, count: 5, reason: 'again' };
      await writeFile(join(folder, 'user/window.json'), JSON.stringify({ crash }));
      const { crashes } = await run();
      crashes.emit('uncaughtException', new Error('and again'));
      await until(() => app.exitCodes.length > 0);
      expect(app.relaunched).toEqual([]);
      expect(desktop.errorBoxes[0]?.content).toContain('6 times');
    });
  });

  it('says to the window what it has', async () => {
    const { told } = await run();
    expect(told).toEqual([
      { kind: 'desktop', hasNotifications: true, canStartAtLogin: false, canKeepAwake: true },
    ]);
  });

  it('opens pages from its menu', async () => {
    const { live } = await run();
    live.flush();
    mainWindow().webContents.emit('did-finish-load');
    const menu = desktop.applicationMenu as { items: Electron.MenuItemConstructorOptions[] };
    const view = menu.items.find(({ label }) => label === 'View')?.submenu;
    const sales = (view as Electron.MenuItemConstructorOptions[]).find(({ label }) => label === 'Sales');
    (sales?.click as (() => void) | undefined)?.();
    expect(wentTo()).toEqual([{ page: 'sales' }]);
  });

  /** The places that the window was asked to show. */
  const wentTo = () =>
    mainWindow()
      .webContents.sent.map(([, message]) => decode(message as string) as { name: string; payload: unknown })
      .filter(({ name }) => name === 'goTo')
      .map(({ payload }) => payload);
  const mainWindow = () => desktop.windows[0] ?? expect.unreachable('There is no window');
  const tray = () => desktop.trays[0] ?? expect.unreachable('There is no tray');
  const paths = (resourcesFolder = folder) => ({
    rendererFolder: join(folder, 'renderer'),
    preloadPath: join(folder, 'preload.cjs'),
    resourcesFolder,
  });

  async function run(
    {
      start = async () => {},
      stop = async () => {},
    }: Partial<Pick<DesktopApplication, 'start' | 'stop'>> = {},
    { resourcesFolder = folder, args = [], settings = {} }: RunOptions = {},
  ) {
    const order: string[] = [];
    const calls: [string, string][] = [];
    const router = {
      calls,
      dispatch: async (name: string, input: string) => (calls.push([name, input]), 'null'),
    };
    const events = new Emitter<EventOf<Api>>();
    const { logger, lines } = recordingLogger();
    const live = new LiveFeed({ after: () => () => {} });
    const onSettings = new Emitter<void>();
    const now: DesktopSettings = {
      startAtLogin: false,
      startHidden: true,
      keepAwake: true,
      language: 'system',
      ...settings,
    };
    const told: unknown[] = [];
    const application: DesktopApplication = {
      router,
      events,
      live,
      logger,
      settings: now,
      onSettings,
      showHost: (host) => told.push(host),
      noteCrash: (crash) => told.push(crash),
      resumed: (asleepMs) => told.push({ asleepMs }),
      start: () => (order.push('start'), start()),
      stop: () => (order.push('stop'), stop()),
    };
    const crashes = new EventEmitter();
    const change = (changes: Partial<DesktopSettings>) => {
      Object.assign(now, changes);
      onSettings.emit();
    };
    const openApplication = async () => application;
    await launchDesktop({ ...paths(resourcesFolder), args, crashes, openApplication });
    return { order, router, events, live, lines, told, crashes, change };
  }
});

interface RunOptions {
  resourcesFolder?: string;
  args?: string[];
  settings?: Partial<DesktopSettings>;
}

type AppMenu = { readonly items: readonly Electron.MenuItemConstructorOptions[] };

/** Of all menus of the application's bar. */
const menuLabels = ({ items }: AppMenu): (string | undefined)[] =>
  items.flatMap(({ submenu }) =>
    (submenu as Electron.MenuItemConstructorOptions[]).map(({ label }) => label),
  );
