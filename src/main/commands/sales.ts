import type { Command } from 'commander';
import type { QueueRow, RefusedRow, SaleRow } from '../../shared/rows.ts';
import {
  bytesText,
  countText,
  durationText,
  gasText,
  percentText,
  rateText,
  remainingSeconds,
  shortId,
} from '../../shared/units.ts';
import { addCommand, does, type CommandWorld, type Running } from './command.ts';
import { exactMoneyText, moneyText, saleMoneyText, timeText, visibleText, type TokenUnit } from './format.ts';
import { rowMeant, rowsOf } from './rows.ts';
import { factsText, tableText } from './table.ts';

export function addSales(program: Command, world: CommandWorld): void {
  const sales = program.command('sales').description('the slots that are sold, were sold, or nearly');
  const list = addCommand(sales, 'list', 'all that run and those that ended lately')
    .option('--running', 'only those that run')
    .option('--ended', 'only those that ended');
  does(list, world, 'node', async (running, _args, { running: onlyRunning, ended: onlyEnded }) => {
    const isEverything = onlyRunning === onlyEnded;
    await listSales(
      running,
      ({ endedAt }) => isEverything || (endedAt === undefined) === (onlyRunning === true),
    );
  });
  const show = addCommand(
    sales,
    'show <sale>',
    'one sale with every digit; by its id or the beginning of it',
  );
  does(show, world, 'node', async ({ client, show }, [text = '']) => {
    const { tables, node } = await rowsOf(client);
    const sale = rowMeant(tables.sales, text, 'sale');
    show(sale, () => saleText(sale, node.token));
  });

  const queue = program.command('queue').description('the slots that wait to be looked at');
  const listQueue = addCommand(queue, 'list', 'in the order in which they are taken').option(
    '--refused',
    'instead those that were not taken lately, and why',
  );
  does(listQueue, world, 'node', async ({ client, show }, _args, { refused }) => {
    const { tables, node } = await rowsOf(client);
    if (refused === true) {
      show(tables.refused, () =>
        tables.refused.length === 0 ? 'None was refused.' : refusedText(tables.refused),
      );
      return;
    }
    const rows = tables.queue.toSorted((a, b) => a.position - b.position);
    show(rows, () => (rows.length === 0 ? 'The queue is empty.' : queueText(rows, node.token)));
  });
}

async function listSales({ client, show }: Running, isWanted: (sale: SaleRow) => boolean): Promise<void> {
  const { tables, node } = await rowsOf(client);
  const sales = tables.sales.filter(isWanted).sort((a, b) => a.startedAt - b.startedAt);
  show(sales, () => (sales.length === 0 ? 'No sale.' : salesText(sales, node.token)));
}

const salesText = (sales: readonly SaleRow[], token: TokenUnit): string =>
  tableText(
    [
      {
        title: 'ID',
        of: ({ slotId, endedAt, startedAt }) => idText(slotId, endedAt === undefined ? undefined : startedAt),
      },
      { title: 'STATE', of: stateText },
      { title: 'REQUEST', of: ({ requestId }) => shortId(requestId) },
      { title: 'SLOT', of: ({ slotIndex }) => String(slotIndex), align: 'right' },
      { title: 'SIZE', of: ({ slotSizeBytes }) => bytesText(slotSizeBytes), align: 'right' },
      { title: 'PAYS', of: (sale) => saleMoneyText(sale, token), align: 'right' },
      { title: 'PROOFS', of: ({ proofs: { sent, missed } }) => `${sent} sent, ${missed} missed` },
      { title: 'ENDS', of: ({ endedAt, requestEndsAt }) => endText(endedAt ?? requestEndsAt) },
    ],
    sales,
  );

/** Long enough to be typed again; a sale that ended is told from others of its slot by when it began. */
const idText = (slotId: string, startedAt?: number) =>
  startedAt === undefined ? slotId.slice(2, 10) : `${slotId.slice(2, 10)}@${startedAt}`;

const endText = (at: number | undefined) => (at === undefined ? '-' : timeText(at));

function stateText({ state, progress }: SaleRow): string {
  if (state !== 'downloading' || !progress) return state;
  return `${state} ${percentText(progress.doneBytes, progress.totalBytes)}`;
}

function saleText(sale: SaleRow, token: TokenUnit): string {
  const money = (amount: bigint | undefined) =>
    amount === undefined ? undefined : exactMoneyText(amount, token);
  const time = (at: number | undefined) => (at === undefined ? undefined : timeText(at));
  const { proofs, outcome, progress } = sale;
  return factsText([
    ['Sale', sale.id],
    ['Slot', `${sale.slotId}, number ${sale.slotIndex}`],
    ['Request', sale.requestId],
    ['State', `${stateText(sale)} since ${timeText(sale.stateSince)}`],
    ['Outcome', outcome && `${visibleText(outcome.text)} (${outcome.code})`],
    ['Offer', sale.availabilityId],
    ['Size', `${countText(sale.slotSizeBytes)} bytes`],
    ['Fetched', progress && `${countText(progress.doneBytes)} of ${countText(progress.totalBytes)} bytes`],
    ['Speed', progress && speedText(progress)],
    ...(progress?.peers ?? []).map((share, at): [string, string] => [
      at === 0 ? 'From' : '',
      peerText(share),
    ]),
    ['Missing', sale.missingBytes === undefined ? undefined : `${countText(sale.missingBytes)} bytes`],
    ['Runs for', durationText(sale.durationSeconds)],
    ['Pays', `${exactMoneyText(sale.pricePerSecond, token)} a second`],
    ['Collateral', money(sale.collateral)],
    ['Of it left', money(sale.currentCollateral)],
    ['Paid out', money(sale.payout)],
    ['Gas', gasText(sale.gasCost)],
    ['Proofs', `${proofs.sent} sent, ${proofs.missed} missed, ${proofs.failed} failed`],
    ['Next proof by', time(proofs.dueBy)],
    ['Started', time(sale.startedAt)],
    ['Filled', time(sale.filledAt)],
    ['Request expires', time(sale.expiresAt)],
    ['Request ends', time(sale.requestEndsAt)],
    ['Ended', time(sale.endedAt)],
    ['Path', sale.path.map(({ state }) => state).join(' → ')],
  ]);
}

type Progress = NonNullable<SaleRow['progress']>;

function speedText(progress: Progress): string {
  const left = remainingSeconds(progress);
  if (left === undefined) return 'nothing comes at present';
  return `${rateText(progress.bytesPerSecond)}, ${durationText(left)} left`;
}

function peerText({ peer, bytes, trouble }: NonNullable<Progress['peers']>[number]): string {
  const gave = `${visibleText(peer)}, ${countText(bytes)} bytes`;
  if (!trouble) return gave;
  const why = trouble.isDropped ? 'refused and dropped: it sent false data' : 'fails';
  return `${gave}, ${why} (${visibleText(trouble.code)})`;
}

const queueText = (rows: readonly QueueRow[], token: TokenUnit): string =>
  tableText(
    [
      { title: '#', of: ({ position }) => String(position), align: 'right' },
      { title: 'REQUEST', of: ({ requestId }) => shortId(requestId) },
      { title: 'SLOT', of: ({ slotIndex }) => String(slotIndex), align: 'right' },
      { title: 'SIZE', of: ({ slotSizeBytes }) => bytesText(slotSizeBytes), align: 'right' },
      { title: 'FOR', of: ({ durationSeconds }) => durationText(durationSeconds), align: 'right' },
      { title: 'PAYS', of: ({ profit }) => moneyText(profit, token), align: 'right' },
      { title: 'COLLATERAL', of: ({ collateral }) => moneyText(collateral, token), align: 'right' },
      { title: 'EXPIRES', of: ({ expiresAt }) => timeText(expiresAt) },
      { title: 'WAITS FOR', of: ({ waitingFor = '' }) => visibleText(waitingFor) },
    ],
    rows,
  );

const refusedText = (rows: readonly RefusedRow[]): string =>
  tableText(
    [
      { title: 'AT', of: ({ at }) => timeText(at) },
      { title: 'REQUEST', of: ({ requestId }) => shortId(requestId) },
      { title: 'SLOT', of: ({ slotIndex }) => String(slotIndex), align: 'right' },
      { title: 'CODE', of: ({ code }) => code },
      { title: 'WHY', of: ({ text }) => visibleText(text) },
    ],
    rows,
  );
