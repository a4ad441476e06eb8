import { resolve } from 'node:path';
import type { Command } from 'commander';
import {
  changeText,
  isGrave,
  type NetworkCheck,
  type NetworkInfo,
  type NetworkOrigin,
  type NetworkProposal,
} from '../../shared/networks.ts';
import { archivistNetworkIds, networkSettingsSchema } from '../../shared/settings.ts';
import { countText, durationText } from '../../shared/units.ts';
import { z } from 'zod';
import { UsageError } from '../cli.ts';
import { addCommand, does, type CommandWorld, type Options, type Running } from './command.ts';
import { commandError } from './errors.ts';
import { timeTextOfMs, visibleText } from './format.ts';
import { factsText, tableText } from './table.ts';
import { askYes } from './terminal.ts';
import { choiceOf, wholeOf } from './values.ts';

export function addNetwork(program: Command, world: CommandWorld): void {
  const network = program
    .command('network')
    .description('where the node sells; changes count from its next start on ("slotkeeper restart")');

  does(
    addCommand(network, 'list', 'the networks there are; * marks the chosen one'),
    world,
    'folder',
    async ({ client, show }) => {
      const networks = await client.networks({});
      show(networks, () => networksText(networks));
    },
  );

  const show = addCommand(
    network,
    'show [id]',
    'one network: address, kind of contract, servers, where that is from',
  );
  does(show, world, 'folder', async ({ client, show }, [id]) => {
    const info = meant(await client.networks({}), id);
    show(info, () => networkText(info));
  });

  const use = addCommand(network, 'use <id>', `choose practice, ${archivistNetworkIds.join(', ')} or custom`)
    .option('--rpc <url...>', 'servers to ask first; of a custom network all there are')
    .option('--max-fee <gwei>', 'pay no more for a unit of gas')
    .option('--family <name>', 'practice, custom: direct or vault')
    .option('--name <text>', 'custom: what to call it')
    .option('--address <0x…>', 'custom: the marketplace')
    .option('--chain-id <n>', 'custom: without it the server is asked')
    .option('--abi <file>', 'custom: the ABI of the contract as JSON')
    .option('--deployed-at-block <n>', 'custom: where its events begin')
    .option('--bootstrap <spr...>', 'custom: records of the first nodes of its DHT, spr:…')
    .option('--yes', 'do not ask');
  does(use, world, 'folder', useNetwork);

  const check = addCommand(network, 'check [id]', 'ask every server of a network what it serves');
  does(check, world, 'folder', async ({ client, show, working, markFailed }, [id]) => {
    const info = meant(await client.networks({}), id);
    const result = await working('Asking the servers', client.checkNetwork({ id: info.id }));
    show(result, () => checkText(result));
    if (result.problems.length > 0) markFailed();
  });

  const refresh = addCommand(
    network,
    'refresh <id> <source>',
    'new data from an https URL or a file: show what would change, and ask',
  ).option('--yes', 'accept what is shown without asking');
  does(refresh, world, 'folder', async (running, [id = '', source = ''], options) => {
    const whole = /^[a-z][a-z0-9+.-]+:/i.test(source) ? source : resolve(source);
    const proposal = running.client.proposeNetworkUpdate({ id, source: whole });
    await offerToAccept(running, await running.working('Reading', proposal), options);
  });

  const revert = addCommand(
    network,
    'revert <id>',
    'back to the built-in data: show what would change, and ask',
  ).option('--yes', 'accept what is shown without asking');
  does(revert, world, 'folder', async (running, [id = ''], options) =>
    offerToAccept(running, await running.client.proposeNetworkRevert({ id }), options),
  );

  const accept = addCommand(
    network,
    'accept <id> <hash>',
    'accept what "refresh" or "revert" showed under this hash',
  );
  does(accept, world, 'folder', async ({ client, show }, [id = '', hash = '']) => {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new UsageError('The hash is the one that was shown: 64 digits.');
    await client.acceptNetworkUpdate({ id, hash });
    show({ id, hash }, () => `Accepted. ${FROM_NEXT_START}`);
  });
}

const FROM_NEXT_START = 'The node takes it up at its next start. While it runs: slotkeeper restart.';

/** The chosen one when none is named. @throws UsageError */
function meant(networks: readonly NetworkInfo[], id: string | undefined): NetworkInfo {
  const info = networks.find((one) => (id === undefined ? one.isChosen : one.id === id));
  if (info) return info;
  throw new UsageError(`There is no network "${id}". There are ${networks.map((one) => one.id).join(', ')}.`);
}

async function useNetwork(running: Running, [id = '']: readonly string[], options: Options): Promise<void> {
  const { client, show } = running;
  const network = settingsFrom(id, options);
  const proposal = await client.proposeNetworkUse({ network });
  if (!(await isAccepted(running, proposal, options, `slotkeeper network use ${id} … --yes`)))
    throw commandError('NOT_CONFIRMED', 'The network stays as it was.');
  await client.useNetwork({ hash: proposal.hash });
  show({ ...proposal, accepted: true }, () => `Chosen: ${id}. ${FROM_NEXT_START}`);
}

/** @throws UsageError for what makes no network */
function settingsFrom(id: string, options: Options): z.input<typeof networkSettingsSchema> {
  const { rpc, maxFee, family, name, address, chainId, abi, deployedAtBlock, bootstrap } = options as Flags;
  const kind = choiceOf('The network', id, ['practice', ...archivistNetworkIds, 'custom'] as const);
  const fee = maxFee === undefined ? {} : { maxFeeGwei: Number(maxFee) };
  const rpcUrls = rpc === undefined ? {} : { rpcUrls: rpc };
  const whole = (flag: string, text: string) => wholeOf(flag, text, { max: Number.MAX_SAFE_INTEGER });
  const said =
    kind === 'practice'
      ? { kind, ...(family && { family }) }
      : kind !== 'custom'
        ? { kind: 'archivist', id: kind, ...rpcUrls, ...fee }
        : {
            kind,
            marketplace: address ?? '',
            ...rpcUrls,
            ...fee,
            ...(name !== undefined && { name }),
            ...(family !== undefined && { family }),
            ...(chainId !== undefined && { chainId: whole('--chain-id', chainId) }),
            ...(abi !== undefined && { abiFile: resolve(abi) }),
            ...(bootstrap !== undefined && { bootstrap }),
            ...(deployedAtBlock !== undefined && {
              deployedAtBlock: whole('--deployed-at-block', deployedAtBlock),
            }),
          };
  const parsed = networkSettingsSchema.safeParse(said);
  if (parsed.success) return said as z.input<typeof networkSettingsSchema>;
  throw new UsageError(`This makes no network. ${z.prettifyError(parsed.error)}.`);
}

interface Flags {
  rpc?: string[];
  bootstrap?: string[];
  maxFee?: string;
  family?: string;
  name?: string;
  address?: string;
  chainId?: string;
  abi?: string;
  deployedAtBlock?: string;
}

async function offerToAccept(running: Running, proposal: NetworkProposal, options: Options): Promise<void> {
  const { id, hash } = proposal;
  if (!(await isAccepted(running, proposal, options, `slotkeeper network accept ${id} ${hash}`))) return;
  await running.client.acceptNetworkUpdate({ id, hash });
  running.show({ ...proposal, accepted: true }, () => `Accepted. ${FROM_NEXT_START}`);
}

/** Shows what would change, and hears a yes; where nobody can be asked it says how to accept, and changes nothing. */
async function isAccepted(
  running: Running,
  proposal: NetworkProposal,
  options: Options,
  later: string,
): Promise<boolean> {
  const { terminal, isJson, show, signal } = running;
  if (!isJson) terminal.print(proposalText(proposal));
  if (options.yes === true) return true;
  if (terminal.canAsk && !isJson) {
    if (await askYes(terminal, 'Accept this?', { signal })) return true;
    terminal.say('Nothing was changed.');
    return false;
  }
  if (isJson) show({ ...proposal, accepted: false }, () => '');
  terminal.say(`Nothing was changed. To accept it: ${later}`);
  return false;
}

function proposalText({ source, changes, hash }: NetworkProposal): string {
  if (changes.length === 0) return `From ${visibleText(source)}: nothing would change.`;
  const lines = changes.map(
    (change) => `  ${isGrave(change) ? '!' : ' '} ${visibleText(changeText(change))}`,
  );
  return [`From ${visibleText(source)} (hash ${hash}):`, ...lines].join('\n');
}

const networksText = (networks: readonly NetworkInfo[]): string =>
  tableText(
    [
      { title: '', of: ({ isChosen }) => (isChosen ? '*' : '') },
      { title: 'ID', of: ({ id }) => id },
      { title: 'NAME', of: ({ name }) => visibleText(name) },
      { title: 'KIND', of: ({ family = '-' }) => family },
      {
        title: 'CHAIN',
        of: ({ chainId }) => (chainId === undefined ? '-' : String(chainId)),
        align: 'right',
      },
      { title: 'MARKETPLACE', of: ({ marketplace = '-' }) => marketplace },
      {
        title: 'FROM',
        of: ({ origin, problem }) => (problem ? `UNUSABLE: ${problem.code}` : originText(origin)),
      },
    ],
    networks,
  );

const networkText = (info: NetworkInfo): string =>
  factsText([
    ['Id', info.id],
    ['Name', visibleText(info.name)],
    ['Chosen', info.isChosen ? 'yes' : 'no'],
    ['Problem', info.problem && `${visibleText(info.problem.message)} (${info.problem.code})`],
    ['Data', originText(info.origin)],
    ['Version', info.version && visibleText(info.version)],
    ['Chain', info.chainId === undefined ? undefined : String(info.chainId)],
    ['Marketplace', info.marketplace],
    ['Tokens held by', info.family && (info.family === 'vault' ? 'a vault' : 'the marketplace itself')],
    ['Servers', info.servers.length === 0 ? undefined : info.servers.join(', ')],
    ['Bootstrap records', info.bootstrapRecords === 0 ? undefined : String(info.bootstrapRecords)],
  ]);

function originText(origin: NetworkOrigin): string {
  if (origin.kind !== 'accepted')
    return { practice: 'this computer', builtIn: 'built in', settings: 'the settings' }[origin.kind];
  const { source, atMs, by } = origin;
  return `${visibleText(source)}, accepted ${timeTextOfMs(atMs)} by ${visibleText(by)}`;
}

function checkText({ servers, problems, family }: NetworkCheck): string {
  if (servers.length === 0 && problems.length === 0)
    return 'The practice network has no servers: it starts with the node.';
  const table = tableText(
    [
      { title: 'SERVER', of: ({ url }) => url },
      {
        title: 'CHAIN',
        of: ({ chainId }) => (chainId === undefined ? '-' : String(chainId)),
        align: 'right',
      },
      { title: 'BLOCK', of: ({ block }) => (block === undefined ? '-' : countText(block)), align: 'right' },
      {
        title: 'AGE',
        of: ({ blockAgeSeconds }) => (blockAgeSeconds === undefined ? '-' : durationText(blockAgeSeconds)),
        align: 'right',
      },
      {
        title: 'ANSWERED IN',
        of: ({ answeredAfterMs }) =>
          answeredAfterMs === undefined ? '-' : `${Math.round(answeredAfterMs)} ms`,
        align: 'right',
      },
      {
        title: 'PROBLEM',
        of: ({ problem }) => (problem ? `${problem.code}: ${visibleText(problem.message)}` : ''),
      },
    ],
    servers,
  );
  const said =
    problems.length === 0
      ? `A node can start here. The contract is of the ${family} kind.`
      : problems
          .map(({ code, message }) => `A node cannot start here (${code}): ${visibleText(message)}`)
          .join('\n');
  return `${table}\n\n${said}`;
}
