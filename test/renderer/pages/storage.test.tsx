import { act, fireEvent, screen, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { StorageState } from '../../../src/shared/api.ts';
import { WireFailure } from '../../../src/shared/client.ts';
import { fixtureSnapshot } from '../../../src/renderer/src/dev/fixture.ts';
import type { FixtureNode } from '../../../src/renderer/src/dev/fixturenode.ts';
import { expectAccessible, settled, showWindow } from '../support.tsx';

const NOW = Math.floor(Date.now() / 1000);
const folder = '/data/slotkeeper/slots';
const nodeFolder = '/data/slotkeeper';
const to = '/mnt/disk/slots';

const showStorage = (prepare: (node: FixtureNode) => void = () => {}, snapshot = fixtureSnapshot(NOW)) =>
  showWindow({ at: '#/settings', snapshot, prepare });
const withMove = (move: Omit<NonNullable<StorageState['move']>, 'to'>) => (node: FixtureNode) =>
  void (node.answers.storage = async () => ({ folder, nodeFolder, move: { to, ...move } }));
const section = () => within(screen.getByRole('region', { name: 'Storage' }));
const field = () => section().getByRole<HTMLInputElement>('textbox', { name: 'Move the slots to' });
const press = async (name: string) => {
  fireEvent.click(section().getByRole('button', { name }));
  await settled();
};
const callsOf = (node: FixtureNode, name: string) => node.calls.filter((call) => call.name === name);

describe('storage in the settings', () => {
  it('says where the slots are, how much is stored and sold, and when it was read again', async () => {
    const snapshot = fixtureSnapshot(NOW);
    const storage = snapshot.tables.storage.map((row) => ({
      ...row,
      usedBytes: 300_000_000_000n,
      checked: { slots: 3, harmedBlocks: 1, oldestAtMs: NOW * 1000 - 60_000 },
    }));
    await showStorage(undefined, { ...snapshot, tables: { ...snapshot.tables, storage } });
    expect(section().getByText(folder)).toBeDefined();
    expect(section().getByText('900.0 GB')).toBeDefined();
    expect(section().getByText('300.0 GB on the disk; 412.3 GB sold')).toBeDefined();
    expect(section().getByText(/^3 slots, the first .*; 1 harmed block was found$/)).toBeDefined();
  });

  it('says in place what keeps slots from being read, and what to do', async () => {
    const snapshot = fixtureSnapshot(NOW);
    const fault = { code: 'SLOT_FOLDER_GONE', message: 'The folder is gone' };
    const storage = snapshot.tables.storage.map((row) => ({ ...row, fault }));
    await showStorage(undefined, { ...snapshot, tables: { ...snapshot.tables, storage } });
    expect(within(section().getByRole('alert')).getByText(/Connect its disk again/)).toBeDefined();
    await expectAccessible();
  });

  it.each([
    ['notEmpty', /not empty/],
    ['wholePath', /whole path/],
    ['sameFolder', /elsewhere/],
  ])(
    'names the rule that a folder fails (%s) beside the field, where what was typed stays',
    async (rule, text) => {
      const node = await showStorage((fresh) => {
        fresh.answers.moveStorage = () =>
          Promise.reject(new WireFailure('MOVE_TARGET_UNUSABLE', 'no', { target: to, rule }));
      });
      fireEvent.change(field(), { target: { value: `  ${to} ` } });
      await press('Move slots');
      expect(callsOf(node, 'moveStorage')[0]?.input).toEqual({ folder: to });
      expect(field().getAttribute('aria-invalid')).toBe('true');
      const described = field().getAttribute('aria-describedby')?.split(' ') ?? [];
      expect(described.map((id) => document.getElementById(id)?.textContent).join(' ')).toMatch(text);
      expect(field().value).toBe(`  ${to} `);
      await expectAccessible();
      fireEvent.change(field(), { target: { value: `${to}2` } });
      expect(field().getAttribute('aria-invalid')).not.toBe('true');
    },
  );

  it('names the command where a browser may not say yes', async () => {
    await showStorage((node) => node.refuse('moveStorage', 'CONFIRM_AT_TERMINAL'));
    fireEvent.change(field(), { target: { value: "/mnt/Bob's disk" } });
    await press('Move slots');
    expect(section().getByText(/slotkeeper storage move '\/mnt\/Bob'\\''s disk'$/)).toBeDefined();
    expect(field().value).toBe("/mnt/Bob's disk");
  });

  it('shows how far a move is, how fast, how long, second after second, and cancels it', async () => {
    vi.useFakeTimers();
    try {
      const state = { doneBytes: 64_000_000, bytesPerSecond: 100_000, remainingSeconds: 360 };
      const node = await showStorage(
        withMove({ isCopied: false, isRunning: true, totalBytes: 100_000_000, ...state }),
      );
      expect(section().getByText('64 %, 64.0 MB of 100.0 MB, 100.0 kB/s, 6 min left')).toBeDefined();
      withMove({ isCopied: false, isRunning: true, doneBytes: 80_000_000, totalBytes: 100_000_000 })(node);
      await act(() => vi.advanceTimersByTimeAsync(1_000));
      expect(section().getByText('80 %, 80.0 MB of 100.0 MB')).toBeDefined();
      expect(section().getByRole('progressbar', { name: 'Move of the slots' })).toBeDefined();
      node.answers.storage = async () => ({ folder, nodeFolder });
      await press('Cancel the move');
      expect(callsOf(node, 'cancelStorageMove')).toHaveLength(1);
      expect(field().value).toBe('');
    } finally {
      vi.useRealTimers();
    }
  });

  it('goes on with one that stopped or failed', async () => {
    const node = await showStorage(withMove({ isCopied: false, isRunning: false, failure: 'no space left' }));
    expect(within(section().getByRole('alert')).getByText('no space left')).toBeDefined();
    await expectAccessible();
    await press('Go on');
    expect(callsOf(node, 'moveStorage')[0]?.input).toEqual({ folder: to });
  });

  it('says what is still to be done when all is copied, and after that', async () => {
    await showStorage(withMove({ isCopied: true, isRunning: false }));
    expect(section().getByText(/All is copied\. Restart the node/)).toBeDefined();
    expect(section().queryByRole('button', { name: 'Go on' })).toBeNull();
  });
});
