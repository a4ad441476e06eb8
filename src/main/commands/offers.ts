import type { Command } from 'commander';
import type { AvailabilityRow } from '../../shared/rows.ts';
import { bytesText, countText, durationText } from '../../shared/units.ts';
import { UsageError } from '../cli.ts';
import { addCommand, does, type CommandWorld, type Options, type Running } from './command.ts';
import { exactMoneyText, moneyText, priceText, untilText, visibleText, type TokenUnit } from './format.ts';
import { rowMeant, rowsOf } from './rows.ts';
import { factsText, tableText } from './table.ts';
import { bytesOf, momentOf, priceOf, rawOf, secondsOf, tokensOf } from './values.ts';

export function addOffers(program: Command, world: CommandWorld): void {
  const offers = program.command('offers').description('the disk space that is offered');

  does(addCommand(offers, 'list', 'all offers'), world, 'node', listOffers);

  const show = addCommand(
    offers,
    'show <offer>',
    'one offer with every digit; by id, its beginning, or name',
  );
  does(show, world, 'node', async ({ client, show }, [text = '']) => {
    const { tables, node } = await rowsOf(client);
    const offer = rowMeant(tables.availabilities, text, 'offer');
    show(offer, () => offerText(offer, node.token));
  });

  const add = withTerms(addCommand(offers, 'add', 'offer disk space'))
    .option('--name <text>', 'what to call it', 'Offer')
    .option('--paused', 'take nothing yet');
  does(add, world, 'node', addOffer);

  const edit = withTerms(
    addCommand(offers, 'edit <offer>', 'change terms; running sales keep theirs'),
  ).option('--name <text>', 'what to call it');
  does(edit, world, 'node', editOffer);

  does(
    addCommand(offers, 'pause <offer>', 'take nothing new; running sales go on'),
    world,
    'node',
    (running, args) => setEnabled(running, args, false),
  );
  does(addCommand(offers, 'resume <offer>', 'take slots again'), world, 'node', (running, args) =>
    setEnabled(running, args, true),
  );

  const remove = addCommand(offers, 'remove <offer>', 'take it back: now, or when the last slot in it ends');
  does(remove, world, 'node', async ({ client, show }, [text = '']) => {
    const { tables } = await rowsOf(client);
    const { id, name } = rowMeant(tables.availabilities, text, 'offer');
    const result = await client.deleteAvailability({ id });
    show({ id, ...result }, () =>
      result.state === 'deleted'
        ? `Removed: ${visibleText(name)}`
        : `${visibleText(name)} takes nothing new and goes with its last slot.`,
    );
  });

  const backtest = withTerms(
    addCommand(offers, 'backtest', 'what such an offer would have taken, at best'),
  ).option('--from <time>', 'requests posted from then on', '0');
  does(backtest, world, 'node', backtestOffer);
}

/** The terms, each in units that people use or, exactly, in those that the node counts in. */
function withTerms(command: Command): Command {
  return command
    .option('--size <size>', 'how much, e.g. 500GB, "1,5 TB"')
    .option('--duration <time>', 'the longest request it takes, e.g. 30d, 36h')
    .option('--price <tokens>', 'the least price for a GB and month (30 days)')
    .option('--collateral <tokens>', 'the most collateral in all its sales together')
    .option('--until <time>', 'no request that ends later: a date, Unix seconds, or none')
    .option('--size-bytes <n>', 'instead of --size')
    .option('--duration-seconds <n>', 'instead of --duration')
    .option('--price-raw <n>', 'instead of --price: smallest units for a byte and second')
    .option('--collateral-raw <n>', 'instead of --collateral: smallest units');
}

interface Terms {
  totalBytes?: bigint;
  durationSeconds?: bigint;
  minPricePerBytePerSecond?: bigint;
  totalCollateral?: bigint;
  until?: number;
}

/** @throws UsageError when a term is said twice or makes no sense */
function termsOf(options: Options, { decimals }: TokenUnit): Terms {
  const either = (flag: string, read: (flag: string, text: string) => bigint, raw: string) => {
    const [human, exact] = [options[camel(flag)], options[camel(raw)]];
    if (human !== undefined && exact !== undefined)
      throw new UsageError(`--${flag} and --${raw} say the same. Use one of them.`);
    if (typeof exact === 'string') return rawOf(`--${raw}`, exact);
    return typeof human === 'string' ? read(`--${flag}`, human) : undefined;
  };
  const until = typeof options.until === 'string' ? momentOf('--until', options.until) : undefined;
  return defined({
    totalBytes: either('size', bytesOf, 'size-bytes'),
    durationSeconds: either('duration', secondsOf, 'duration-seconds'),
    minPricePerBytePerSecond: either('price', (flag, text) => priceOf(flag, text, decimals), 'price-raw'),
    totalCollateral: either('collateral', (flag, text) => tokensOf(flag, text, decimals), 'collateral-raw'),
    until,
  });
}

type WholeTerms = Terms & Required<Omit<Terms, 'until'>>;

/** @throws UsageError naming what is missing */
function wholeTerms(terms: Terms): WholeTerms {
  const flags = {
    totalBytes: '--size',
    durationSeconds: '--duration',
    minPricePerBytePerSecond: '--price',
    totalCollateral: '--collateral',
  } as const;
  const missing = Object.entries(flags).filter(([term]) => terms[term as keyof typeof flags] === undefined);
  if (missing.length === 0) return terms as WholeTerms;
  throw new UsageError(`An offer needs ${missing.map(([, flag]) => flag).join(', ')}, too.`);
}

async function addOffer(
  { client, show }: Running,
  _args: readonly string[],
  options: Options,
): Promise<void> {
  const { node } = await rowsOf(client);
  const terms = wholeTerms(termsOf(options, node.token));
  const name = String(options.name);
  const { id } = await client.createAvailability({ ...terms, name, enabled: options.paused !== true });
  show({ id }, () => `Offered: ${visibleText(name)}\n${id}`);
}

async function editOffer(
  { client, show }: Running,
  [text = '']: readonly string[],
  options: Options,
): Promise<void> {
  const { tables, node } = await rowsOf(client);
  const { id, name } = rowMeant(tables.availabilities, text, 'offer');
  const changes = {
    ...termsOf(options, node.token),
    ...(typeof options.name === 'string' && { name: options.name }),
  };
  if (Object.keys(changes).length === 0) throw new UsageError('Nothing to change was named.');
  await client.updateAvailability({ id, ...changes });
  show({ id }, () => `Changed: ${visibleText(name)}`);
}

async function setEnabled(
  { client, show }: Running,
  [text = '']: readonly string[],
  enabled: boolean,
): Promise<void> {
  const { tables } = await rowsOf(client);
  const { id, name } = rowMeant(tables.availabilities, text, 'offer');
  await client.setAvailabilityEnabled({ id, enabled });
  show({ id, enabled }, () => `${enabled ? 'Takes slots again' : 'Paused'}: ${visibleText(name)}`);
}

async function listOffers({ client, show }: Running): Promise<void> {
  const { tables, node } = await rowsOf(client);
  const { availabilities } = tables;
  show(availabilities, () =>
    availabilities.length === 0 ? 'Nothing is offered.' : offersText(availabilities, node.token),
  );
}

const offersText = (offers: readonly AvailabilityRow[], token: TokenUnit): string =>
  tableText(
    [
      { title: 'ID', of: ({ id }) => id.slice(2, 10) },
      { title: 'NAME', of: ({ name }) => visibleText(name) },
      { title: 'STATE', of: ({ state }) => state },
      { title: 'SIZE', of: ({ totalBytes }) => bytesText(totalBytes), align: 'right' },
      { title: 'FREE', of: ({ freeBytes }) => bytesText(freeBytes), align: 'right' },
      { title: 'SLOTS', of: ({ slots }) => String(slots), align: 'right' },
      {
        title: `${token.symbol}/GB/MONTH`,
        of: ({ minPricePerBytePerSecond }) => priceText(minPricePerBytePerSecond, token),
        align: 'right',
      },
      { title: 'LONGEST', of: ({ durationSeconds }) => durationText(durationSeconds), align: 'right' },
      {
        title: 'COLLATERAL LEFT',
        of: ({ remainingCollateral }) => moneyText(remainingCollateral, token),
        align: 'right',
      },
      { title: 'UNTIL', of: ({ until }) => untilText(until) },
    ],
    offers,
  );

const offerText = (offer: AvailabilityRow, token: TokenUnit): string =>
  factsText([
    ['Id', offer.id],
    ['Name', visibleText(offer.name)],
    ['State', offer.state],
    ['Size', `${countText(offer.totalBytes)} bytes`],
    ['Free', `${countText(offer.freeBytes)} bytes`],
    ['Sold', `${countText(offer.soldBytes)} bytes in ${offer.slots} slots`],
    ['Coming', `${countText(offer.downloadingBytes)} bytes`],
    ['Longest request', `${durationText(offer.durationSeconds)} (${offer.durationSeconds} s)`],
    [
      'Least price',
      `${priceText(offer.minPricePerBytePerSecond, token)} ${token.symbol} for a GB and month (${offer.minPricePerBytePerSecond} for a byte and second)`,
    ],
    ['Collateral', exactMoneyText(offer.totalCollateral, token)],
    ['Of it left', exactMoneyText(offer.remainingCollateral, token)],
    ['Until', untilText(offer.until)],
  ]);

async function backtestOffer(running: Running, _args: readonly string[], options: Options): Promise<void> {
  const { client, show, working } = running;
  const { node } = await rowsOf(client);
  const terms = wholeTerms(termsOf(options, node.token));
  const from = momentOf('--from', String(options.from));
  const report = await working('Reading past requests', client.backtest({ ...terms, from }));
  const { requests, matched, withCapacity, refusedBy } = report;
  const totals = ({ requests: some, slots, bytes, earned }: typeof matched) =>
    `${some} requests, ${slots} slots, ${bytesText(bytes)}, ${moneyText(earned, node.token)}`;
  show(report, () =>
    factsText([
      ['Looked at', `${requests} requests`],
      ['Would fit', totals(matched)],
      ['Would be taken', totals(withCapacity)],
      ...Object.entries(refusedBy).map(([rule, count]): [string, string] => [
        `Not, by ${rule}`,
        `${count} requests`,
      ]),
    ]),
  );
}

const camel = (flag: string) => flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

const defined = <T extends object>(values: T) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
