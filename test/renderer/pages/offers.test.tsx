import { act, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GB } from '../../../src/shared/units.ts';
import { emptySnapshot, fixtureSnapshot } from '../../../src/renderer/src/dev/fixture.ts';
import { settled, showWindow } from '../support.tsx';

const field = (name: string) => screen.getByRole<HTMLInputElement>('textbox', { name });
const type = (name: string, text: string) => fireEvent.change(field(name), { target: { value: text } });
const press = async (name: string) => {
  fireEvent.click(screen.getByRole('button', { name }));
  await settled();
};
const pressFocused = async (name: string) => {
  screen.getByRole('button', { name }).focus();
  await press(name);
};
const inputs = (calls: readonly { name: string; input: unknown }[], name: string) =>
  calls.filter((call) => call.name === name).map(({ input }) => input);

function fillIn(): void {
  type('Space', '120');
  type('Lowest price', '0.60');
  type('Longest sale', '14');
  type('Collateral in all', '60');
  type('Name', 'Evening disk');
}

describe('the form for an offer', () => {
  const show = () => showWindow({ at: '#/offers', snapshot: emptySnapshot() });

  it('sends bytes, seconds and smallest units, closes and announces what was made', async () => {
    const node = await showWindow({ at: '#/offers' });
    await press('New offer');
    fillIn();
    await press('Create offer');
    expect(inputs(node.calls, 'createAvailability')).toEqual([
      {
        name: 'Evening disk',
        totalBytes: 120_000_000_000n,
        durationSeconds: 1_209_600n,
        minPricePerBytePerSecond: 232n,
        totalCollateral: 60n * 10n ** 18n,
        until: 0,
      },
    ]);
    expect(screen.queryByRole('textbox', { name: 'Space' })).toBeNull();
    const announced = screen.getByText(/Offer “Evening disk” created/);
    expect(announced.closest('output')).not.toBeNull();
  });

  it('answers with both sides of the money in the same size while one types', async () => {
    await show();
    fillIn();
    const gain = screen.getByText('72.16');
    const loss = screen.getByText('−60.00');
    expect(gain.className).toBe(loss.className);
    expect(screen.getByText('all 120.0 GB sold all month at the lowest price')).toBeDefined();
    type('Collateral in all', '70');
    expect(screen.getByText('−70.00')).toBeDefined();
  });

  it('says the rule and the fix below the field, and keeps what was typed', async () => {
    await show();
    fillIn();
    type('Space', '9999');
    expect(screen.getByText(/more than the quota leaves\. Enter at most 900\.0 GB/)).toBeDefined();
    expect(field('Space').getAttribute('aria-invalid')).toBe('true');
    expect(field('Space').value).toBe('9999');
    type('Space', '100');
    expect(screen.queryByText(/more than the quota/)).toBeNull();
  });

  it('does not speak of fields that were not touched, until it is sent', async () => {
    const node = await show();
    expect(screen.queryByText(/Enter a number/)).toBeNull();
    await press('Create offer');
    expect(screen.getAllByText(/Enter a number/).length).toBeGreaterThan(1);
    expect(document.activeElement).toBe(field('Lowest price'));
    expect(inputs(node.calls, 'createAvailability')).toEqual([]);
  });

  it('shows the refusal of the node in place, with every field as it was', async () => {
    const node = await show();
    node.refuse('createAvailability', 'QUOTA_EXCEEDED', 'requested 120 GB, free 5 GB');
    fillIn();
    await press('Create offer');
    const alert = screen.getByRole('alert');
    expect(within(alert).getByText('The offer was not created.')).toBeDefined();
    expect(within(alert).getByText(/more than is left of the quota/)).toBeDefined();
    expect(field('Space').value).toBe('120');
    expect(field('Name').value).toBe('Evening disk');
    type('Space', '5');
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('turns what was typed into raw values and back', async () => {
    await show();
    fillIn();
    await press('Raw values');
    expect(field('Space').value).toBe('120000000000');
    expect(field('Lowest price').value).toBe('232');
    expect(field('Longest sale').value).toBe('1209600');
    type('Lowest price', '233');
    await press('Plain values');
    expect(field('Lowest price').value).toBe('0.603936');
    expect(field('Space').value).toBe('120');
  });

  it('checks disk, quota, tokens and gas, and how many waiting slots would fit', async () => {
    await showWindow({ at: '#/offers' });
    await press('New offer');
    type('Space', '60');
    type('Collateral in all', '200');
    expect(screen.getByText('441.7 GB free, 60.0 GB needed')).toBeDefined();
    expect(screen.getByText('131.3 GB left of 900.0 GB')).toBeDefined();
    expect(screen.getByText('199.50 TST short of the 318.00 TST all offers promise')).toBeDefined();
    expect(screen.getByText('6 of the 7 slots that wait now would fit')).toBeDefined();
    expect(screen.getByText(/0\.041 ETH, about 57 sales/)).toBeDefined();
  });

  it('does not change a suggestion under the reader', async () => {
    const node = await showWindow({ at: '#/offers' });
    await press('New offer');
    const before = field('Lowest price').value;
    const [first] = fixtureSnapshot().tables.queue;
    if (!first) throw new Error('The fixture has a queue');
    node.push({ table: 'queue', id: first.id, row: { ...first, pricePerBytePerSecond: 1n } });
    await settled();
    expect(field('Lowest price').value).toBe(before);
  });

  it('puts no suggestion into the field that one is in, and shows it once one has left it as it was', async () => {
    const empty = emptySnapshot();
    const [storage] = empty.tables.storage;
    if (!storage) throw new Error('The fixture has a disk');
    const node = await showWindow({
      at: '#/offers',
      snapshot: { ...empty, tables: { ...empty.tables, storage: [] } },
    });
    fireEvent.focus(field('Space'));
    await act(async () => node.push({ table: 'storage', id: storage.id, row: storage }));
    expect(field('Space').value).toBe('');
    fireEvent.blur(field('Space'));
    expect(Number(field('Space').value)).toBeGreaterThan(0);
  });
});

describe('the form for an offer that is there', () => {
  const [offer] = fixtureSnapshot().tables.availabilities;
  if (!offer) throw new Error('The fixture has an offer');
  const show = async () => {
    const node = await showWindow({ at: '#/offers' });
    await press('Edit Two weeks');
    return node;
  };

  it('begins with its terms, sends only what was changed, and announces it', async () => {
    const node = await show();
    expect(field('Space').value).toBe('500');
    expect(field('Collateral in all').value).toBe('250');
    type('Lowest price', '0.70');
    await press('Save changes');
    expect(inputs(node.calls, 'updateAvailability')).toEqual([
      { id: offer.id, minPricePerBytePerSecond: 271n },
    ]);
    expect(screen.getByText(/Offer “Two weeks” changed/).closest('output')).not.toBeNull();
    expect(screen.queryByRole('button', { name: 'Save changes' })).toBeNull();
  });

  it('sends what was changed here, and keeps what another window changed meanwhile', async () => {
    const node = await show();
    act(() => node.push({ table: 'availabilities', id: offer.id, row: { ...offer, totalBytes: 501n * GB } }));
    type('Name', 'Fortnight');
    await press('Save changes');
    expect(inputs(node.calls, 'updateAvailability')).toEqual([{ id: offer.id, name: 'Fortnight' }]);
  });

  it('closes when the offer is gone', async () => {
    const node = await show();
    act(() => node.push({ table: 'availabilities', id: offer.id, row: null }));
    expect(screen.queryByRole('button', { name: 'Save changes' })).toBeNull();
  });

  it('asks before it is deleted, says what runs on, and does nothing on a no', async () => {
    const node = await show();
    await press('Delete offer');
    const dialog = screen.getByRole('dialog', { name: 'Delete “Two weeks”?' });
    expect(within(dialog).getByText(/17 slots in it run to their end/)).toBeDefined();
    fireEvent.click(within(dialog).getByRole('button', { name: 'Cancel' }));
    await settled();
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(inputs(node.calls, 'deleteAvailability')).toEqual([]);
    await press('Delete offer');
    node.answers.deleteAvailability = async () => ({ state: 'draining' });
    await press('Wind down and delete');
    expect(inputs(node.calls, 'deleteAvailability')).toEqual([{ id: offer.id }]);
    expect(screen.getByText(/“Two weeks” winds down/)).toBeDefined();
  });

  it('leaves the focus on the page, since the button that opened the form goes with the offer', async () => {
    const node = await showWindow({ at: '#/offers' });
    await pressFocused('Edit Two weeks');
    await pressFocused('Delete offer');
    node.answers.deleteAvailability = async () => ({ state: 'draining' });
    await pressFocused('Wind down and delete');
    act(() => node.push({ table: 'availabilities', id: offer.id, row: { ...offer, state: 'windingDown' } }));
    expect(screen.queryByRole('button', { name: 'Edit Two weeks' })).toBeNull();
    expect(document.activeElement).toBe(document.getElementById('main'));
  });

  it('gives the focus back to the button when the node refuses', async () => {
    const node = await showWindow({ at: '#/offers' });
    await pressFocused('Edit Two weeks');
    await pressFocused('Delete offer');
    node.answers.deleteAvailability = () => {
      // As a browser does with a button that is disabled.
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      return Promise.reject(new Error('No.'));
    };
    await pressFocused('Wind down and delete');
    const again = screen.getByRole('button', { name: 'Wind down and delete' });
    expect(document.activeElement).toBe(again);
  });

  it('says when the last running sale ends as it is when it is asked, however the sales change then', async () => {
    const node = await showWindow({ at: `#/offers/${offer.id}` });
    await press('Delete offer');
    const words = () => screen.getByRole('dialog').textContent;
    const before = words();
    expect(before).toMatch(/The last/);
    const sale = fixtureSnapshot().tables.sales.find(
      ({ availabilityId, endedAt }) => availabilityId === offer.id && endedAt === undefined,
    );
    if (!sale) throw new Error('The fixture has a sale in it');
    const requestEndsAt = (sale.requestEndsAt ?? 0) + 90 * 86_400;
    act(() => node.push({ table: 'sales', id: sale.id, row: { ...sale, requestEndsAt } }));
    expect(words()).toBe(before);
  });
});

describe('what an offer would have taken', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => vi.useRealTimers());

  const quiet = async () => {
    await act(async () => vi.advanceTimersByTimeAsync(400));
    await settled();
  };

  it('is asked when typing pauses, and shown rule by rule, with the change that takes the nearest miss', async () => {
    const node = await showWindow({ at: '#/offers' });
    await press('New offer');
    fillIn();
    expect(inputs(node.calls, 'backtest')).toEqual([]);
    await quiet();
    expect(inputs(node.calls, 'backtest')).toMatchObject([
      { totalBytes: 120n * GB, minPricePerBytePerSecond: 232n, durationSeconds: 1_209_600n },
    ]);
    expect(screen.getByText('124 of the 200 requests of the last 14 days would match')).toBeDefined();
    const row = screen.getByText('Price of 0.60 or more').closest('div');
    expect(row?.textContent).toContain('−41');
    await press('0.55 would take more');
    expect(field('Lowest price').value).toBe('0.549504');
    await quiet();
    expect(inputs(node.calls, 'backtest')).toHaveLength(2);
  });

  it('compares a change with the offer as it is', async () => {
    const node = await showWindow({ at: '#/offers' });
    await press('Edit Two weeks');
    await quiet();
    expect(inputs(node.calls, 'backtest')).toHaveLength(1);
    expect(screen.getByText('As many as now.')).toBeDefined();
    type('Lowest price', '0.50');
    await quiet();
    expect(inputs(node.calls, 'backtest')).toHaveLength(3);
    expect(screen.getByText('29 more than now (124).')).toBeDefined();
  });

  it('says in place why it could not be compared', async () => {
    const node = await showWindow({ at: '#/offers' });
    node.refuse('backtest', 'CHAIN_UNREACHABLE');
    await press('New offer');
    fillIn();
    await quiet();
    expect(
      within(screen.getByRole('alert')).getByText('The past requests could not be compared.'),
    ).toBeDefined();
    expect(screen.getByRole('button', { name: 'Create offer' })).toBeDefined();
  });
});

describe('the table of offers', () => {
  it('says how many of the last day’s requests an offer matched', async () => {
    await showWindow({ at: '#/offers' });
    // It is asked after a timer of zero.
    await act(async () => new Promise((resolve) => setTimeout(resolve, 0)));
    await settled();
    const row = screen.getByText('Two weeks').closest('[role="row"]');
    expect(row?.textContent).toContain('1 of 2');
  });

  it('pauses all that are active', async () => {
    const node = await showWindow({ at: '#/offers' });
    await press('Pause all');
    expect(inputs(node.calls, 'setAvailabilityEnabled')).toMatchObject([
      { enabled: false },
      { enabled: false },
    ]);
    expect(screen.getByText('All offers are paused. Running sales go on.')).toBeDefined();
  });

  it('says state, use, price and length in words, and pauses and resumes by name', async () => {
    const node = await showWindow({ at: '#/offers' });
    const row = screen.getByText('Two weeks').closest('[role="row"]');
    if (!(row instanceof HTMLElement)) throw new Error('The offer has a row');
    for (const text of ['Active', '292.1 of 500.0 GB', '0.60', '14 d'])
      expect(within(row).getByText(text)).toBeDefined();
    await press('Pause Two weeks');
    await press('Resume Autumn, long');
    const offers = fixtureSnapshot().tables.availabilities;
    expect(inputs(node.calls, 'setAvailabilityEnabled')).toEqual([
      { id: offers[0]?.id, enabled: false },
      { id: offers[2]?.id, enabled: true },
    ]);
  });

  it('says of a deleted offer that it winds down, and offers no switch for it', async () => {
    const node = await showWindow({ at: '#/offers' });
    const offer = fixtureSnapshot().tables.availabilities[0];
    if (!offer) throw new Error('The fixture has an offer');
    act(() => node.push({ table: 'availabilities', id: offer.id, row: { ...offer, state: 'windingDown' } }));
    expect(screen.getByText('Winding down')).toBeDefined();
    expect(screen.queryByRole('button', { name: 'Pause Two weeks' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Resume Two weeks' })).toBeNull();
  });

  it('tells in place when an offer could not be changed', async () => {
    const node = await showWindow({ at: '#/offers' });
    node.refuse('setAvailabilityEnabled', 'NOT_FOUND');
    await press('Pause Short jobs');
    expect(within(screen.getByRole('alert')).getByText(/This offer is not there any more/)).toBeDefined();
  });
});
