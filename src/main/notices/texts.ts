import type { NodeRow, SaleRow } from '../../shared/rows.ts';
import type { Notice } from '../../shared/notice.ts';
import { bytesText, shortId, tokensText } from '../../shared/units.ts';
import type { Happening } from './happenings.ts';

type Told = Omit<Notice, 'isPractice'>;
type OfKind<Kind extends Happening['kind']> = Extract<Happening, { kind: Kind }>;

/** One notice of happenings of one kind that came together. */
export function noticeOf(list: readonly Happening[], token: NodeRow['token']): Told | undefined {
  const [first] = list;
  if (!first) return undefined;
  const amount = (tokens: bigint, options = {}) =>
    `${tokensText(tokens, token.decimals, options)} ${token.symbol}`.trim();
  switch (first.kind) {
    case 'slotFilled':
      return filled(only(list, first.kind), amount);
    case 'salePaid':
      return paid(only(list, first.kind), amount);
    case 'slotLost':
      return lost(only(list, first.kind), amount);
    case 'dataMissing':
      return missing(only(list, first.kind), amount);
    case 'proofMissed':
      return missed(only(list, first.kind), amount);
    case 'slashed':
      return slashed(only(list, first.kind), amount);
    case 'nodeRestarted':
      return {
        kind: 'nodeRestarted',
        title: 'Slotkeeper stopped and was started again by itself',
        body: `${first.reason} It sells and proves again. If this happens often, see the log.`,
        place: { page: 'activity' },
        isLoss: false,
      };
  }
}

type Amount = (tokens: bigint, options?: { plus?: boolean }) => string;
interface OfSale {
  readonly sale: SaleRow;
}

function filled(list: readonly OfSale[], amount: Amount): Told {
  const earns = sum(list, ({ sale }) => willEarn(sale));
  const size = bytesText(sum(list, ({ sale }) => sale.slotSizeBytes));
  const held = amount(sum(list, ({ sale }) => sale.collateral ?? 0n));
  return {
    kind: 'slotFilled',
    title: `${slots(list, 'Slot filled', 'slots filled')}: ${size}, to earn ${amount(earns)}`,
    body: `${list.length === 1 ? 'Its collateral is' : 'Their collateral is'} ${held}. Keep this computer on: proofs are due until ${list.length === 1 ? 'the request ends' : 'the requests end'}.`,
    place: placeOf(list),
    isLoss: false,
  };
}

function paid(list: readonly OfSale[], amount: Amount): Told {
  const payout = amount(
    sum(list, ({ sale }) => sale.payout ?? 0n),
    { plus: true },
  );
  return {
    kind: 'salePaid',
    title: `${slots(list, 'Sale ended and paid', 'sales ended and paid')}: ${payout}`,
    body:
      list.length === 1
        ? `${reason(list)} Its collateral is back.`
        : 'Their collateral is back. The space is offered again.',
    place: placeOf(list),
    isLoss: false,
  };
}

function lost(list: readonly OfSale[], amount: Amount): Told {
  const gone = amount(sum(list, ({ sale }) => sale.collateral ?? 0n));
  return {
    kind: 'slotLost',
    title: `${slots(list, 'Slot lost', 'slots lost')}: ${gone} of collateral gone`,
    body: `${reason(list)} What they had earned and was not paid is gone, too. Its space is offered again.`.replace(
      'What they had',
      list.length === 1 ? 'What it had' : 'What they had',
    ),
    place: placeOf(list),
    isLoss: true,
  };
}

function missing(list: readonly OfSale[], amount: Amount): Told {
  const bytes = bytesText(sum(list, ({ sale }) => sale.missingBytes ?? 0n));
  return {
    kind: 'dataMissing',
    title: `${slots(list, 'Data of a slot is missing', 'slots miss data')}: ${bytes}`,
    body: `It is fetched again; a proof that needs it before that is missed, and up to ${amount(left(list))} of collateral are at risk. Keep this computer on, and check its disk.`,
    place: placeOf(list),
    isLoss: true,
  };
}

function missed(list: readonly OfKind<'proofMissed'>[], amount: Amount): Told {
  const count = list.reduce((all, one) => all + one.count, 0);
  return {
    kind: 'proofMissed',
    title: `${count === 1 ? 'Proof' : `${count} proofs`} missed: nothing lost yet, ${amount(left(list))} at stake`,
    body: `${whose(list)} When too many are missed collateral is taken, then the slot. ${keepOn}`,
    place: placeOf(list),
    isLoss: true,
  };
}

function slashed(list: readonly OfKind<'slashed'>[], amount: Amount): Told {
  const gone = list.reduce((all, one) => all + one.amount, 0n);
  return {
    kind: 'slashed',
    title: `${amount(gone)} of collateral slashed, ${amount(left(list))} left`,
    body: `${whose(list)} When too many are missed the slot is lost with all of it. ${keepOn}`,
    place: placeOf(list),
    isLoss: true,
  };
}

const keepOn = 'Keep this computer on and online; the log of the sale says why.';

/** Whose proofs were missed, and how many so far. */
function whose(list: readonly OfSale[]): string {
  const [first] = list;
  const total = list.reduce((all, { sale }) => all + sale.proofs.missed, 0);
  if (list.length > 1 || !first) return `${list.length} slots have missed ${total} so far.`;
  const { slotIndex, requestId } = first.sale;
  return `Slot ${slotIndex} of ${shortId(requestId)} has missed ${total} so far.`;
}

/** One thing opens itself, several their page. */
function placeOf(list: readonly OfSale[]): Notice['place'] {
  const [first] = list;
  return list.length === 1 && first ? { page: 'sales', id: first.sale.id } : { page: 'sales' };
}

const slots = (list: readonly OfSale[], one: string, many: string): string =>
  list.length === 1 ? one : `${list.length} ${many}`;

const reason = (list: readonly OfSale[]): string =>
  (list.length === 1 && list[0]?.sale.outcome?.text) || 'The sales ended.';

const left = (list: readonly OfSale[]): bigint =>
  sum(list, ({ sale }) => sale.currentCollateral ?? sale.collateral ?? 0n);

/** What is paid for it when it is held to the end. */
function willEarn({ filledAt, requestEndsAt, pricePerSecond }: SaleRow): bigint {
  if (filledAt === undefined || requestEndsAt === undefined) return 0n;
  return BigInt(Math.max(0, requestEndsAt - filledAt)) * pricePerSecond;
}

const sum = (list: readonly OfSale[], of: (one: OfSale) => bigint): bigint =>
  list.reduce((all, one) => all + of(one), 0n);

const only = <Kind extends Happening['kind']>(list: readonly Happening[], kind: Kind): OfKind<Kind>[] =>
  list.filter((one): one is OfKind<Kind> => one.kind === kind);
