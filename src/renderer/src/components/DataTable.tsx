/* oxlint-disable jsx-a11y/prefer-tag-over-role -- rows are grids, and a row of which only a part is drawn cannot be a `tr` */
import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { useWidth } from '../lib/measure.ts';
import css from './DataTable.module.css';

export interface Column<Row> {
  readonly key: string;
  readonly head: ReactNode;
  /** A track of a CSS grid: `126px`, `minmax(0, 1fr)`. */
  readonly width: string;
  readonly align?: 'right';
  /** Left out where the window is narrow. */
  readonly isMinor?: boolean;
  readonly cell: (row: Row) => ReactNode;
}

interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly rowHeight?: number;
  /** Fills the height it is given and draws only the rows in sight; the head stays. */
  readonly isVirtual?: boolean;
  readonly isChosen?: (row: Row) => boolean;
  readonly overlay?: ReactNode;
  readonly onRange?: (first: number, last: number) => void;
  /** Keeps the last row in sight as rows are added. */
  readonly follows?: boolean;
  /** Told when somebody scrolls away from the last row, and back to it. */
  readonly onAtEnd?: (isAtEnd: boolean) => void;
}

/**
 * Hairlines between rows, numbers at the right, a head that stays. A row with a link to what it opens has it in its
 * first cell with `stretched`, so that the whole row is its target and one tab stop.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, rows, rowKey, rowHeight = 34, isVirtual = false, isChosen, overlay } = props;
  const { scroller, onScroll, first, last } = useWindow(props);
  const { ref, widthPx } = useWidth(USUAL_WIDTH_PX);
  const columns = widthPx < NARROW_PX ? props.columns.filter(({ isMinor }) => !isMinor) : props.columns;
  const template = { gridTemplateColumns: columns.map(({ width }) => width).join(' ') };
  return (
    <div
      ref={ref}
      className={css['table']}
      data-virtual={isVirtual || undefined}
      role="table"
      aria-label={label}
      aria-rowcount={rows.length + 1}
    >
      <div role="rowgroup" className={css['headGroup']}>
        <div role="row" aria-rowindex={1} className={css['head']} style={template}>
          {columns.map(({ key, head, align }) => (
            <div key={key} role="columnheader" className={css['cell']} data-align={align}>
              {head}
            </div>
          ))}
        </div>
      </div>
      <div
        role="rowgroup"
        className={css['body']}
        ref={scroller}
        onScroll={onScroll}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so that the keyboard must reach it
        tabIndex={isVirtual ? 0 : undefined}
      >
        {overlay}
        <div style={isVirtual ? { height: rows.length * rowHeight, position: 'relative' } : undefined}>
          <div style={isVirtual ? { transform: `translateY(${first * rowHeight}px)` } : undefined}>
            {rows.slice(first, last).map((row, index) => (
              <div
                key={rowKey(row)}
                role="row"
                aria-rowindex={first + index + 2}
                className={css['row']}
                data-chosen={isChosen?.(row) || undefined}
                style={{ ...template, height: rowHeight }}
              >
                {columns.map(({ key, align, cell }) => (
                  <div key={key} role="cell" className={css['cell']} data-align={align}>
                    {cell(row)}
                  </div>
                ))}
              </div>
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

/** A class for the link or button whose target is the whole row. */
export const stretched = css['stretched'];

const USUAL_WIDTH_PX = 1000;
const NARROW_PX = 820;
const OVERSCAN = 8;
const UNSEEN_HEIGHT = 900;

/** The rows in sight, and a few around them, while a virtual table is scrolled. */
function useWindow<Row>({
  rows,
  rowHeight = 34,
  isVirtual = false,
  rowKey,
  onRange,
  follows = false,
  onAtEnd,
}: DataTableProps<Row>) {
  const scroller = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  const firstRow = rows[0];
  const firstKey = firstRow === undefined ? undefined : rowKey(firstRow);
  const before = useRef({ firstKey, count: rows.length });
  const [{ top, height }, setSight] = useState({ top: 0, height: UNSEEN_HEIGHT });
  const measure = () => {
    const { scrollTop = 0, clientHeight = 0 } = scroller.current ?? {};
    setSight({ top: scrollTop, height: clientHeight || UNSEEN_HEIGHT });
  };
  const onScroll = () => {
    measure();
    const { scrollTop = 0, clientHeight = 0, scrollHeight = 0 } = scroller.current ?? {};
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - rowHeight;
    // Rows that were added below are no reason; only whoever goes up wants to stay there.
    if (follows && !isAtEnd && scrollTop < lastTop.current) onAtEnd?.(false);
    if (!follows && isAtEnd && scrollTop > lastTop.current) onAtEnd?.(true);
    lastTop.current = scrollTop;
  };
  useEffect(() => {
    if (!isVirtual || !scroller.current) return undefined;
    const observer = new ResizeObserver(measure);
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, [isVirtual]);
  // Rows that come before those in sight must not push them away.
  useLayoutEffect(() => {
    const { firstKey: known, count } = before.current;
    before.current = { firstKey, count: rows.length };
    const added = rows.length - count;
    if (!isVirtual || follows || !scroller.current || known === firstKey || added <= 0) return;
    const wasFirst = rows[added];
    if (wasFirst !== undefined && rowKey(wasFirst) === known) scroller.current.scrollTop += added * rowHeight;
  });
  const lastRow = rows.at(-1);
  useEffect(() => {
    if (follows && scroller.current) scroller.current.scrollTop = scroller.current.scrollHeight;
  }, [follows, lastRow, rows.length]);
  const firstSeen = Math.min(Math.floor(top / rowHeight), Math.max(0, rows.length - 1));
  const lastSeen = Math.min(rows.length, Math.floor((top + height) / rowHeight));
  useEffect(() => onRange?.(firstSeen, lastSeen), [onRange, firstSeen, lastSeen]);
  if (!isVirtual) return { scroller, onScroll: undefined, first: 0, last: rows.length };
  return {
    scroller,
    onScroll,
    first: Math.max(0, firstSeen - OVERSCAN),
    last: Math.min(rows.length, lastSeen + 1 + OVERSCAN),
  };
}
