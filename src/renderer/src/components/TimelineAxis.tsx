import { t } from '../i18n/t.ts';
import { clockText, dayText } from '../lib/format.ts';
import { axisTimes, spans, xOf, type SpanName, type TimeWindow } from '../lib/timeline.ts';
import css from './TimelineAxis.module.css';

/** The axis in the table's head: times at the steps of the span, and Now. */
export function TimelineAxis({ window, span }: { window: TimeWindow; span: SpanName }) {
  const times = axisTimes(window, spans[span].step).filter((time) => xOf(window, time) >= LEAST_X_PX);
  const labelOf = (time: number, isOuter: boolean) =>
    spans[span].step < DAY
      ? clockText(time)
      : isOuter
        ? dayText(time)
        : String(new Date(time * 1000).getDate());
  return (
    <div className={css['axis']} style={{ width: window.widthPx }}>
      {times.map((time, index) => (
        <span key={time} style={{ left: xOf(window, time) }}>
          {labelOf(time, index === 0 || index === times.length - 1)}
        </span>
      ))}
      <span className={css['nowWord']} style={{ left: xOf(window, window.now) }}>
        {t('timeline.now')}
      </span>
    </div>
  );
}

const DAY = 86_400;
/** A word further left would stand under the head of the column before. */
const LEAST_X_PX = 14;

/** The lines of the axis through all rows. */
export function TimelineLines({
  window,
  span,
  leftPx,
}: {
  window: TimeWindow;
  span: SpanName;
  leftPx: number;
}) {
  return (
    <div className={css['lines']} style={{ left: leftPx, width: window.widthPx }} aria-hidden="true">
      {axisTimes(window, spans[span].step).map((time) => (
        <i key={time} style={{ left: xOf(window, time) }} />
      ))}
      <i className={css['nowLine']} style={{ left: xOf(window, window.now) }} />
    </div>
  );
}
