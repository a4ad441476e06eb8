import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataTable, type Column } from '../../../src/renderer/src/components/DataTable.tsx';

interface Row {
  readonly id: string;
  readonly text: string;
}

let drawn: string[] = [];
beforeEach(() => void (drawn = []));
afterEach(cleanup);

const column = (key: string): Column<Row> => ({
  key,
  head: key,
  width: '80px',
  cell: ({ id, text }) => {
    drawn.push(`${key} ${id}`);
    return text;
  },
});
const columns = [column('a'), column('b')];
const many = Array.from({ length: 10_000 }, (_, index): Row => ({ id: `${index}`, text: `row ${index}` }));
const keyOf = ({ id }: Row) => id;

const table = (rows: readonly Row[], shown: readonly Column<Row>[] = columns) => (
  <DataTable label="Rows" columns={shown} rows={rows} rowKey={keyOf} isVirtual />
);

describe('a table of many rows', () => {
  it('draws one row anew when one of 10,000 changes', () => {
    const { rerender } = render(table(many));
    drawn = [];
    rerender(table(many.with(3, { id: '3', text: 'changed' })));
    expect(drawn).toEqual(['a 3', 'b 3']);
    expect(screen.getAllByText('changed')).toHaveLength(2);
  });

  it('draws nothing anew when a row out of sight changes', () => {
    const { rerender } = render(table(many));
    drawn = [];
    rerender(table(many.with(5000, { id: '5000', text: 'changed' })));
    expect(drawn).toEqual([]);
  });

  it('draws only the cells of a column that is another one', () => {
    const { rerender } = render(table(many));
    const rows = new Set(drawn).size / 2;
    drawn = [];
    rerender(table(many, [columns[0] ?? column('a'), column('b')]));
    expect(drawn).toHaveLength(rows);
    expect(drawn.every((cell) => cell.startsWith('b '))).toBe(true);
  });

  it('draws only the rows that come into sight when it is scrolled, and leaves the others where they are', () => {
    render(table(many));
    const [, body] = screen.getAllByRole('rowgroup');
    const twentieth = screen.getAllByText('row 20')[0]?.closest('[role=row]');
    if (!body || !(twentieth instanceof HTMLElement)) throw new Error('The table has rows');
    const top = twentieth.style.top;
    // Once, so that the spare rows of a table that is scrolled are there.
    fireEvent.scroll(body);
    drawn = [];
    body.scrollTop = 680;
    fireEvent.scroll(body);
    const ids = new Set(drawn.map((cell) => Number(cell.slice(2))));
    expect(ids.size).toBe(20);
    expect(screen.getAllByText('row 20')[0]?.closest('[role=row]')).toBe(twentieth);
    expect([twentieth.style.top, twentieth.getAttribute('aria-rowindex')]).toEqual([top, '22']);
  });

  it('says how many rows there are, and which each is', () => {
    render(table(many));
    expect(screen.getByRole('table').getAttribute('aria-rowcount')).toBe('10001');
    const indices = screen.getAllByRole('row').map((row) => Number(row.getAttribute('aria-rowindex')));
    expect(indices).toEqual(Array.from(indices, (_, index) => index + 1));
  });
});
