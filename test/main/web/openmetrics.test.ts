import { createHash } from 'node:crypto';
import { request } from 'node:http';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { Emitter } from '../../../src/main/engine/lib/emitter.ts';
import { silentLogger } from '../../../src/main/engine/logger.ts';
import { LiveFeed } from '../../../src/main/ipc/live-feed.ts';
import { MetricsEndpoint } from '../../../src/main/web/metrics.ts';
import { openMetrics } from '../../../src/main/web/openmetrics.ts';
import { startWebServer, type WebServer } from '../../../src/main/web/server.ts';
import { chainRow, moneyRow, nodeRow, saleRow, storageRow, tablesOf } from '../../support/livefixtures.ts';

const TST = 10n ** 18n;

describe('The figures for a monitoring system', () => {
  const rows = {
    node: [nodeRow()],
    chain: [{ ...chainRow(1000), seenAtMs: 5000, servers: [aServer(false, 9), aServer(true, 2)] }],
    wallet: [{ id: 'wallet', address: '0x1', tokens: 12n * TST + 1n, gas: TST / 2n }],
    storage: [storageRow],
    money: [moneyRow({ earned: TST, slashed: 0n, proofsSent: 7, proofsMissed: 1, nextProofBy: 1060 })],
    sales: [
      saleRow('a', { collateral: 5n * TST, currentCollateral: 4n * TST }),
      saleRow('b', { collateral: 2n * TST }),
      saleRow('c', { state: 'finished', endedAt: 1, collateral: 9n * TST }),
    ],
  };

  it('say what the rows say', () => {
    const samples = samplesOf(openMetrics(tablesOf(rows), { nowMs: 9500, queueLength: 1204 }));
    expect(Object.fromEntries(samples)).toEqual({
      'slotkeeper_build_info{version="0.1.0",network="Practice network",kind="practice"}': '1',
      slotkeeper_running: '1',
      slotkeeper_slots_held: '2',
      'slotkeeper_storage_bytes{part="sold"}': '10',
      'slotkeeper_storage_bytes{part="downloading"}': '0',
      'slotkeeper_storage_bytes{part="offered_free"}': '20',
      'slotkeeper_storage_bytes{part="other_files"}': '30',
      'slotkeeper_storage_bytes{part="disk_left"}': '40',
      slotkeeper_queue_length: '1204',
      slotkeeper_proofs_sent_total: '7',
      slotkeeper_proofs_missed_total: '1',
      slotkeeper_next_proof_seconds: '60',
      slotkeeper_chain_reachable: '1',
      slotkeeper_chain_block_age_seconds: '4.5',
      slotkeeper_chain_lag_blocks: '2',
      slotkeeper_gas_ether: '0.5',
      slotkeeper_wallet_tokens: '12.000000000000000001',
      slotkeeper_collateral_at_risk_tokens: '6',
      slotkeeper_earned_tokens: '1',
      slotkeeper_slashed_tokens: '0',
    });
  });

  it('leave out what is not known', () => {
    const samples = samplesOf(openMetrics(tablesOf({}), { nowMs: 0, queueLength: undefined }));
    expect(samples.map(([name]) => name)).toEqual([
      'slotkeeper_running',
      'slotkeeper_slots_held',
      'slotkeeper_collateral_at_risk_tokens',
    ]);
  });

  it('are valid whatever a network is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        const node = nodeRow({ network: { kind: 'custom', name } });
        const text = openMetrics(tablesOf({ ...rows, node: [node] }), { nowMs: 0, queueLength: 0 });
        expect(samplesOf(text)).toHaveLength(20);
      }),
    );
  });
});

describe('/metrics', () => {
  let server: WebServer | undefined;
  afterEach(() => server?.close());

  it('is not there unless it is set', async () => {
    expect((await ask(await serve(undefined))).status).toBe(404);
  });

  it('answers this computer, by the format that it names', async () => {
    const { status, type, body } = await ask(await serve({}));
    expect([status, type]).toEqual([200, 'application/openmetrics-text; version=1.0.0; charset=utf-8']);
    expect(samplesOf(body).map(([name]) => name)).toContain('slotkeeper_queue_length');
  });

  it('asks for its token where it has one', async () => {
    const port = await serve({ tokenSha256: createHash('sha256').update('a-token').digest('hex') });
    for (const authorization of ['', 'Bearer', 'Bearer a-toke', 'Basic a-token', 'a-token'])
      expect((await ask(port, { authorization })).status).toBe(401);
    expect((await ask(port, { authorization: 'Bearer a-token' })).status).toBe(200);
  });

  it('is refused to another host, and to another method', async () => {
    const port = await serve({});
    expect((await ask(port, { host: 'evil.example' })).status).toBe(421);
    expect((await ask(port, {}, 'POST')).status).toBe(405);
  });

  async function serve(settings: { tokenSha256?: string } | undefined): Promise<number> {
    const router = { dispatch: () => expect.fail('Nothing is called') };
    const metrics = settings && new MetricsEndpoint({ live: new LiveFeed(), queueLength: () => 3 }, settings);
    const modules = { router, events: new Emitter<never>(), logger: silentLogger };
    server = await startWebServer({ ...modules, ...(metrics && { metrics }) });
    return server.port;
  }
});

function aServer(isInUse: boolean, lagBlocks: number) {
  return { name: 'a', state: 'good' as const, isInUse, lagBlocks, faults: 0 };
}

function ask(port: number, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{ status: number; type: string | undefined; body: string }>((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, path: '/metrics', method, headers, agent: false },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part: string) => (body += part));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'], body }),
        );
      },
    );
    asked.on('error', reject).end();
  });
}

/**
 * The samples of a text, read by the rules of OpenMetrics 1.0: each family in one piece, its metadata first and each at
 * most once, a name that ends with its unit, the suffix of its type, quoted labels, a number, and `# EOF` at the end.
 */
function samplesOf(text: string): [name: string, value: string][] {
  expect(text.endsWith('\n# EOF\n')).toBe(true);
  const samples: [string, string][] = [];
  const seen = new Set<string>();
  let family = {
    name: '',
    type: '',
    unit: undefined as string | undefined,
    said: new Set<string>(),
    hasSample: false,
  };
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const [, kind = '', name = '', rest = ''] = /^# (TYPE|UNIT|HELP) ([a-z][a-z_]*) (.*)$/.exec(line) ?? [];
    if (kind !== '') {
      if (name !== family.name) {
        expect(seen.has(name), `${name} comes twice`).toBe(false);
        seen.add(name);
        family = { name, type: '', unit: undefined, said: new Set(), hasSample: false };
      }
      expect(family.hasSample || family.said.has(kind), line).toBe(false);
      family.said.add(kind);
      if (kind === 'TYPE') family.type = rest;
      if (kind === 'UNIT') expect(name.endsWith(`_${rest}`), line).toBe(true);
      if (kind === 'HELP') expect(/^(?:[^\\"\n]|\\[\\"n])*$/.test(rest), line).toBe(true);
      continue;
    }
    const label = String.raw`[a-z]+="(?:[^\\"\n]|\\[\\"n])*"`;
    const sample = new RegExp(
      String.raw`^([a-z][a-z_]*)(\{${label}(?:,${label})*\})? (-?\d+(?:\.\d+)?)$`,
      'u',
    ).exec(line);
    expect(sample, line).not.toBeNull();
    const suffix = { gauge: '', counter: '_total', info: '_info' }[family.type];
    expect(sample?.[1], line).toBe(`${family.name}${suffix}`);
    family.hasSample = true;
    samples.push([`${sample?.[1]}${sample?.[2] ?? ''}`, sample?.[3] ?? '']);
  }
  expect(new Set(samples.map(([name]) => name)).size).toBe(samples.length);
  return samples;
}
