import { isIPv4 } from 'node:net';
import type { Command } from 'commander';
import type { Api } from '../../shared/api.ts';
import type { Client } from '../../shared/contract.ts';
import type { Settings } from '../../shared/settings.ts';
import { bytesText } from '../../shared/units.ts';
import { UsageError } from '../cli.ts';
import { describeError } from '../engine/errors.ts';
import { parsePeerAddress } from '../engine/network/peeraddress.ts';
import { parseLevelFilter } from '../logging/levels.ts';
import { addCommand, does, type CommandWorld, type Running } from './command.ts';
import { moneyText } from './format.ts';
import { rowsOf } from './rows.ts';
import { factsText } from './table.ts';
import { bytesOf, choiceOf, wholeOf } from './values.ts';

export function addSettings(program: Command, world: CommandWorld): void {
  const settings = program.command('settings').description('what the data folder is set to');
  const get = addCommand(settings, 'get [name]', `all, or one of ${names.join(', ')}, network`);
  does(get, world, 'folder', async ({ client, show }, [name]) => {
    const now = await client.settings({});
    if (name === undefined) return show(now, () => settingsText(now));
    const value = name === 'network' ? now.network : now[setters[nameOf(name)].key];
    show(value ?? null, () => (name === 'network' ? networkText(now) : valueText(nameOf(name), now)));
  });

  const set = addCommand(
    settings,
    'set <name> <value>',
    `one of ${names.join(', ')}; "default" takes it out of the file`,
  );
  does(set, world, 'folder', setOne);

  const speed = addCommand(program, 'practice-speed <times>', 'how fast practice time runs; 0 pauses it');
  does(speed, world, 'node', async ({ client, show }, [text = '']) => {
    const times = text.trim() === '' ? NaN : Number(text);
    if (!(times >= 0 && times <= 120))
      throw new UsageError(`The speed is a number from 0 to 120, not "${text}".`);
    await client.setPracticeSpeed({ speed: times });
    show({ speed: times }, () => `Practice time runs ${times} times as fast.`);
  });

  const slash = addCommand(
    program,
    'practice-slash',
    'has a proof missed on the practice network, to see what it costs',
  );
  does(slash, world, 'node', async ({ client, show }) => {
    const slash = await client.makePracticeSlash({});
    const { node } = await rowsOf(client);
    const cost = moneyText(slash.cost, node.token);
    show(
      slash,
      () => `The next proof of slot ${slash.slotId} is held back. That will cost ${cost} of its collateral.`,
    );
  });
}

type Changes = Parameters<Client<Api>['changeSettings']>[0];
type Key = keyof Changes;

/** What is typed after each name, as the settings keep it. */
const setters = {
  quota: { key: 'quotaBytes', read: (text: string) => Number(bytesOf('quota', text)) },
  workers: { key: 'workers', read: (text: string) => wholeOf('workers', text, { min: 1, max: 32 }) },
  'queue-capacity': {
    key: 'queueCapacity',
    read: (text: string) => wholeOf('queue-capacity', text, { min: 32, max: 65_535 }),
  },
  'scrub-speed': {
    key: 'scrubBytesPerSecond',
    read: (text: string) => Number(bytesOf('scrub-speed', text)),
  },
  'log-level': { key: 'logLevel', read: (text: string) => checkedLevel(text) },
  notices: {
    key: 'notices',
    read: (text: string) => choiceOf('notices', text, ['all', 'losses'] as const),
  },
  'quiet-hours': { key: 'quietHours', read: (text: string) => hoursOf(text) },
  'start-at-login': { key: 'startAtLogin', read: (text: string) => isOn('start-at-login', text) },
  'start-hidden': { key: 'startHidden', read: (text: string) => isOn('start-hidden', text) },
  'keep-awake': { key: 'keepAwake', read: (text: string) => isOn('keep-awake', text) },
  'listen-port': {
    key: 'listenPort',
    read: (text: string) => wholeOf('listen-port', text, { min: 1, max: 65_535 }),
  },
  'discovery-port': {
    key: 'discoveryPort',
    read: (text: string) => wholeOf('discovery-port', text, { min: 1, max: 65_535 }),
  },
  'map-ports': {
    key: 'mapPorts',
    read: (text: string) => choiceOf('map-ports', text, ['yes', 'no'] as const) === 'yes',
  },
  'announce-address': { key: 'announceAddress', read: (text: string) => checkedIp(text) },
  peers: { key: 'peers', read: (text: string) => text.split(',').map(checkedPeer) },
} as const satisfies Record<string, { key: Key; read: (text: string) => Changes[Key] }>;

/** What a node that runs takes up at once. */
const liveNames: ReadonlySet<Name> = new Set([
  'quota',
  'workers',
  'scrub-speed',
  'log-level',
  'notices',
  'quiet-hours',
  'start-at-login',
  'start-hidden',
  'keep-awake',
]);

type Name = keyof typeof setters;
const names = Object.keys(setters) as Name[];

function nameOf(text: string): Name {
  const name = names.find((one) => one === text);
  if (name) return name;
  throw new UsageError(
    `There is no setting "${text}". There are ${names.join(', ')}; the network has a command of its own.`,
  );
}

async function setOne(
  { client, show, isRunning }: Running,
  [text = '', value = '']: readonly string[],
): Promise<void> {
  const name = nameOf(text);
  const { key, read } = setters[name];
  const change = value === 'default' ? null : read(value);
  const now = await client.changeSettings({ [key]: change });
  const when =
    isRunning && !liveNames.has(name)
      ? 'It counts from the next start of the node on, such as by "slotkeeper restart".'
      : '';
  show({ [key]: now[key] ?? null }, () => `${name}: ${valueText(name, now)}\n${when}`.trim());
}

const settingsText = (settings: Settings): string =>
  factsText([
    ['network', networkText(settings)],
    ...names.map((name): [string, string] => [name, valueText(name, settings)]),
  ]);

function valueText(name: Name, settings: Settings): string {
  const { quotaBytes, scrubBytesPerSecond } = settings;
  if (name === 'quota') return quotaBytes === undefined ? 'what the disk allows' : sizeText(quotaBytes);
  if (name === 'scrub-speed') return `${sizeText(scrubBytesPerSecond)} a second at most`;
  if (name === 'quiet-hours')
    return settings.quietHours ? `${settings.quietHours.from}-${settings.quietHours.to}` : 'none';
  if (name === 'map-ports') return switchText(settings.mapPorts);
  if (name === 'announce-address') return settings.announceAddress ?? 'what the router says';
  if (name === 'peers')
    return settings.peers.length === 0 ? 'those that are found' : settings.peers.join(', ');
  const value = settings[setters[name].key];
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
}

function switchText(mapPorts: boolean | undefined): string {
  if (mapPorts === undefined) return 'yes, but not in practice';
  return mapPorts ? 'yes' : 'no';
}

const sizeText = (bytes: number): string => `${bytesText(BigInt(bytes))} (${bytes} bytes)`;

function networkText({ network }: Settings): string {
  if (network.kind === 'practice') return `practice (${network.family}, ${network.scenario})`;
  return network.kind === 'archivist' ? network.id : `custom: ${network.name}, ${network.marketplace}`;
}

const isOn = (name: string, text: string): boolean => choiceOf(name, text, ['on', 'off'] as const) === 'on';

/** `22:00-07:30` */
function hoursOf(text: string): { from: string; to: string } {
  const [, from, to] = /^((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)$/.exec(text) ?? [];
  if (from !== undefined && to !== undefined) return { from, to };
  throw new UsageError(`quiet-hours wants two times such as 22:00-07:30, not "${text}".`);
}

function checkedIp(text: string): string {
  if (isIPv4(text)) return text;
  throw new UsageError(`announce-address wants an IPv4 address such as 203.0.113.7, not "${text}".`);
}

function checkedPeer(text: string): string {
  try {
    parsePeerAddress(text);
  } catch (error) {
    throw new UsageError(`"${text}" is no address of a peer. ${describeError(error)}.`);
  }
  return text.trim();
}

function checkedLevel(text: string): string {
  parseLevelFilter(text);
  return text;
}
