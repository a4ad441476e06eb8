import { release } from 'node:os';
import { dirname, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Diagnostics, LogLine } from '../../shared/api.ts';
import type { LiveSnapshot } from '../../shared/live.ts';
import type { Level } from '../../shared/logfilter.ts';
import { plain } from '../../shared/plain-json.ts';
import type { Settings } from '../../shared/settings.ts';
import { throwIfAborted } from '../engine/lib/abort.ts';
import { blotSecrets } from '../engine/lib/secret.ts';
import type { Before, LogArchive } from '../logging/archive.ts';
import { exportedLine, recordOf } from '../logging/records.ts';
import { Redactor, type KnownPrivate } from './redactor.ts';

export interface DiagnosticsFacts {
  readonly tables: LiveSnapshot['tables'];
  /** Without its secrets already. */
  readonly settings: Settings;
  readonly archive: Pick<LogArchive, 'page'>;
  readonly dataDir: string;
  /** Slots that wait, of which the rows have the first only. */
  readonly queueLength?: number | undefined;
  readonly nowMs: number;
}

export interface DiagnosticsLimits {
  readonly lines?: number;
  readonly graveLines?: number;
}

/**
 * What helps to find out what is wrong with a node, as one text that can be read before it leaves: how it is set, what
 * its rows say, how much there is of what, what failed, and the newest log lines. All of it went through `Redactor`.
 */
export async function makeDiagnostics(
  facts: DiagnosticsFacts,
  { signal, known = {}, ...limits }: DiagnosticsLimits & { signal: AbortSignal; known?: KnownPrivate },
): Promise<Omit<Diagnostics, 'id'>> {
  const { lines = 500, graveLines = 100 } = limits;
  const content = {
    ...stateOf(facts),
    grave_lines: await newest(facts.archive, 'warn', graveLines, signal),
    newest_lines: await newest(facts.archive, undefined, lines, signal),
  };
  const redactor = new Redactor({ ...privateOf(facts), ...known });
  const data = plain(content) as Record<string, unknown>;
  await inTurns(data, (value, key) => redactor.learn(value, key), signal);
  const redacted = await inTurns(data, (value, key) => redactor.value(value, key), signal);
  const text = documentText({
    about: ABOUT,
    made: new Date(facts.nowMs).toISOString(),
    replaced: redactor.replaced,
    ...redacted,
  });
  const name = `slotkeeper-diagnostics-${new Date(facts.nowMs).toISOString().slice(0, 10)}.json`;
  // Nothing should be left to find here: a secret that is alive leaves by no way.
  return { name, text: blotSecrets(text), replaced: redactor.replaced };
}

/** Works on each member, and on each of the lines of a list, and lets others have a turn after each. */
async function inTurns(
  data: Readonly<Record<string, unknown>>,
  work: (value: unknown, key: string) => unknown,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const done: Record<string, unknown> = {};
  const turn = async (value: unknown, key: string) => {
    const result = work(value, key);
    await setImmediate();
    throwIfAborted(signal);
    return result;
  };
  for (const [name, value] of Object.entries(data)) {
    if (!Array.isArray(value)) {
      done[name] = await turn(value, name);
      continue;
    }
    const items: unknown[] = [];
    for (const item of value) items.push(await turn(item, name));
    done[name] = items;
  }
  return done;
}

const ABOUT =
  'Diagnostics of Slotkeeper. Names such as address-1 or server-2 stand for what was replaced; the same name is the same thing.';

function stateOf({ tables, settings, queueLength, nowMs }: DiagnosticsFacts) {
  const [node] = tables.node;
  const [chain] = tables.chain;
  const [wallet] = tables.wallet;
  const { electron } = process.versions;
  return {
    program: {
      version: node?.version,
      runs_in: electron === undefined ? 'Node' : `Electron ${electron}`,
      node: process.version,
      platform: process.platform,
      system: release(),
      architecture: process.arch,
      up_seconds: Math.round(process.uptime()),
      memory_bytes: process.memoryUsage().rss,
    },
    settings,
    node: node && {
      state: node.state,
      failure: node.failure,
      restarted: node.restarted,
      restart_in_ms: node.restartAtMs === undefined ? undefined : node.restartAtMs - nowMs,
      network: node.network,
      workers: node.workers,
      host: node.host,
      practice_speed: node.practiceSpeed,
      wallet: node.wallet?.state,
    },
    chain: chain && { ...chain, unanswered_ms: chain.unreachableSinceMs && nowMs - chain.unreachableSinceMs },
    // What it holds would tell whose it is.
    wallet: wallet && { gas_lasts_for_proofs: wallet.proofsLeft, has_tokens: wallet.tokens > 0n },
    peers: tables.peers[0],
    storage: tables.storage[0],
    counts: {
      offers: counted(tables.availabilities, ({ state }) => state),
      sales: counted(tables.sales, ({ state }) => state),
      outcomes: counted(tables.sales, ({ outcome }) => outcome?.code),
      waiting_slots: queueLength ?? tables.queue.length,
      not_taken: counted(tables.refused, ({ code }) => code),
      proofs: { sent: tables.money[0]?.proofsSent, missed: tables.money[0]?.proofsMissed },
    },
    failures: failuresOf(tables),
  };
}

function failuresOf({ sales, activity }: LiveSnapshot['tables']) {
  const ofProofs = sales.flatMap(({ slotId, proofs: { lastFailure } }) =>
    lastFailure
      ? [{ at: isoOf(lastFailure.at), slot: slotId, cause: lastFailure.cause, text: lastFailure.text }]
      : [],
  );
  const told = activity
    .filter(({ kind }) => graveKinds.has(kind))
    .map(({ at, kind, text, saleId }) => ({ at: isoOf(at), kind, text, ...(saleId && { slot: saleId }) }));
  return [...ofProofs, ...told].toSorted((a, b) => (a.at < b.at ? -1 : 1)).slice(-50);
}

const graveKinds = new Set([
  'failed',
  'lost',
  'slashed',
  'proofMissed',
  'dataMissing',
  'chain',
  'nodeFailed',
]);

const isoOf = (seconds: number): string => new Date(seconds * 1000).toISOString();

function counted<Row>(rows: readonly Row[], nameOf: (row: Row) => string | undefined) {
  const counts: Record<string, number> = { all: rows.length };
  for (const row of rows) {
    const name = nameOf(row);
    if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Lines of the files as others get them, oldest first. */
async function newest(
  archive: Pick<LogArchive, 'page'>,
  level: Level | undefined,
  limit: number,
  signal: AbortSignal,
): Promise<unknown[]> {
  let lines: readonly LogLine[] = [];
  let before: Before = { timeMs: Number.MAX_SAFE_INTEGER };
  for (let pages = 0; pages < MOST_PAGES && lines.length < limit; pages++) {
    const page = await archive.page({ level }, { before, limit: limit - lines.length }, { signal });
    lines = [...page.lines, ...lines];
    if (page.next === undefined) break;
    before = { cursor: page.next };
  }
  const exported: unknown[] = [];
  for (const { json } of lines) {
    const record = recordOf(json);
    if (record) exported.push(JSON.parse(exportedLine(record)));
    await setImmediate();
  }
  return exported;
}

/** All that there is: files of 50 MB are so many pages at most. */
const MOST_PAGES = 20;

/** What these facts themselves say is private. */
function privateOf({ settings, tables, dataDir }: DiagnosticsFacts): KnownPrivate {
  const { network, access } = settings;
  const [node] = tables.node;
  const servers = [
    ...(node?.network.servers ?? []),
    ...(tables.chain[0]?.servers ?? []).map(({ name }) => name),
  ];
  const urls = network.kind === 'practice' ? [] : network.rpcUrls;
  const marketplace = node?.network.marketplace?.toLowerCase();
  return {
    folders: { ...foldersOf(settings, tables), [dataDir]: '[data folder]' },
    urls,
    hosts: [...servers.map(hostOf), ...urls.map(hostOf), ...(access ? [access.host, ...access.names] : [])],
    isPublic: (id) => id === marketplace,
  };
}

/** Those outside the home and the data folder: where they lie may tell whose they are. */
function foldersOf(
  { network, access }: Settings,
  tables: LiveSnapshot['tables'],
): Readonly<Record<string, string>> {
  const files = {
    ABI: network.kind === 'custom' ? network.abiFile : undefined,
    certificate: access?.tls?.certFile,
    'key of the certificate': access?.tls?.keyFile,
  };
  const named = Object.entries(files).flatMap(([name, file]) =>
    file === undefined
      ? []
      : [
          [file, `[${name}]`],
          [resolve(file), `[${name}]`],
          [dirname(resolve(file)), `[folder of ${name}]`],
        ],
  );
  const slots = tables.storage.flatMap(({ folder }) => [folder, resolve(folder)]);
  return Object.fromEntries([...named, ...slots.map((folder) => [folder, '[slot folder]'])]);
}

/** Of an address, or of a name with a port. */
function hostOf(server: string): string {
  const host = server.replace(/^[a-z]+:\/\//i, '').replace(/^[^/?#]*@/, '');
  return /^\[([^\]]*)\]/.exec(host)?.[1] ?? host.replace(/[:/?#].*$/, '');
}

/** A line for each member of a list, so that it can be read from top to bottom. */
function documentText(sections: Readonly<Record<string, unknown>>): string {
  // What is not there, as the chain of a node that does not run, is left out.
  const said = Object.entries(sections).filter(([, value]) => value !== undefined);
  const texts = said.map(([name, value]) => {
    const text = Array.isArray(value)
      ? `[${value.map((item) => `\n    ${JSON.stringify(item)}`).join(',')}\n  ]`
      : JSON.stringify(value, null, 2).replaceAll('\n', '\n  ');
    return `  ${JSON.stringify(name)}: ${text}`;
  });
  return `{\n${texts.join(',\n')}\n}\n`;
}
