/* oxlint-disable jsx-a11y/prefer-tag-over-role -- a drawing of its own is no `img` */
import type { SaleRow } from '../../../shared/rows.ts';
import { plural, t } from '../i18n/t.ts';
import { timeText } from '../lib/format.ts';
import { barOf, xOf, type SaleBar, type Stretch, type TimeWindow } from '../lib/timeline.ts';

const drawingStyle = { display: 'block', overflow: 'visible' } as const;
const HEIGHT = 14;
const MIDDLE = HEIGHT / 2;

/** One sale along the axis all rows share: proofs sent, missed, due, and what is still to run. */
export function TimelineBar({ sale, window }: { sale: SaleRow; window: TimeWindow }) {
  const bar = barOf(sale, window);
  const text = timelineText(sale, window.now);
  return bar ? <BarDrawing bar={bar} window={window} label={text} /> : <span className="unseen">{text}</span>;
}

/** `24 proofs sent, 1 missed on 20 Nov 07:58, ends 27 Nov 22:14` */
export function timelineText({ proofs, endedAt, requestEndsAt, filledAt }: SaleRow, now: number): string {
  if (filledAt === undefined) return t('timeline.notFilled');
  const parts = [plural('timeline.sent', proofs.sent)];
  const missedAt = proofs.missedAt.at(-1);
  if (proofs.missed > 0) {
    parts.push(
      missedAt === undefined
        ? t('timeline.missed', { count: proofs.missed })
        : t('timeline.missedOn', { count: proofs.missed, time: timeText(missedAt, now) }),
    );
  }
  if (endedAt !== undefined) parts.push(t('timeline.ended', { time: timeText(endedAt, now) }));
  else if (requestEndsAt !== undefined)
    parts.push(t('timeline.ends', { time: timeText(requestEndsAt, now) }));
  return parts.join(', ');
}

// Named as a picture: hidden text in each of many rows would have to be laid out.
function BarDrawing({ bar, window, label }: { bar: SaleBar; window: TimeWindow; label: string }) {
  const { past, future, ticks, misses, lostAt, isDue } = bar;
  return (
    <svg width={window.widthPx} height={HEIGHT} style={drawingStyle} role="img" aria-label={label}>
      {past && <Past stretch={past} misses={misses} />}
      {future && <Future stretch={future} isOpen={bar.isOpenRight} />}
      <path
        d={ticks.map((x) => `M${x.toFixed(1)} 0V${HEIGHT}`).join('')}
        stroke="var(--accent)"
        strokeWidth="2"
      />
      {misses.map((x) => (
        <path
          key={x}
          d={`M${x - 3.5} ${MIDDLE - 3.5}l7 7m0-7l-7 7`}
          stroke="var(--danger)"
          strokeWidth="1.8"
          strokeLinecap="round"
        />
      ))}
      {lostAt !== undefined && (
        <path d={`M${lostAt} -3V${HEIGHT + 3}`} stroke="var(--danger)" strokeWidth="2.5" />
      )}
      {isDue && (
        <circle
          cx={xOf(window, window.now)}
          cy={MIDDLE}
          r="4.5"
          fill="var(--bg)"
          stroke="var(--accent)"
          strokeWidth="2"
        />
      )}
    </svg>
  );
}

/** The fill is cut where a proof was missed. */
function Past({ stretch: { x, width }, misses }: { stretch: Stretch; misses: readonly number[] }) {
  const edges = [x, ...misses.flatMap((miss) => [miss - GAP, miss + GAP]), x + width];
  const pieces: { from: number; to: number }[] = [];
  for (let index = 0; index + 1 < edges.length; index += 2) {
    pieces.push({ from: edges[index] ?? 0, to: edges[index + 1] ?? 0 });
  }
  return pieces
    .filter(({ from, to }) => to > from)
    .map(({ from, to }) => (
      <rect key={from} x={from} width={to - from} height={HEIGHT} fill="var(--soft)" rx="1" />
    ));
}

function Future({ stretch: { x, width }, isOpen }: { stretch: Stretch; isOpen: boolean }) {
  const end = x + width;
  const outline = isOpen
    ? `M${end} .5H${x + 0.5}V${HEIGHT - 0.5}H${end}`
    : `M${x + 0.5} .5H${end - 0.5}V${HEIGHT - 0.5}H${x + 0.5}Z`;
  return (
    <>
      <rect x={x} width={width} height={HEIGHT} fill="url(#hatch-future)" />
      <path d={outline} fill="none" stroke="var(--softline)" />
    </>
  );
}

const GAP = 6;
