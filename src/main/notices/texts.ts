import type { NodeRow, SaleRow } from '../../shared/rows.ts';
import type { Notice, ToldNotice } from '../../shared/notice.ts';
import { sentence, type Fact, type Sentence } from '../../shared/i18n/say.ts';
import { shortId } from '../../shared/units.ts';
import type { Happening } from './happenings.ts';

type OfKind<Kind extends Happening['kind']> = Extract<Happening, { kind: Kind }>;

/** One notice of happenings of one kind that came together. */
export function noticeOf(list: readonly Happening[], token: NodeRow['token']): ToldNotice | undefined {
  const [first] = list;
  if (!first) return undefined;
  const amount = (tokens: bigint): Fact => ({ tokens, ...token });
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
        sentences: {
          title: sentence('notice.restarted'),
          body: sentence('notice.restartedBody', { reason: first.reason }),
        },
        place: { page: 'activity' },
        isLoss: false,
      };
  }
}

type Amount = (tokens: bigint) => Fact;
interface OfSale {
  readonly sale: SaleRow;
}

function filled(list: readonly OfSale[], amount: Amount): ToldNotice {
  const facts = {
    size: { bytes: sum(list, ({ sale }) => sale.slotSizeBytes) },
    pay: amount(sum(list, ({ sale }) => willEarn(sale))),
  };
  const collateral = amount(sum(list, ({ sale }) => sale.collateral ?? 0n));
  return {
    kind: 'slotFilled',
    sentences: {
      title: isOne(list)
        ? sentence('notice.filled.one', facts)
        : sentence('notice.filled.other', { ...facts, count: list.length }),
      body: sentence(isOne(list) ? 'notice.filledBody.one' : 'notice.filledBody.other', { collateral }),
    },
    place: placeOf(list),
    isLoss: false,
  };
}

function paid(list: readonly OfSale[], amount: Amount): ToldNotice {
  const pay = amount(sum(list, ({ sale }) => sale.payout ?? 0n));
  return {
    kind: 'salePaid',
    sentences: {
      title: isOne(list)
        ? sentence('notice.paid.one', { pay })
        : sentence('notice.paid.other', { pay, count: list.length }),
      body: isOne(list)
        ? sentence('notice.paidBody.one', { why: reason(list) })
        : sentence('notice.paidBody.other'),
    },
    place: placeOf(list),
    isLoss: false,
  };
}

function lost(list: readonly OfSale[], amount: Amount): ToldNotice {
  const collateral = amount(sum(list, ({ sale }) => sale.collateral ?? 0n));
  return {
    kind: 'slotLost',
    sentences: {
      title: isOne(list)
        ? sentence('notice.lost.one', { collateral })
        : sentence('notice.lost.other', { collateral, count: list.length }),
      body: isOne(list)
        ? sentence('notice.lostBody.one', { why: reason(list) })
        : sentence('notice.lostBody.other'),
    },
    place: placeOf(list),
    isLoss: true,
  };
}

function missing(list: readonly OfSale[], amount: Amount): ToldNotice {
  const size = { bytes: sum(list, ({ sale }) => sale.missingBytes ?? 0n) };
  return {
    kind: 'dataMissing',
    sentences: {
      title: isOne(list)
        ? sentence('notice.missing.one', { size })
        : sentence('notice.missing.other', { size, count: list.length }),
      body: sentence('notice.missingBody', { collateral: amount(left(list)) }),
    },
    place: placeOf(list),
    isLoss: true,
  };
}

function missed(list: readonly OfKind<'proofMissed'>[], amount: Amount): ToldNotice {
  const count = list.reduce((all, one) => all + one.count, 0);
  const collateral = amount(left(list));
  return {
    kind: 'proofMissed',
    sentences: {
      title:
        count === 1
          ? sentence('notice.missed.one', { collateral })
          : sentence('notice.missed.other', { collateral, count }),
      body: sentence('notice.missedBody', { whose: whose(list) }),
    },
    place: placeOf(list),
    isLoss: true,
  };
}

function slashed(list: readonly OfKind<'slashed'>[], amount: Amount): ToldNotice {
  const taken = amount(list.reduce((all, one) => all + one.amount, 0n));
  return {
    kind: 'slashed',
    sentences: {
      title: sentence('notice.slashed', { taken, left: amount(left(list)) }),
      body: sentence('notice.slashedBody', { whose: whose(list) }),
    },
    place: placeOf(list),
    isLoss: true,
  };
}

/** Whose proofs were missed, and how many so far. */
function whose(list: readonly OfSale[]): Sentence {
  const [first] = list;
  const missed = list.reduce((all, { sale }) => all + sale.proofs.missed, 0);
  if (list.length > 1 || !first) return sentence('notice.whose.other', { count: list.length, missed });
  const { slotIndex, requestId } = first.sale;
  const slot = sentence('slotOf', { index: slotIndex, request: shortId(requestId) });
  return sentence('notice.whose.one', { slot, missed });
}

/** One thing opens itself, several their page. */
function placeOf(list: readonly OfSale[]): Notice['place'] {
  const [first] = list;
  return list.length === 1 && first ? { page: 'sales', id: first.sale.id } : { page: 'sales' };
}

const isOne = (list: readonly OfSale[]): boolean => list.length === 1;

const reason = (list: readonly OfSale[]): Fact => ({ outcome: list[0]?.sale.outcome });

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
