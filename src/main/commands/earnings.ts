import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import {
  accountKinds,
  type AccountBalance,
  type AccountCheck,
  type AccountFilter,
  type AccountLine,
  type AccountSums,
  type AccountTotals,
} from '../../shared/accounts.ts';
import { exactTokens, gasText, shortId } from '../../shared/units.ts';
import { UsageError } from '../cli.ts';
import { addCommand, does, type CommandWorld, type Options } from './command.ts';
import { exactMoneyText, moneyText, timeText, type TokenUnit } from './format.ts';
import { mustBeFree, newFileError } from './newfile.ts';
import { rowsOf } from './rows.ts';
import { factsText, tableText } from './table.ts';
import { choiceOf, wholeOf } from './values.ts';

export function addEarnings(program: Command, world: CommandWorld): void {
  const earnings = program
    .command('earnings')
    .description('what was earned, slashed and spent, line by line');

  const list = filtered(addCommand(earnings, 'list', 'movements of money, the newest first'))
    .option('--limit <n>', 'so many at most', '50')
    .option('--offset <n>', 'without so many of the newest', '0');
  does(list, world, 'node', async ({ client, show }, _args, options) => {
    const { node } = await rowsOf(client);
    const page = await client.accountLines({
      ...filterOf(options),
      limit: wholeOf('--limit', String(options['limit']), { min: 1, max: 1000 }),
      offset: wholeOf('--offset', String(options['offset']), { max: 1e12 }),
    });
    const rest = page.total - page.lines.length;
    show(page, () =>
      page.total === 0
        ? 'No money has moved.'
        : `${linesText(page.lines, node.token)}\n\n${page.lines.length} of ${page.total} lines${rest > 0 ? '; --limit and --offset show others' : ''}`,
    );
  });

  const totals = addCommand(earnings, 'totals', 'sums of all, by month (UTC), and by sale');
  does(totals, world, 'node', async ({ client, show }) => {
    const { node } = await rowsOf(client);
    const sums = await client.accountTotals({});
    show(sums, () => totalsText(sums, node.token));
  });

  const exported = filtered(addCommand(earnings, 'export', 'writes the movements to a file, or prints them'))
    .option('--format <name>', 'csv or json', 'csv')
    .option('--to <file>', 'a new file; without it they are printed');
  does(exported, world, 'node', async ({ client, show, terminal, isJson }, _args, options) => {
    const format = choiceOf('--format', String(options['format']), ['csv', 'json'] as const);
    const file = typeof options['to'] === 'string' ? resolve(options['to']) : undefined;
    if (file !== undefined) await mustBeFree(file);
    const answer = await client.exportAccounts({ ...filterOf(options), format, to: 'text' });
    if (answer.kind !== 'text') throw new TypeError('The node did not answer with the text');
    if (file === undefined && !isJson) return terminal.print(answer.text.replace(/\r?\n$/, ''));
    if (file === undefined) return show({ lines: answer.lines, text: answer.text }, () => '');
    await writeFile(file, answer.text, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
      throw newFileError(error, file);
    });
    show({ file, lines: answer.lines }, () => `${answer.lines} lines written to ${file}.`);
  });

  const check = addCommand(earnings, 'check', 'compares the sum of the lines with what the chain says');
  does(check, world, 'node', async ({ client, show, working, markFailed }) => {
    const { node } = await rowsOf(client);
    const report = await working('Asking the chain', client.accountCheck({ isFresh: true }));
    show(report, () => checkText(report, node.token));
    if (report.tokens.difference !== 0n || report.gas.difference !== 0n) markFailed();
  });
}

const filtered = (command: Command): Command =>
  command
    .option('--month <month>', 'only of this month in UTC, such as 2026-11')
    .option('--sale <id>', 'only of this sale, by the whole id of its row')
    .option('--kind <name>', `only of this kind: ${accountKinds.join(', ')}`);

function filterOf({ month, sale, kind }: Options): AccountFilter {
  if (typeof month === 'string' && !/^\d{4}-(?:0[1-9]|1[0-2])$/.test(month))
    throw new UsageError(`--month wants a month such as 2026-11, not "${month}".`);
  return {
    ...(typeof month === 'string' && { month }),
    ...(typeof sale === 'string' && { saleId: sale }),
    ...(typeof kind === 'string' && { kind: choiceOf('--kind', kind, accountKinds) }),
  };
}

const linesText = (lines: readonly AccountLine[], token: TokenUnit): string =>
  tableText(
    [
      { title: 'AT', of: ({ at }) => timeText(at) },
      { title: 'KIND', of: ({ kind, isBefore }) => `${kind}${isBefore ? ' (before)' : ''}` },
      { title: 'AMOUNT', of: (line) => amountText(line, token), align: 'right' },
      { title: 'FOR', of: ({ purpose = '', isFailed }) => `${purpose}${isFailed ? ' (failed)' : ''}` },
      { title: 'SALE', of: ({ slotId }) => (slotId === undefined ? '-' : slotId.slice(2, 10)) },
      { title: 'TRANSACTION', of: ({ transactionHash }) => transactionHash ?? 'not known' },
    ],
    lines,
  );

const amountText = ({ kind, amount }: AccountLine, token: TokenUnit): string =>
  kind === 'gas' ? `${exactTokens(amount)} ETH` : exactMoneyText(amount, token);

function totalsText({ began, all, months, sales }: AccountTotals, token: TokenUnit): string {
  const beginning = began ? timeText(began.at) : 'not yet: the chain has to answer first';
  const columns = [
    { title: 'EARNED', of: ({ earned }: AccountSums) => moneyText(earned, token), align: 'right' },
    { title: 'SLASHED', of: ({ slashed }: AccountSums) => moneyText(slashed, token), align: 'right' },
    {
      title: 'COLLATERAL',
      of: ({ collateral }: AccountSums) => moneyText(collateral, token),
      align: 'right',
    },
    { title: 'TRANSFERS', of: ({ transfers }: AccountSums) => moneyText(transfers, token), align: 'right' },
    { title: 'GAS (ETH)', of: ({ gas }: AccountSums) => gasText(gas), align: 'right' },
  ] as const;
  return [
    factsText([
      ['Accounts since', beginning],
      ['Earned', exactMoneyText(all.earned, token)],
      ['Slashed', exactMoneyText(all.slashed, token)],
      ['Collateral', exactMoneyText(all.collateral, token)],
      ['Transfers', exactMoneyText(all.transfers, token)],
      ['Gas', `${exactTokens(all.gas)} ETH`],
    ]),
    tableText([{ title: 'MONTH', of: ({ month }: (typeof months)[number]) => month }, ...columns], months),
    tableText(
      [{ title: 'SALE', of: ({ slotId }: (typeof sales)[number]) => shortId(slotId) }, ...columns],
      sales,
    ),
  ].join('\n\n');
}

function checkText(
  { at, block, began, tokens, gas, otherTransactions }: AccountCheck,
  token: TokenUnit,
): string {
  const inTokens = (amount: bigint) => exactMoneyText(amount, token);
  const inGas = (amount: bigint) => `${exactTokens(amount)} ETH`;
  const facts = ({ opening, lines, chain }: AccountBalance, name: string, text: (amount: bigint) => string) =>
    [
      [`${name} at the beginning`, text(opening)],
      [`${name} in the lines`, text(lines)],
      [`${name} on the chain`, text(chain)],
    ] as const;
  const verdict = ({ difference, since }: AccountBalance, text: (amount: bigint) => string) =>
    difference === 0n ? 'adds up' : `differs by ${text(difference)}, seen since ${timeText(since ?? at)}`;
  return factsText([
    ['Compared at', `block ${block}, ${timeText(at)}`],
    ['Accounts since', `block ${began.block}, ${timeText(began.at)}`],
    ...facts(tokens, 'Tokens', inTokens),
    ['Tokens', verdict(tokens, inTokens)],
    ...facts(gas, 'Gas', inGas),
    ['Gas', verdict(gas, inGas)],
    [
      'Other transactions',
      otherTransactions === 0
        ? 'none'
        : `${otherTransactions} that this node did not send, or has not seen mined yet`,
    ],
  ]);
}
