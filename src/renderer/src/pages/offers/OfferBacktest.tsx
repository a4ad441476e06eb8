import type { BacktestReport, NearestMiss, WhyNotRule } from '../../../../shared/insight.ts';
import { bytesText, countText, durationText, tokensText } from '../../../../shared/units.ts';
import type { AvailabilityRow } from '../../../../shared/rows.ts';
import { useAnswer } from '../../api/answer.ts';
import { useChainNow, useConnection, useOnly, useToken } from '../../api/node.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Hatched } from '../../components/Hatch.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { t } from '../../i18n/t.ts';
import { dayText, shortPrice, shortTokens } from '../../lib/format.ts';
import { termsOf, type Offer } from '../../lib/offerdraft.ts';
import css from './Offers.module.css';

interface OfferBacktestProps {
  readonly values: Partial<Offer>;
  /** The offer as it is, to compare with. */
  readonly edited: AvailabilityRow | undefined;
  readonly onTake: (values: Partial<Offer>) => void;
}

/** What the offer would have taken of the requests of the last days, and what its terms turned away. */
export function OfferBacktest({ values, edited, onTake }: OfferBacktestProps) {
  const { value: reports, failure, isAsking } = useReports(values, edited);
  return (
    <div className={css['past']} aria-busy={isAsking}>
      {failure ? (
        <Failure what={t('past.failed')} error={failure} />
      ) : isComplete(values) ? (
        reports ? (
          <Compared reports={reports} values={values} onTake={onTake} />
        ) : (
          <Skeleton rows={4} />
        )
      ) : (
        <p className={`third ${css['fillIn']}`}>{t('past.fillIn')}</p>
      )}
    </div>
  );
}

function Compared({
  reports,
  values,
  onTake,
}: {
  reports: Reports;
  values: Offer;
  onTake: OfferBacktestProps['onTake'];
}) {
  return (
    <>
      <div className={css['pastHead']}>
        <h3 className={css['checksTitle']}>{headline(reports)}</h3>
        {reports.after.requests > 0 && <span className="small third">{t('past.turnedAway')}</span>}
      </div>
      <Before {...reports} />
      <Rules report={reports.after} values={values} onTake={onTake} />
      <BestCase report={reports.after} />
    </>
  );
}

interface Reports {
  readonly after: BacktestReport;
  /** Of the offer as it is; absent for a new one. */
  readonly before?: BacktestReport | undefined;
}

function useReports(values: Partial<Offer>, edited: AvailabilityRow | undefined) {
  const { client } = useConnection();
  const isRunning = useOnly('node')?.state === 'running';
  // To the hour, so that passing time alone asks nothing again.
  const hour = Math.floor(useChainNow() / HOUR) * HOUR;
  const from = Math.max(0, hour - PERIOD);
  const question =
    isRunning && isComplete(values)
      ? { after: marketTerms(values), ...(edited && { before: marketTerms(termsOf(edited)) }), from }
      : undefined;
  return useAnswer(
    async ({ after, before, from }: NonNullable<typeof question>, signal): Promise<Reports> => {
      // One after the other: the node plays one at a time, and drops the older one.
      const isSame = before !== undefined && sameTerms(before, after);
      const first = before && !isSame ? await client.backtest({ ...before, from }) : undefined;
      signal.throwIfAborted();
      const report = await client.backtest({ ...after, from });
      return { after: report, before: first ?? (isSame ? report : undefined) };
    },
    question,
    QUIET_MS,
  );
}

const HOUR = 3600;
const PERIOD_DAYS = 14;
const PERIOD = PERIOD_DAYS * 24 * HOUR;
/** While one types nothing is asked. */
const QUIET_MS = 400;

type MarketTerms = Omit<Offer, 'name'>;

const marketTerms = (offer: Offer): MarketTerms => ({
  totalBytes: offer.totalBytes,
  minPricePerBytePerSecond: offer.minPricePerBytePerSecond,
  durationSeconds: offer.durationSeconds,
  totalCollateral: offer.totalCollateral,
  until: offer.until,
});

const sameTerms = (a: MarketTerms, b: MarketTerms): boolean =>
  Object.entries(a).every(([name, value]) => b[name as keyof MarketTerms] === value);

const isComplete = (values: Partial<Offer>): values is Offer =>
  [
    values.totalBytes,
    values.minPricePerBytePerSecond,
    values.durationSeconds,
    values.totalCollateral,
    values.until,
  ].every((value) => value !== undefined);

function headline({ after }: Reports): string {
  const days = PERIOD_DAYS;
  if (after.requests === 0) return t('past.none', { days });
  return t('past.matched', {
    count: countText(after.matched.requests),
    all: countText(after.requests),
    days,
  });
}

/** What the change does to it. */
function Before({ before, after }: Reports) {
  if (!before || after.requests === 0) return undefined;
  const change = after.matched.requests - before.matched.requests;
  const values = { count: countText(before.matched.requests), change: countText(Math.abs(change)) };
  return (
    <p className={`${css['before']} ${change < 0 ? 'attention' : 'second'}`}>
      {change === 0
        ? t('past.asBefore')
        : t(change > 0 ? 'past.moreThanBefore' : 'past.fewerThanBefore', values)}
    </p>
  );
}

function BestCase({ report }: { report: BacktestReport }) {
  const { symbol, decimals } = useToken();
  const { slots, earned } = report.withCapacity;
  if (slots === 0n) return undefined;
  const amount = `${tokensText(earned, decimals)} ${symbol}`;
  return <p className="small third">{t('past.bestCase', { slots: countText(slots), amount })}</p>;
}

const shownRules = ['price', 'duration', 'collateral', 'size', 'until', 'freeSpace'] as const;

/** Each rule with the requests it let pass and those it turned away first. */
function Rules({
  report,
  values,
  onTake,
}: {
  report: BacktestReport;
  values: Offer;
  onTake: OfferBacktestProps['onTake'];
}) {
  const label = useRuleLabel(values);
  const rules = shownRules.filter((rule) => isTerm(rule, values) || (report.refusedBy[rule] ?? 0) > 0);
  if (report.requests === 0) return undefined;
  return (
    <dl className={css['rules']}>
      {rules.map((rule) => {
        const turned = report.refusedBy[rule] ?? 0;
        return (
          <div key={rule}>
            <dt>{label(rule)}</dt>
            <dd>
              <Share passed={report.requests - turned} turned={turned} />
            </dd>
            <dd className={`${css['count']} ${turned === 0 ? 'third' : ''}`}>{turnedText(turned)}</dd>
            <dd>
              <Suggestion
                miss={report.nearestMisses.find((miss) => miss.rule === rule)}
                rule={rule}
                onTake={onTake}
              />
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

const isTerm = (rule: (typeof shownRules)[number], { until }: Offer) =>
  rule !== 'freeSpace' && (rule !== 'until' || until !== 0);

const turnedText = (turned: number) => (turned === 0 ? '0' : `\u2212${countText(turned)}`);

function Share({ passed, turned }: { passed: number; turned: number }) {
  return (
    <div className={css['share']} aria-hidden="true">
      {passed > 0 && <span className={css['passed']} style={{ flexGrow: passed }} />}
      {turned > 0 && (
        <span className={css['turned']} style={{ flexGrow: turned }}>
          <Hatched ink="future" />
        </span>
      )}
    </div>
  );
}

/** The least change that would have taken the nearest miss; pressed, it stands in the fields. */
function Suggestion({
  miss,
  rule,
  onTake,
}: {
  miss: NearestMiss | undefined;
  rule: WhyNotRule;
  onTake: OfferBacktestProps['onTake'];
}) {
  const value = useTermText();
  if (miss?.smallestChange.kind !== 'change') return undefined;
  const { minPricePerBytePerSecond, duration, totalSize, totalCollateral, until } =
    miss.smallestChange.changes;
  const changes: Partial<Offer> = {
    ...(minPricePerBytePerSecond !== undefined && { minPricePerBytePerSecond }),
    ...(duration !== undefined && { durationSeconds: duration }),
    ...(totalSize !== undefined && { totalBytes: totalSize }),
    ...(totalCollateral !== undefined && { totalCollateral }),
    ...(until !== undefined && { until }),
  };
  const term = value(rule, changes);
  if (term === undefined) return undefined;
  return (
    <button type="button" className={css['quiet']} title={miss.text} onClick={() => onTake(changes)}>
      {t('past.would', { value: term })}
    </button>
  );
}

function useTermText() {
  const { symbol, decimals } = useToken();
  return (rule: WhyNotRule, values: Partial<Offer>): string | undefined => {
    const { minPricePerBytePerSecond: price, durationSeconds, totalBytes, totalCollateral, until } = values;
    switch (rule) {
      case 'price':
        return price === undefined ? undefined : shortPrice(price, decimals);
      case 'duration':
        return durationSeconds === undefined ? undefined : durationText(durationSeconds);
      case 'size':
      case 'freeSpace':
        return totalBytes === undefined ? undefined : bytesText(totalBytes);
      case 'collateral':
        return totalCollateral === undefined
          ? undefined
          : `${shortTokens(totalCollateral, decimals)} ${symbol}`;
      case 'until':
        return until === undefined || until === 0 ? undefined : dayText(until);
      default:
        return undefined;
    }
  };
}

function useRuleLabel(values: Offer) {
  const value = useTermText();
  return (rule: (typeof shownRules)[number]) => t(`past.${rule}`, { value: value(rule, values) ?? '' });
}
