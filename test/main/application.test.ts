import { afterEach, describe, expect, it } from 'vitest';
import { Application, type ApplicationModules } from '../../src/main/application.ts';
import { Secret } from '../../src/main/engine/lib/secret.ts';
import { untilAborted } from '../../src/main/engine/lib/abort.ts';
import type { NodeOptions, SlotkeeperNode } from '../../src/main/engine/node.ts';
import { QuotaError } from '../../src/main/engine/quota.ts';
import { createLogging } from '../../src/main/logging/logging.ts';
import type { PracticeHandle } from '../../src/main/practice/launch.ts';
import { parseSettings } from '../../src/main/settings-file.ts';
import type { AvailabilityRow } from '../../src/shared/rows.ts';
import type { Notice } from '../../src/shared/notice.ts';
import type { RequestId } from '../../src/main/engine/contracts/ids.ts';
import { fakeNode } from '../support/fakenode.ts';
import { Gate } from '../support/fakeslothost.ts';
import { account, word } from '../support/requests.ts';
import { settled } from '../support/salesfixtures.ts';
import { tempFolder } from '../support/tempfolder.ts';

type CreateNode = NonNullable<ApplicationModules['createNode']>;
type LaunchPractice = NonNullable<ApplicationModules['launchPractice']>;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A practice network that only says that it is there. */
class FakePractice implements PracticeHandle {
  readonly info = {
    rpcUrl: 'http://127.0.0.1:1',
    wsUrl: 'ws://127.0.0.1:1',
    deployment: { name: 'Practice', chainId: 1, marketplace: account(1), abi: [], deployedAtBlock: 0 },
    token: account(2),
    hostKey: new Secret('ab'.repeat(32)),
    peers: [],
    bootstrap: [] as string[],
    periodSeconds: 60,
  };
  readonly #log: string[];
  #fail: ((error: Error) => void) | undefined;

  constructor(log: string[]) {
    this.#log = log;
  }

  async setSpeed(speed: number): Promise<void> {
    this.#log.push(`speed ${speed}`);
  }

  async postRequest(): Promise<RequestId> {
    return word<RequestId>(1);
  }

  onFailed(listener: (error: Error) => void): () => void {
    this.#fail = listener;
    return () => (this.#fail = undefined);
  }

  die(message: string): void {
    this.#fail?.(new Error(message));
  }

  async stop(): Promise<void> {
    this.#log.push('practice stopped');
  }
}

async function anApplication(
  makeNode: (log: string[], signal: AbortSignal) => Promise<SlotkeeperNode> = (log) => fakeNode(log),
  settings: object = {},
) {
  const log: string[] = [];
  const dataDir = await tempFolder();
  const practice = new FakePractice(log);
  const logging = createLogging();
  const asked: { rpcUrls?: readonly string[]; family?: string } = {};
  const given: NodeOptions[] = [];
  const createFake: CreateNode = (options, { signal }) => {
    given.push(options);
    asked.rpcUrls = options.rpcUrls;
    return makeNode(log, signal);
  };
  const launchFake: LaunchPractice = async (_, { family }) => {
    asked.family = family;
    return practice;
  };
  const application = new Application(
    { logging, createNode: createFake, launchPractice: launchFake },
    {
      dataDir,
      settings: parseSettings('a test', settings),
      daemonPath: 'no daemon',
      libp2pPath: 'no thread',
      version: '0.0.0',
    },
  );
  closing.push(
    () => application.stop().catch(() => {}),
    () => logging.close(),
  );
  const notices: Notice[] = [];
  application.events.subscribe((event) => {
    if (event.name === 'notice') notices.push(event.payload);
  });
  const row = () => {
    application.live.flush();
    return application.live.snapshot().tables.node[0];
  };
  return { application, practice, log, notices, row, asked, given };
}

/** A start that ends only when it is called off, and then takes a while. */
function hanging() {
  const gate = new Gate();
  const makeNode = async (log: string[], signal: AbortSignal): Promise<SlotkeeperNode> => {
    try {
      await untilAborted(gate.pass(), signal);
      return await fakeNode(log);
    } finally {
      await settled();
      log.push('start unwound');
    }
  };
  return { makeNode, reached: gate.reached };
}

describe('Application', () => {
  it.each([
    ['direct', 'http', 'http://127.0.0.1:1'],
    ['vault', 'ws', 'ws://127.0.0.1:1'],
  ])('practises with the %s family and reaches its chain by %s', async (family, transport, url) => {
    const network = { kind: 'practice', family, transport };
    const { application, asked } = await anApplication((log) => fakeNode(log), { network });
    await application.start();
    expect(asked).toEqual({ family, rpcUrls: [url] });
  });

  it('looks for the peers of practice on this computer only, and only where it is told to', async () => {
    const start = async (peers: string, bootstrap: string[]) => {
      const network = { kind: 'practice', exchange: 'libp2p', peers };
      const { application, practice, given } = await anApplication((log) => fakeNode(log), { network });
      practice.info.bootstrap.push(...bootstrap);
      await application.start();
      return given[0];
    };
    expect(await start('told', [])).not.toHaveProperty('discovery');
    const found = await start('dht', ['spr:abc']);
    const listen = { host: '127.0.0.1', port: 0, discoveryPort: 0 };
    expect(found?.discovery).toEqual({ bootstrap: ['spr:abc'], listen, mapsPorts: false });
    expect(found?.mustBeVerifiable).toBe(false);
  });

  it('starts the node once, and stops it before the practice network', async () => {
    const { application, log, row } = await anApplication();
    expect(row()?.state).toBe('starting');
    const [node, same] = await Promise.all([application.start(), application.start()]);
    expect(same).toBe(node);
    expect([application.node, row()?.state]).toEqual([node, 'running']);
    await Promise.all([application.stop(), application.stop()]);
    expect(log).toEqual(['node stopped', 'practice stopped']);
    expect([application.node, row()?.state]).toEqual([undefined, 'stopped']);
  });

  it('leaves nothing running when the start fails, and says why in the row of the node', async () => {
    const message = 'The quota is larger than the disk.';
    const { application, log, row } = await anApplication(() =>
      Promise.reject(new QuotaError('QUOTA_OVER_DISK', {}, { message })),
    );
    await expect(application.start()).rejects.toMatchObject({ code: 'QUOTA_OVER_DISK' });
    expect(log).toEqual(['practice stopped']);
    expect(row()).toMatchObject({ state: 'failed', failure: { code: 'QUOTA_OVER_DISK', message } });
    await application.stop();
    expect(log).toEqual(['practice stopped']);
  });

  it('stopped while it starts, waits until the start has unwound', async () => {
    const { makeNode, reached } = hanging();
    const { application, log, row } = await anApplication(makeNode);
    const start = expect(application.start()).rejects.toMatchObject({ name: 'AbortError' });
    await reached;
    await application.stop();
    expect(log).toEqual(['start unwound', 'practice stopped']);
    expect(row()?.state).toBe('stopped');
    await start;
  });

  it('stops a node whose start comes to its end though it was called off', async () => {
    const gate = new Gate();
    const { application, log } = await anApplication(async (events) => {
      await gate.pass();
      return fakeNode(events);
    });
    const start = expect(application.start()).rejects.toMatchObject({ name: 'AbortError' });
    await gate.reached;
    const stopped = application.stop();
    gate.open();
    await stopped;
    await start;
    expect(log).toEqual(['node stopped', 'practice stopped']);
    expect(application.node).toBeUndefined();
  });

  it('is called off by the signal of its start', async () => {
    const { makeNode, reached } = hanging();
    const { application, log } = await anApplication(makeNode);
    const controller = new AbortController();
    const start = application.start(controller);
    await reached;
    controller.abort();
    await expect(start).rejects.toMatchObject({ name: 'AbortError' });
    expect(log).toEqual(['start unwound', 'practice stopped']);
  });

  it('stops the node when the practice network ends by itself, and tells everybody', async () => {
    const { application, practice, log, notices, row } = await anApplication();
    const failures: Error[] = [];
    application.onFailed.subscribe((error) => failures.push(error));
    await application.start();
    practice.die('The practice network ended by itself (SIGKILL)');
    expect(row()).toMatchObject({ state: 'failed', failure: { code: 'PRACTICE_ENDED' } });
    application.live.flush();
    expect(notices).toMatchObject([{ kind: 'nodeStopped' }]);
    expect(failures).toMatchObject([
      { code: 'PRACTICE_ENDED', message: expect.stringContaining('SIGKILL') as string },
    ]);
    await expect.poll(() => log).toEqual(['node stopped', 'practice stopped']);
    expect(application.node).toBeUndefined();
    expect(row()?.state).toBe('failed');
    await application.stop();
  });

  it('starts again after it failed, and says so in the row of the node', async () => {
    const { application, practice, log, row } = await anApplication();
    const down: Error[] = [];
    application.onDown.subscribe((error) => down.push(error));
    const first = await application.start();
    practice.die('gone');
    application.showRestart(5);
    expect(row()).toMatchObject({ state: 'failed', restartAtMs: 5 });
    const second = await application.restart();
    expect(second).not.toBe(first);
    expect([application.node, log]).toEqual([second, ['node stopped', 'practice stopped']]);
    expect(row()).toMatchObject({ state: 'running', restarted: { count: 1, reason: 'gone' } });
    expect(row()).not.toHaveProperty('restartAtMs');
    expect(row()).not.toHaveProperty('failure');
    expect(down).toHaveLength(1);
  });

  it('starts again though what was left of it could not be closed', async () => {
    const { application, practice, row } = await anApplication();
    practice.stop = () => Promise.reject(new Error('It does not end.'));
    await application.start();
    practice.die('gone');
    await application.restart();
    expect(row()).toMatchObject({ state: 'running', restarted: { count: 1 } });
  });

  it('fails a second start as it failed the first, and none once it was stopped', async () => {
    const message = 'The quota is larger than the disk.';
    const { application, row } = await anApplication(() =>
      Promise.reject(new QuotaError('QUOTA_OVER_DISK', {}, { message })),
    );
    await application.start().catch(() => {});
    await expect(application.restart()).rejects.toMatchObject({ code: 'QUOTA_OVER_DISK' });
    expect(row()).toMatchObject({ state: 'failed', failure: { code: 'QUOTA_OVER_DISK' } });
    await application.stop();
    await expect(application.restart()).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('says that it is new until its owner has seen the first steps', async () => {
    const { application, row } = await anApplication();
    expect(row()?.isNew).toBe(true);
    await application.start();
    expect(row()?.isNew).toBe(true);
    await application.router.dispatch('changeSettings', JSON.stringify({ onboarded: true }));
    expect(row()?.isNew).toBe(false);
  });

  it('is not new where something is offered already', async () => {
    const { application, row } = await anApplication();
    application.live.set('availabilities', 'a', { id: 'a' } as AvailabilityRow);
    await application.start();
    expect(row()?.isNew).toBe(false);
  });

  it('takes up at once what the owner wishes to be told, and keeps secrets of the settings to itself', async () => {
    const { application } = await anApplication();
    const heard: unknown[] = [];
    application.onSettings.subscribe(({ notices }) => heard.push(notices));
    const ask = (name: string, input: object) => application.router.dispatch(name, JSON.stringify(input));
    await ask('changeSettings', { notices: 'losses', quietHours: { from: '22:00', to: '07:00' } });
    expect([heard, application.settings.quietHours?.to]).toEqual([['losses'], '07:00']);
    const refused = await ask('changeSettings', { quietHours: { from: '24:00', to: '07:00' } });
    expect(refused).toContain('BAD_INPUT');
    expect(await ask('changeSettings', { access: null })).toContain('BAD_INPUT');
  });

  it('fails its start when the practice network ends meanwhile, with that as the reason', async () => {
    const { makeNode, reached } = hanging();
    const { application, practice, log, row } = await anApplication(makeNode);
    const start = application.start();
    await reached;
    practice.die('gone');
    await expect(start).rejects.toMatchObject({ code: 'PRACTICE_ENDED' });
    expect(log).toEqual(['start unwound', 'practice stopped']);
    expect(row()).toMatchObject({ state: 'failed', failure: { code: 'PRACTICE_ENDED' } });
  });

  it('makes a slash on the practice network only, and says when no slot could have one', async () => {
    const slash = (of: Application) => of.router.dispatch('makePracticeSlash', '{}');
    const { application, given } = await anApplication();
    expect(await slash(application)).toContain('NODE_NOT_RUNNING');
    await application.start();
    expect(await slash(application)).toContain('PRACTICE_NO_SLOT');
    expect(given[0]?.prover?.name).toBe('practice');
    const network = { kind: 'custom', marketplace: account(3), rpcUrls: ['http://127.0.0.1:1'] };
    const { application: live } = await anApplication((log) => fakeNode(log), { network });
    expect(await slash(live)).toContain('NOT_ON_PRACTICE');
  });

  it('says when it cannot set the speed yet, and shows the one that is set', async () => {
    const { application, row } = await anApplication();
    const speed = (value: number) =>
      application.router.dispatch('setPracticeSpeed', JSON.stringify({ speed: value }));
    expect(JSON.stringify(await speed(60))).toContain('NODE_NOT_RUNNING');
    expect(row()?.practiceSpeed).toBe(10);
    await application.start();
    await speed(60);
    expect(row()?.practiceSpeed).toBe(60);
  });
});

describe('What happened to the program', () => {
  it('is told: its start and its end, why it failed, a chain that falls silent, and settings by their names', async () => {
    const { application, given, lines } = await aTold();
    await application.start();
    const rows = given[0]?.rows;
    const chain = { id: 'chain', block: 1, time: 1_800_000_000, seenAtMs: Date.now(), periodSeconds: 60 };
    rows?.set('chain', chain);
    rows?.set('chain', { ...chain, unreachableSinceMs: Date.now() - 60_000 });
    rows?.set('chain', { ...chain, unreachableSinceMs: Date.now() - 60_000 });
    rows?.set('chain', chain);
    rows?.set('activity', { id: '1', at: chain.time, kind: 'proof', text: 'A proof' });
    rows?.delete('activity', '1');
    await application.router.dispatch('changeSettings', '{"workers":5,"logLevel":"debug"}');
    await application.stop();
    expect(lines()).toEqual([
      'Slotkeeper 0.0.0 started, on Practice network',
      'The chain does not answer',
      'The chain answers again, after 1 min',
      'A proof',
      'Settings changed: workers, logLevel',
      'Slotkeeper stopped',
    ]);
  });

  it('is told of a start that failed, and not of an end that was none', async () => {
    const { application, lines } = await aTold(() => Promise.reject(new Error('No chain here')));
    await expect(application.start()).rejects.toThrow();
    await application.stop();
    expect(lines()).toEqual(['Slotkeeper cannot run: No chain here']);
  });

  async function aTold(makeNode?: () => Promise<SlotkeeperNode>) {
    const made = await anApplication(makeNode);
    const texts = new Map<string, string>();
    made.application.live.subscribe(({ changes }) => {
      for (const { table, id, row } of changes) if (table === 'activity' && row) texts.set(id, row.text);
    });
    return {
      ...made,
      lines: () => [...texts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text),
    };
  }
});
