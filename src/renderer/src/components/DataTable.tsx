/* oxlint-disable jsx-a11y/prefer-tag-over-role -- rows are grids, and a row of which only a part is drawn cannot be a `tr` */
import {
  memo,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type CSSProperties,
  type ReactNode,
} from 'react';
import { afterMs } from '../../../shared/after.ts';
import { useWidth } from '../lib/measure.ts';
import css from './DataTable.module.css';

/** A cell is drawn anew only when its row or its column is another object: what a cell shows comes from these two. */
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
 * Hairlines between rows, a head that stays, numbers at the right. A row with a link to what it opens has it in its
 * first cell with `stretched`, so that the whole row is its target and one tab stop. A caller that keeps its columns
 * draws nothing but the rows that changed.
 */
export const DataTable = memo(WholeTable) as typeof WholeTable;

function WholeTable<Row>(props: DataTableProps<Row>) {
  const { label, rows, rowKey, rowHeight = 34, isVirtual = false, isChosen, overlay } = props;
  const { scroller, onScroll, first, last } = useWindow(props);
  const { ref, widthPx } = useWidth(USUAL_WIDTH_PX);
  const isNarrow = widthPx < NARROW_PX;
  const columns = useMemo(
    () => (isNarrow ? props.columns.filter(({ isMinor }) => !isMinor) : props.columns),
    [props.columns, isNarrow],
  );
  const tracks = columns.map(({ width }) => width).join(' ');
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
        <div role="row" aria-rowindex={1} className={css['head']} style={{ gridTemplateColumns: tracks }}>
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
          {rows.slice(first, last).map((row, index) => (
            <TableRow
              key={rowKey(row)}
              row={row}
              columns={columns as readonly Column<unknown>[]}
              tracks={tracks}
              index={first + index}
              heightPx={rowHeight}
              topPx={isVirtual ? (first + index) * rowHeight : undefined}
              isChosen={isChosen?.(row) ?? false}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

interface TableRowProps {
  readonly row: unknown;
  readonly columns: readonly Column<unknown>[];
  readonly tracks: string;
  readonly index: number;
  readonly heightPx: number;
  /** In a virtual table a row stands at its own place, so that none moves, or is painted, when another comes or goes. */
  readonly topPx: number | undefined;
  readonly isChosen: boolean;
}

const TableRow = memo(function TableRow(props: TableRowProps) {
  const { row, columns, tracks, index, heightPx, topPx, isChosen } = props;
  const style: CSSProperties = { gridTemplateColumns: tracks, height: heightPx };
  if (topPx !== undefined) style.top = topPx;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={css['row']}
      data-chosen={isChosen || undefined}
      style={style}
    >
      {columns.map((column) => (
        <TableCell key={column.key} row={row} column={column} />
      ))}
    </div>
  );
});

const TableCell = memo(function TableCell({ row, column }: { row: unknown; column: Column<unknown> }) {
  return (
    <div role="cell" className={css['cell']} data-align={column.align}>
      {column.cell(row)}
    </div>
  );
});

/** A class for the link or button whose target is the whole row. */
export const stretched = css['stretched'];

const USUAL_WIDTH_PX = 1000;
const NARROW_PX = 820;
/** Rows drawn beyond those in sight: enough for the first step of a wheel, and for fast ones after it. */
const SPARE_AT_REST = 4;
const SPARE_SCROLLING = 8;
const SCROLLED_MS = 300;
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
  const [{ top, height }, setSight] = useState<Sight>({ top: 0, height: UNSEEN_HEIGHT });
  const [isScrolling, setScrolling] = useState(false);
  const callOff = useRef(() => {});
  const lastTop = useRef(0);
  const firstRow = rows[0];
  const firstKey = firstRow === undefined ? undefined : rowKey(firstRow);
  const before = useRef({ firstKey, count: rows.length });
  const measure = useCallback(() => {
    const { scrollTop = 0, clientHeight = 0 } = scroller.current ?? {};
    const sight = { top: scrollTop, height: clientHeight || UNSEEN_HEIGHT };
    setSight((shown) => (showsSameRows(shown, sight, rowHeight) ? shown : sight));
  }, [rowHeight]);
  const onScroll = () => {
    measure();
    const { scrollTop = 0, clientHeight = 0, scrollHeight = 0 } = scroller.current ?? {};
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - rowHeight;
    // Rows that were added below are no reason; only whoever goes up wants to stay there.
    if (follows && !isAtEnd && scrollTop < lastTop.current) onAtEnd?.(false);
    if (!follows && isAtEnd && scrollTop > lastTop.current) onAtEnd?.(true);
    lastTop.current = scrollTop;
    setScrolling(true);
    callOff.current();
    callOff.current = afterMs(SCROLLED_MS, () => setScrolling(false));
  };
  useEffect(() => () => callOff.current(), []);
  useEffect(() => {
    if (!isVirtual || !scroller.current) return undefined;
    const observer = new ResizeObserver(measure);
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, [isVirtual, measure]);
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
  const spare = isScrolling ? SPARE_SCROLLING : SPARE_AT_REST;
  if (!isVirtual) return { scroller, onScroll: undefined, first: 0, last: rows.length };
  return {
    scroller,
    onScroll,
    first: Math.max(0, firstSeen - spare),
    last: Math.min(rows.length, lastSeen + 1 + spare),
  };
}

/** In pixels. */
interface Sight {
  readonly top: number;
  readonly height: number;
}

const showsSameRows = (a: Sight, b: Sight, rowHeight: number): boolean =>
  Math.floor(a.top / rowHeight) === Math.floor(b.top / rowHeight) &&
  Math.floor((a.top + a.height) / rowHeight) === Math.floor((b.top + b.height) / rowHeight);
