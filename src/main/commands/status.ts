import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { liveStateOf, type LiveSnapshot } from '../../shared/live.ts';
import type { NodeRow, PeersRow } from '../../shared/rows.ts';
import { statusSentence } from '../../shared/status.ts';
import { bytesText, countText, gasText } from '../../shared/units.ts';
import { untilAborted } from '../engine/lib/abort.ts';
import { addCommand, does, type CommandWorld, type Running } from './command.ts';
import { distanceText, moneyText, timeText, timeTextOfMs, visibleText } from './format.ts';
import { rowsOf } from './rows.ts';
import { factsText, tableText } from './table.ts';

export function addStatus(program: Command, world: CommandWorld): void {
  const command = addCommand(
    program,
    'status',
    'what the node does now, in one sentence and its figures',
  ).option('--watch', 'show it again whenever it changes, at most once a second, until interrupted');
  does(command, world, 'node', async (running, _args, { watch }) => {
    await showStatus(running);
    if (watch === true) await watchStatus(running);
  });
}

async function showStatus({ client, show }: Running): Promise<void> {
  const { tables, node } = await rowsOf(client);
  const { shape, sentence } = statusSentence(liveStateOf({ revision: 0, tables }));
  const [chain, wallet, peers, storage, money] = [
    tables.chain[0],
    tables.wallet[0],
    tables.peers[0],
    tables.storage[0],
    tables.money[0],
  ];
  show({ shape, sentence, node, chain, wallet, peers, storage, money }, () =>
    statusText(sentence, node, tables),
  );
}

/** A live event says only that something changed; what is shown is always a whole snapshot. */
async function watchStatus(running: Running): Promise<void> {
  const { onEvent, closed, signal, isJson, terminal } = running;
  let hasChanged: () => void = () => {};
  const changed = () => new Promise<void>((resolve) => (hasChanged = resolve));
  let next = changed();
  const stop = onEvent('live', () => hasChanged());
  let isLost = false;
  void closed.then(() => {
    isLost = true;
    hasChanged();
  });
  try {
    for (;;) {
      await untilAborted(next, signal);
      if (isLost) return terminal.say('The node has ended.');
      next = changed();
      if (!isJson) terminal.clear();
      await showStatus(running);
      await sleep(1000, undefined, { signal });
    }
  } finally {
    stop();
  }
}

function statusText(sentence: string, node: NodeRow, tables: LiveSnapshot['tables']): string {
  const head = `${visibleText(sentence)}\n`;
  const facts = factsText([
    ['Node', `${node.state}, version ${node.version}, since ${timeTextOfMs(node.startedAtMs)}`],
    ['Problem', node.failure && `${visibleText(node.failure.message)} (${node.failure.code})`],
    ['Network', networkText(node)],
    ['Chain', chainText(tables)],
    ['Wallet', walletText(node, tables)],
    ['Peers', peersText(tables)],
    ['Reached', tables.peers[0] && reachabilityText(tables.peers[0])],
    ['Storage', storageText(tables)],
    ['Money', moneyFacts(node, tables)],
    ['Next', nextText(node, tables)],
    ['Work', workText(node, tables)],
  ]);
  const servers = tables.chain[0]?.servers ?? [];
  return servers.length > 1 ? `${head}\n${facts}\n\n${serversText(servers)}` : `${head}\n${facts}`;
}

function networkText({ network, practiceSpeed }: NodeRow): string {
  const { name, marketplace, family, chainId } = network;
  const facts = [
    name,
    ...(marketplace === undefined ? [] : [`marketplace ${marketplace} (${family}) on chain ${chainId}`]),
    ...(practiceSpeed === undefined ? [] : [`time runs ${practiceSpeed} times as fast`]),
  ];
  return facts.join(', ');
}

function chainText({ chain: [chain] }: LiveSnapshot['tables']): string | undefined {
  if (!chain) return undefined;
  const since = chain.unreachableSinceMs;
  const block = `block ${countText(chain.block)} of ${timeText(chain.time)}`;
  return since === undefined ? block : `${block}; does not answer since ${timeTextOfMs(since)}`;
}

function walletText(node: NodeRow, { wallet: [wallet] }: LiveSnapshot['tables']): string | undefined {
  if (!wallet) return node.wallet && [node.wallet.state, node.wallet.address].filter(Boolean).join(', ');
  const proofs = wallet.proofsLeft === undefined ? '' : `, enough for ${countText(wallet.proofsLeft)} proofs`;
  return `${wallet.address}, ${moneyText(wallet.tokens, node.token)}, gas ${gasText(wallet.gas)}${proofs}`;
}

function peersText({ peers: [peers] }: LiveSnapshot['tables']): string | undefined {
  if (!peers) return undefined;
  const { peerId, announced, dhtNodes } = peers;
  const where = announced.length === 0 ? 'no address announced' : `announced at ${announced.join(', ')}`;
  return `${dhtNodes} known in the DHT; we are ${peerId}, ${where}`;
}

/** Whether readers can fetch from us, and what to do where they cannot. */
function reachabilityText({ reachability, mapsPorts, listening: { tcp, udp } }: PeersRow): string {
  const ports = `ports ${tcp} (TCP) and ${udp} (UDP)`;
  const forward = `forward ${ports} on the router and set "announce-address"`;
  const { state, sinceMs = 0, lastContactMs } = reachability;
  switch (state) {
    case 'looking':
      return 'not known yet: the router is being asked to let others in';
    case 'noAddress':
      return `not reachable from outside: you can sell and prove, but readers cannot fetch from you. ${
        mapsPorts
          ? `No router agreed to let others in: switch on UPnP or NAT-PMP there, or ${forward}`
          : `To be reached, set "map-ports" to yes, or ${forward}`
      }.`;
    case 'unproven':
      return `not known: others are told an address, but nobody came from outside ${
        lastContactMs === undefined ? 'yet' : `since ${timeTextOfMs(lastContactMs)}`
      }. If that lasts, see to it that ${ports} are let in.`;
    case 'reachable':
      return `from outside, since ${timeTextOfMs(sinceMs)}`;
  }
}

function storageText({ storage: [storage] }: LiveSnapshot['tables']): string | undefined {
  if (!storage) return undefined;
  const { soldBytes, downloadingBytes, offeredFreeBytes, quotaBytes } = storage;
  const parts = [`${bytesText(soldBytes)} sold`, `${bytesText(downloadingBytes)} coming`];
  return `${[...parts, `${bytesText(offeredFreeBytes)} offered and free`].join(', ')}; quota ${bytesText(quotaBytes)}`;
}

function moneyFacts({ token }: NodeRow, { money: [money] }: LiveSnapshot['tables']): string | undefined {
  if (!money) return undefined;
  const { earned, accruing, atRisk, slashed } = money;
  const text = (amount: bigint) => moneyText(amount, token);
  return `${text(earned)} earned, ${text(accruing)} accruing, ${text(atRisk)} at risk, ${text(slashed)} slashed`;
}

function nextText(
  { token }: NodeRow,
  { money: [money], chain: [chain] }: LiveSnapshot['tables'],
): string | undefined {
  if (!money || !chain) return undefined;
  const { nextProofBy, nextPayout } = money;
  const parts = [
    ...(nextProofBy === undefined ? [] : [`a proof ${distanceText(nextProofBy, chain.time)}`]),
    ...(nextPayout === undefined
      ? []
      : [`${moneyText(nextPayout.amount, token)} ${distanceText(nextPayout.at, chain.time)}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}

function workText({ workers }: NodeRow, { queue, availabilities, sales }: LiveSnapshot['tables']): string {
  const active = availabilities.filter(({ state }) => state === 'active').length;
  const running = sales.filter(({ endedAt }) => endedAt === undefined).length;
  return `${running} sales, ${active} of ${availabilities.length} offers active, ${queue.length} slots queued, ${workers.busy} of ${workers.max} workers busy`;
}

type Servers = NonNullable<LiveSnapshot['tables']['chain'][number]['servers']>;

const serversText = (servers: Servers): string =>
  tableText(
    [
      { title: 'SERVER', of: ({ name }) => name },
      { title: 'STATE', of: ({ state, isInUse }) => (isInUse ? `${state}, in use` : state) },
      { title: 'BEHIND', of: ({ lagBlocks = 0 }) => `${lagBlocks} blocks`, align: 'right' },
      { title: 'WHY', of: ({ reason = '' }) => visibleText(reason) },
    ],
    servers,
  );
