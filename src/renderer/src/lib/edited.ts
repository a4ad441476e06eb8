export interface Edit<Row> {
  /** Of the list, as they are in it. */
  readonly gone: readonly Row[];
  readonly come: readonly Row[];
  /** A total order, by which the list is sorted. */
  readonly compare: (a: Row, b: Row) => number;
}

/**
 * The sorted list without some rows and with others; itself when there are none of either. Nothing is sorted anew: each
 * row's place is searched for, so that k rows of n take about 2 k log₂ n comparisons. Undefined when a row that should
 * go is not in the list.
 */
export function edited<Row>(
  list: readonly Row[],
  { gone, come, compare }: Edit<Row>,
): readonly Row[] | undefined {
  if (gone.length === 0 && come.length === 0) return list;
  const left = new Set<number>();
  for (const row of gone) {
    const at = placeOf(list, row, compare);
    if (list[at] !== row) return undefined;
    left.add(at);
  }
  const next: Row[] = [];
  let from = 0;
  for (const row of [...come].sort(compare)) {
    takeUntil(placeOf(list, row, compare));
    next.push(row);
  }
  takeUntil(list.length);
  return next;

  function takeUntil(end: number): void {
    for (; from < end; from++) if (!left.has(from)) next.push(list[from] as Row);
  }
}

/** The first place whose row does not come before `row`. */
function placeOf<Row>(list: readonly Row[], row: Row, compare: (a: Row, b: Row) => number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(list[middle] as Row, row) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
