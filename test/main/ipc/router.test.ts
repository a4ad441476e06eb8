import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EngineError } from '../../../src/main/engine/errors.ts';
import { createRouter } from '../../../src/main/ipc/router.ts';
import { api, type Api } from '../../../src/shared/api.ts';
import { call, type Handlers, type Reply } from '../../../src/shared/contract.ts';
import { decode, encode } from '../../../src/shared/json.ts';
import { emptyLiveState } from '../../../src/shared/live.ts';
import { recordingLogger } from '../../support/recordinglogger.ts';

describe('Router', () => {
  it('hands a handler what its schema made of the input', async () => {
    const { ask } = route({ total: z.strictObject({ limit: z.int().default(500) }) }, ({ limit }) => limit);
    expect(await ask({})).toEqual({ ok: true, value: 500 });
  });

  it('names every part of an input that is wrong, readable', async () => {
    const { ask } = route({
      total: z.strictObject({ size: z.bigint().positive(), name: z.string().min(1) }),
    });
    const reply = await ask({ size: 0n, name: '', more: true });
    expect(reply).toMatchObject({ ok: false, error: { code: 'BAD_INPUT' } });
    expect(reply).toMatchObject({
      error: {
        details: { issues: [{ path: 'size' }, { path: 'name' }, { path: '' }] },
        message: /size: .*; name: /,
      },
    });
  });

  it('logs what was not thrown on purpose whole, under the id the window is told', async () => {
    const { ask, lines } = route({ total: z.strictObject({}) }, () => {
      throw new TypeError('Cannot read /home/someone/secret');
    });
    const reply = await ask({});
    expect(reply).toMatchObject({ ok: false, error: { code: 'INTERNAL' } });
    const { id } = (reply as unknown as { error: { details: { id: string } } }).error.details;
    expect(encode(reply)).not.toContain('someone');
    expect(lines).toMatchObject([
      { level: 'error', fields: { errorId: id, error: { message: 'Cannot read /home/someone/secret' } } },
    ]);
  });

  it('says that the node is stopping when work was called off', async () => {
    const { ask } = route({ total: z.strictObject({}) }, () => AbortSignal.abort().throwIfAborted());
    expect(await ask({})).toMatchObject({ ok: false, error: { code: 'NODE_STOPPING' } });
  });

  it('answers with the code of an error whose details cannot cross', async () => {
    const { ask } = route({ total: z.strictObject({}) }, () => {
      const details: { self?: unknown } = {};
      details.self = details;
      throw new EngineError('ROUND', details);
    });
    expect(await ask({})).toMatchObject({ ok: false, error: { code: 'ROUND', details: {} } });
  });

  it('answers with an error when what a handler returned cannot cross', async () => {
    const { ask } = route({ total: z.strictObject({}) }, () => () => 'a function');
    expect(await ask({})).toMatchObject({ ok: false, error: { code: 'INTERNAL' } });
  });

  it('serves the contract of the application', async () => {
    const { logger } = recordingLogger();
    const router = createRouter(api, exampleHandlers, { logger });
    const input = { id: `0x${'ab'.repeat(32)}`, enabled: false };
    const ask = async (name: string, input: unknown) => decode(await router.dispatch(name, encode(input)));
    expect(await ask('setAvailabilityEnabled', input)).toEqual({ ok: true, value: null });
    expect(await ask('setAvailabilityEnabled', { ...input, id: '0xab' })).toMatchObject({ ok: false });
    expect(await ask('setPracticeSpeed', { speed: 121 })).toMatchObject({ error: { code: 'BAD_INPUT' } });
  });
});

/** What handlers look like: one function a call. A missing or mistyped one does not compile. */
const exampleHandlers: Handlers<Api> = {
  snapshot: () => ({
    revision: 0,
    tables: Object.fromEntries(Object.keys(emptyLiveState.tables).map((name) => [name, []])) as never,
  }),
  createAvailability: async ({ totalBytes }) => ({ id: `0x${totalBytes.toString(16).padStart(64, '0')}` }),
  updateAvailability: () => null,
  deleteAvailability: () => ({ state: 'deleted' }),
  setAvailabilityEnabled: () => null,
  setWorkers: () => null,
  whyNot: () => expect.fail('not asked for'),
  backtest: () => expect.fail('not asked for'),
  risk: () => expect.fail('not asked for'),
  accountTotals: () => expect.fail('not asked for'),
  accountLines: () => expect.fail('not asked for'),
  accountChart: () => expect.fail('not asked for'),
  accountCheck: () => expect.fail('not asked for'),
  exportAccounts: () => ({ kind: 'notChosen' }),
  recentLogs: () => [],
  logTopics: () => [],
  olderLogs: () => ({ lines: [], leftBytes: 0 }),
  beginLogExport: () => ({ kind: 'notChosen' }),
  continueLogExport: () => expect.fail('not asked for'),
  cancelLogExport: () => null,
  diagnostics: () => expect.fail('not asked for'),
  saveDiagnostics: () => ({ kind: 'notChosen' }),
  networks: () => [],
  proposeNetworkUpdate: () => expect.fail('not asked for'),
  proposeNetworkRevert: () => expect.fail('not asked for'),
  acceptNetworkUpdate: () => null,
  proposeNetworkUse: () => expect.fail('not asked for'),
  useNetwork: () => null,
  checkNetwork: ({ id }) => ({ id, servers: [], problems: [] }),
  settings: () => expect.fail('not asked for'),
  changeSettings: () => expect.fail('not asked for'),
  openAccess: () => expect.fail('not asked for'),
  closeAccess: () => expect.fail('not asked for'),
  setMetrics: () => expect.fail('not asked for'),
  walletStatus: () => ({ state: 'none', unattended: 'none', keyStore: { ok: true } }),
  createWallet: () => expect.fail('not asked for'),
  confirmMnemonic: () => expect.fail('not asked for'),
  importWallet: () => expect.fail('not asked for'),
  unlockWallet: () => null,
  lockWallet: () => null,
  changePassphrase: () => null,
  setUnattended: () => null,
  exportWallet: () => expect.fail('not asked for'),
  removeWallet: () => expect.fail('not asked for'),
  storage: () => ({ folder: '/data/slots', nodeFolder: '' }),
  moveStorage: () => null,
  cancelStorageMove: () => null,
  restartNode: () => null,
  setPracticeSpeed: () => null,
  makePracticeSlash: () => ({ state: 'waiting', slotId: '0x', cost: 1n, at: 1 }),
};

function route<Input extends z.ZodType>(
  { total }: { total: Input },
  handler: (input: z.output<Input>) => unknown = () => null,
) {
  const { logger, lines } = recordingLogger();
  const contract = { calls: { total: call(total).returns<unknown>() }, events: {} };
  const handlers = { total: handler } as Handlers<typeof contract>;
  const router = createRouter(contract, handlers, { logger });
  const ask = async (input: unknown) => decode(await router.dispatch('total', encode(input))) as Reply;
  return { ask, lines };
}
