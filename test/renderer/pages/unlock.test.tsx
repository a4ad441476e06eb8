import { act, fireEvent, screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { fixtureSnapshot } from '../../../src/renderer/src/dev/fixture.ts';
import { fixtureWallet } from '../../../src/renderer/src/dev/fixturewallet.ts';
import type { WalletStatus } from '../../../src/shared/wallet.ts';
import { expectAccessible, settled, showWindow } from '../support.tsx';

/** A window of a node that waits for its wallet. */
async function showLocked(at = '#/home', failure?: WalletStatus['failure']) {
  const snapshot = fixtureSnapshot();
  const [running] = snapshot.tables.node;
  if (!running) throw new Error('The fixture has a node');
  const { address } = fixtureWallet;
  const wallet = { state: 'locked', address, unattended: 'none', ...(failure && { failure }) } as const;
  const locked = { ...running, state: 'locked', wallet } as const;
  const node = await showWindow({
    at,
    snapshot: { ...snapshot, tables: { ...snapshot.tables, node: [locked] } },
  });
  const unlocks = () => node.calls.filter(({ name }) => name === 'unlockWallet').map(({ input }) => input);
  return { node, running, unlocks };
}

const field = () => screen.getByLabelText<HTMLInputElement>('Passphrase');
async function type(passphrase: string) {
  fireEvent.input(field(), { target: { value: passphrase } });
  fireEvent.click(screen.getByRole('button', { name: 'Unlock' }));
  await settled();
}

describe('a window of a locked node', () => {
  it.each(['#/home', '#/offers', '#/sales', '#/queue'])('asks for the passphrase at %s', async (at) => {
    await showLocked(at);
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('The wallet is locked');
    expect(screen.getByTitle(fixtureWallet.address)).toBeDefined();
    expect(field().type).toBe('password');
    expect(document.activeElement).toBe(field());
    await expectAccessible();
  });

  it.each(['#/activity', '#/settings'])('shows as ever the page at %s, which needs no node', async (at) => {
    await showLocked(at);
    expect(screen.getByRole('heading', { level: 1 }).textContent).not.toBe('The wallet is locked');
  });

  it('hands the passphrase on once, keeps nothing of it, and shows the pages when the node runs', async () => {
    const { node, running, unlocks } = await showLocked();
    await type('a long enough passphrase');
    expect([unlocks(), field().value]).toEqual([[{ passphrase: 'a long enough passphrase' }], '']);
    await act(async () => node.push({ table: 'node', id: 'node', row: running }));
    expect(screen.queryByLabelText('Passphrase')).toBeNull();
  });

  it('says why it was refused, and lets one try again', async () => {
    const { node, unlocks } = await showLocked();
    node.refuse('unlockWallet', 'WRONG_PASSPHRASE');
    await type('not the passphrase');
    expect(
      within(screen.getByRole('alert')).getByText(/This is not the passphrase\. Try again/),
    ).toBeDefined();
    expect(document.activeElement).toBe(field());
    await type('another one');
    expect(unlocks()).toEqual([{ passphrase: 'not the passphrase' }, { passphrase: 'another one' }]);
    await expectAccessible();
  });

  it('asks for nothing with an empty field', async () => {
    const { unlocks } = await showLocked();
    fireEvent.submit(field());
    await settled();
    expect(unlocks()).toEqual([]);
  });

  it('says why it could not be unlocked by itself', async () => {
    await showLocked('#/home', { code: 'KEY_FILE_UNSAFE', message: 'Run: chmod 600 /home/someone/key' });
    const alert = screen.getByRole('alert');
    expect(within(alert).getByText('It could not be unlocked by itself.')).toBeDefined();
    expect(within(alert).getByText(/chmod 600/)).toBeDefined();
  });
});
