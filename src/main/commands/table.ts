/** How a column stands: texts to the left, numbers to the right. */
export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string;
  readonly align?: 'right';
}

/** Rows below their titles, each column as wide as its widest cell; no lines, no colour, nothing behind the last cell. */
export function tableText<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ of }) => of(row)))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => widthOf(line[index] ?? ''))));
  return cells.map((line) => lineOf(line, columns, widths)).join('\n');
}

/** Names and what they stand for, a line each; what is undefined is left out. */
export function factsText(facts: readonly (readonly [name: string, value: string | undefined])[]): string {
  const known = facts.filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...known.map(([name]) => name.length));
  return known.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

function lineOf<Row>(
  line: readonly string[],
  columns: readonly Column<Row>[],
  widths: readonly number[],
): string {
  const padded = line.map((cell, index) => {
    const gap = ' '.repeat((widths[index] ?? 0) - widthOf(cell));
    return columns[index]?.align === 'right' ? gap + cell : cell + gap;
  });
  return padded.join('  ').trimEnd();
}

/** In characters as a terminal counts them, for the scripts that names are written in here. */
const widthOf = (text: string) => Array.from(text).length;
