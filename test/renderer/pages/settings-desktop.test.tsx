import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../../src/shared/settings.ts';
import type { NodeHost } from '../../../src/shared/rows.ts';
import { fixtureSnapshot } from '../../../src/renderer/src/dev/fixture.ts';
import { expectAccessible, settled, showWindow } from '../support.tsx';

const desktop: NodeHost = {
  kind: 'desktop',
  hasNotifications: true,
  canStartAtLogin: true,
  canKeepAwake: true,
};
const browser: NodeHost = {
  kind: 'headless',
  hasNotifications: false,
  canStartAtLogin: false,
  canKeepAwake: false,
};
const box = (name: string) => screen.getByRole<HTMLInputElement>('checkbox', { name });

describe('Settings of notifications', () => {
  it('change what is told, and when not', async () => {
    const { changes } = await open(desktop);
    expect(screen.getByText('Shown by your system.')).toBeDefined();
    fireEvent.click(box('Tell me of everything'));
    fireEvent.click(box('Quiet hours'));
    await settled();
    fireEvent.change(screen.getByLabelText('To'), { target: { value: '06:15' } });
    await settled();
    fireEvent.change(screen.getByLabelText('From'), { target: { value: '' } });
    expect(changes()).toEqual([
      { notices: 'losses' },
      { quietHours: { from: '22:00', to: '07:00' } },
      { quietHours: { from: '22:00', to: '06:15' } },
    ]);
    expect(box('Tell me of everything').checked).toBe(false);
    fireEvent.click(box('Quiet hours'));
    await settled();
    expect(changes().at(-1)).toEqual({ quietHours: null });
  });

  it('say when a change was refused, and keep what is in force', async () => {
    const { node } = await open(desktop);
    node.refuse('changeSettings', 'SETTINGS_INVALID', 'No.');
    fireEvent.click(box('Tell me of everything'));
    await settled();
    expect(box('Tell me of everything').checked).toBe(true);
    expect(screen.getAllByRole('status').some(({ textContent }) => textContent !== '')).toBe(true);
  });
});

describe('Settings of the background', () => {
  it('belong to the desktop', async () => {
    const { changes } = await open(desktop);
    expect(screen.queryByText('Start without a window')).toBeNull();
    fireEvent.click(box('Start when I log in'));
    await settled();
    fireEvent.click(box('Start without a window'));
    fireEvent.click(box('Keep this computer awake while slots have to be proven'));
    expect(changes()).toEqual([{ startAtLogin: true }, { startHidden: false }, { keepAwake: false }]);
    await expectAccessible();
  });

  it('say when the system cannot start it', async () => {
    await open({ ...desktop, canStartAtLogin: false });
    expect(box('Start when I log in').disabled).toBe(true);
    expect(screen.getByText(/Only an installed Slotkeeper/)).toBeDefined();
  });

  it('are not in a browser', async () => {
    await open(browser);
    expect(screen.queryByText('In the background')).toBeNull();
    expect(screen.getByText('Shown in this window, while it is open.')).toBeDefined();
  });
});

describe('Settings of the access', () => {
  it.each([
    [{ address: 'http://127.0.0.1:1', isOpen: false, isEncrypted: false }, /from this computer only/],
    [{ address: 'http://10.0.0.2:8080', isOpen: true, isEncrypted: false }, /^Not encrypted/],
    [
      { address: 'https://10.0.0.2:8080', isOpen: true, isEncrypted: true },
      /at https:\/\/10.0.0.2:8080, with/,
    ],
  ])('say from where the window can be opened: %j', async (access, text) => {
    await open({ ...browser, access });
    expect(screen.getByText(text)).toBeDefined();
  });

  it('are not on the desktop', async () => {
    await open(desktop);
    expect(screen.queryByRole('heading', { name: 'Access' })).toBeNull();
  });
});

/** Settings over a node that keeps what is changed. */
async function open(host: NodeHost) {
  const snapshot = fixtureSnapshot();
  const [row] = snapshot.tables.node;
  if (!row) throw new Error('The fixture has a node');
  const node = await showWindow({
    at: '#/settings',
    snapshot: { ...snapshot, tables: { ...snapshot.tables, node: [{ ...row, host }] } },
    prepare: (made) => {
      let kept = settingsSchema.parse({});
      made.answers.changeSettings = async (changes) => {
        const said = Object.entries({ ...kept, ...changes }).filter(([, value]) => value !== null);
        return (kept = settingsSchema.parse(Object.fromEntries(said)));
      };
    },
  });
  const changes = () => node.calls.filter(({ name }) => name === 'changeSettings').map(({ input }) => input);
  return { node, changes };
}
