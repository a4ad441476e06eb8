import { fireEvent, screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { emptySnapshot, fixtureSnapshot } from '../../../src/renderer/src/dev/fixture.ts';
import { entriesFor, entriesOf } from '../../../src/renderer/src/components/palette/entries.ts';
import { FixtureNode } from '../../../src/renderer/src/dev/fixturenode.ts';
import { expectAccessible, settled, showWindow } from '../support.tsx';

const field = () => screen.getByRole('combobox', { name: 'Find or do' });
const options = () => screen.queryAllByRole('option').map(({ textContent }) => textContent);
const open = async () => {
  fireEvent.keyDown(document.body, { key: 'k', ctrlKey: true });
  await settled();
};
const type = (text: string) => fireEvent.change(field(), { target: { value: text } });
const press = async (key: string) => {
  fireEvent.keyDown(field(), { key });
  await settled();
};

describe('the palette', () => {
  it('opens with Ctrl or Cmd and K, and closes with Escape or the same keys', async () => {
    await showWindow();
    await open();
    expect(document.activeElement).toBe(field());
    fireEvent(screen.getByRole('dialog', { name: 'Find or do' }), new Event('cancel', { cancelable: true }));
    expect(screen.queryByRole('dialog')).toBeNull();
    fireEvent.keyDown(document.body, { key: 'K', metaKey: true });
    expect(screen.getByRole('dialog', { name: 'Find or do' })).toBeDefined();
    await open();
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('is named and reached as a combobox is', { timeout: 20_000 }, async () => {
    await showWindow({ snapshot: emptySnapshot() });
    await open();
    await expectAccessible();
  });

  it('goes to a page by a few letters', async () => {
    await showWindow();
    fireEvent.click(screen.getByRole('button', { name: /Find or do/ }));
    type('QUE');
    expect(options()[0]).toBe('Queuepage');
    await press('Enter');
    expect(location.hash).toBe('#/queue');
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('finds a sale by any part of its ids', async () => {
    await showWindow();
    await open();
    const [sale] = fixtureSnapshot().tables.sales;
    if (!sale) throw new Error('The fixture has sales');
    type(sale.slotId.slice(20, 40));
    expect(options()).toHaveLength(1);
    await press('Enter');
    expect(location.hash).toBe(`#/sales/${sale.id}`);
  });

  it('moves with the arrows, round the ends, and names what is chosen to a screen reader', async () => {
    await showWindow();
    await open();
    await press('ArrowUp');
    const all = screen.getAllByRole('option');
    expect(all.at(-1)?.getAttribute('aria-selected')).toBe('true');
    expect(field().getAttribute('aria-activedescendant')).toBe(all.at(-1)?.id);
    await press('ArrowDown');
    expect(all[0]?.getAttribute('aria-selected')).toBe('true');
  });

  it('pauses an offer, and says in place when that was refused', async () => {
    const node = await showWindow();
    node.refuse('setAvailabilityEnabled', 'NOT_FOUND');
    await open();
    type('pause two');
    await press('Enter');
    expect(within(screen.getByRole('alert')).getByText(/This offer is not there any more/)).toBeDefined();
    delete node.answers.setAvailabilityEnabled;
    await press('Enter');
    expect(node.calls.at(-1)).toMatchObject({ name: 'setAvailabilityEnabled', input: { enabled: false } });
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('opens the form for an offer to change', async () => {
    await showWindow();
    await open();
    type('edit short');
    await press('Enter');
    expect(screen.getByRole('heading', { name: 'Change “Short jobs”' })).toBeDefined();
  });

  it('says what to do when nothing is found', async () => {
    await showWindow();
    await open();
    type('no such thing');
    expect(screen.getByText(/Try fewer letters/)).toBeDefined();
    await press('Enter');
    expect(screen.getByRole('dialog')).toBeDefined();
  });

  it('shows no more than fifty of many sales', () => {
    const snapshot = fixtureSnapshot();
    const node = new FixtureNode(snapshot);
    const [sale] = snapshot.tables.sales;
    if (!sale) throw new Error('The fixture has sales');
    const sales = new Map(
      Array.from({ length: 10_000 }, (_, index) => [`${index}`, { ...sale, id: `${index}` }] as const),
    );
    const tables = { ...node.connection.live.state.getSnapshot().tables, sales };
    const entries = entriesOf({ tables, client: node.connection.client });
    expect(entriesFor(entries, '')).toHaveLength(50);
    expect(entriesFor(entries, 'slot')).toHaveLength(50);
  });
});
