import { fireEvent, screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { fixtureSnapshot } from '../../../src/renderer/src/dev/fixture.ts';
import type { FixtureNode } from '../../../src/renderer/src/dev/fixturenode.ts';
import { liveSnapshot, prepareLive } from '../../../src/renderer/src/dev/fixturelive.ts';
import type { NodeRow } from '../../../src/shared/rows.ts';
import { expectAccessible, settled, showWindow } from '../support.tsx';

const section = (name: string) => within(screen.getByRole('region', { name }));
const press = async (name: string, where = 'Network') => {
  fireEvent.click(section(where).getByRole('button', { name }));
  await settled();
};
const type = (where: string, label: string, text: string) =>
  fireEvent.change(section(where).getByLabelText(label), { target: { value: text } });
const secret = (label: string, text: string) =>
  fireEvent.input(section('Wallet').getByLabelText(label), { target: { value: text } });
const inputs = (node: FixtureNode, call: string) =>
  node.calls.filter(({ name }) => name === call).map(({ input }) => input);
const live = (changes: Partial<NodeRow> = {}) =>
  showWindow({ at: '#/settings', snapshot: liveSnapshot(changes), prepare: prepareLive });

describe('The index of the settings', () => {
  const names = (elements: readonly Element[]) =>
    elements.map((element) => element.getAttribute('aria-label') ?? element.textContent);

  it.each([
    ['in practice', () => showWindow({ at: '#/settings' })],
    ['on a live network on the desktop', () => live({ host: desktop })],
  ])('names every section that is there, %s', async (_where, show) => {
    await show();
    const main = document.getElementById('main');
    const index = screen.getByRole('navigation', { name: 'Parts of the settings' });
    const sections = [...(main?.querySelectorAll('section') ?? [])];
    expect(names(within(index).getAllByRole('button'))).toEqual(names(sections));
    expect(sections.length).toBeGreaterThan(8);
  });
});

const desktop = {
  kind: 'desktop',
  hasNotifications: true,
  canStartAtLogin: true,
  canKeepAwake: true,
} as const;

describe('The quota', () => {
  it('is read as people write it, and set in bytes', async () => {
    const node = await showWindow({ at: '#/settings' });
    for (const [text, quotaBytes] of [
      ['1,5 TB', 1_500_000_000_000],
      ['900gb', 900_000_000_000],
    ] as const) {
      type('Quota and workers', 'Quota', text);
      await press('Set the quota', 'Quota and workers');
      expect(inputs(node, 'changeSettings').at(-1)).toEqual({ quotaBytes });
    }
    await press('Use the default', 'Quota and workers');
    expect(inputs(node, 'changeSettings').at(-1)).toEqual({ quotaBytes: null });
  });

  it.each([
    ['-5', /more than|above|greater/i],
    ['5 potatoes', /unit is not known/],
    ['9 TB', /The disk has/],
    ['1', /are stored or promised by your offers/],
  ])('%s is refused as it is typed, with the rule, and stays in the field', async (text, rule) => {
    const node = await showWindow({ at: '#/settings' });
    type('Quota and workers', 'Quota', text);
    const field = section('Quota and workers').getByLabelText<HTMLInputElement>('Quota');
    expect(field.getAttribute('aria-invalid')).toBe('true');
    expect(section('Quota and workers').getByText(rule)).toBeDefined();
    await press('Set the quota', 'Quota and workers');
    expect([field.value, inputs(node, 'changeSettings')]).toEqual([text, []]);
  });

  it('stays typed when the node refuses it', async () => {
    const node = await showWindow({ at: '#/settings' });
    node.refuse('changeSettings', 'QUOTA_BELOW_PROMISED', 'No.');
    type('Quota and workers', 'Quota', '901');
    await press('Set the quota', 'Quota and workers');
    expect(section('Quota and workers').getByRole('alert').textContent).toMatch(/offers smaller first/);
    expect(section('Quota and workers').getByLabelText<HTMLInputElement>('Quota').value).toBe('901');
  });

  it.each(['0', '33', '2.5', 'x'])('and %s workers are refused', async (text) => {
    const node = await showWindow({ at: '#/settings' });
    type('Quota and workers', 'Slots prepared at once', text);
    expect(section('Quota and workers').getByText(/whole number from 1 to 32/)).toBeDefined();
    await press('Set', 'Quota and workers');
    expect(inputs(node, 'changeSettings')).toEqual([]);
  });
});

describe('The network', () => {
  it('is changed once what changes was shown and accepted', async () => {
    const node = await showWindow({ at: '#/settings' });
    fireEvent.click(section('Network').getByRole('radio', { name: 'Archivist testnet' }));
    await press('Show what changes');
    expect(inputs(node, 'proposeNetworkUse')).toMatchObject([
      { network: { kind: 'archivist', id: 'archivist-testnet' } },
    ]);
    expect(section('Network').getByText(/Another kind of contract: direct → vault/)).toBeDefined();
    expect(inputs(node, 'useNetwork')).toEqual([]);
    await expectAccessible();
    await press('Use this network');
    expect(inputs(node, 'useNetwork')).toEqual([{ hash: '00'.repeat(32) }]);
  });

  it('of its owner needs a server and an address, and keeps what was typed', async () => {
    const node = await showWindow({ at: '#/settings' });
    fireEvent.click(section('Network').getByRole('radio', { name: 'Custom' }));
    type('Network', 'Server of the chain (RPC)', 'example.org');
    type('Network', 'Address of the marketplace', '0x12');
    expect(section('Network').getByText(/no address of a server/)).toBeDefined();
    expect(section('Network').getByText(/40 digits from 0 to 9/)).toBeDefined();
    await press('Show what changes');
    expect(inputs(node, 'proposeNetworkUse')).toEqual([]);
    type('Network', 'Server of the chain (RPC)', 'https://example.org');
    type('Network', 'Address of the marketplace', `0x${'ab'.repeat(20)}`);
    node.refuse('proposeNetworkUse', 'ABI_UNUSABLE', 'No.');
    await press('Show what changes');
    expect(inputs(node, 'proposeNetworkUse')).toMatchObject([
      { network: { kind: 'custom', rpcUrls: ['https://example.org'], marketplace: `0x${'ab'.repeat(20)}` } },
    ]);
    expect(section('Network').getByLabelText<HTMLInputElement>('Server of the chain (RPC)').value).toBe(
      'https://example.org',
    );
  });

  it('names the command where a browser cannot say yes', async () => {
    const node = await showWindow({ at: '#/settings' });
    node.refuse('useNetwork', 'CONFIRM_AT_TERMINAL');
    fireEvent.click(section('Network').getByRole('radio', { name: 'Archivist devnet' }));
    await press('Show what changes');
    await press('Use this network');
    expect(section('Network').getByText(/run: slotkeeper network use archivist-devnet/)).toBeDefined();
  });

  it('shows what its servers answer', async () => {
    const node = await live();
    await press('Ask the servers');
    expect(inputs(node, 'checkNetwork')).toEqual([{ id: 'archivist-testnet' }]);
    expect(section('Network').getByText('Chain 421614, block 1204551')).toBeDefined();
    expect(section('Network').getByText('It does not answer.')).toBeDefined();
  });
});

describe('Settings that wait', () => {
  it('are named, and the node is started anew with them', async () => {
    const node = await live();
    expect(screen.getByText('Counts from the node’s next start: the port for data')).toBeDefined();
    fireEvent.click(screen.getByRole('button', { name: 'Restart the node now' }));
    await settled();
    expect(inputs(node, 'restartNode')).toEqual([{ force: false }]);
  });

  it('wait on while slots are at stake, unless the owner risks them', async () => {
    const node = await live({ settingsWaiting: ['network'] });
    node.refuse('restartNode', 'SLOTS_AT_STAKE', '2 slots have to be proven: up to 5 TST would be lost.');
    fireEvent.click(screen.getByRole('button', { name: 'Restart the node now' }));
    await settled();
    const dialog = within(screen.getByRole('dialog'));
    expect(dialog.getByText(/up to 5 TST would be lost/)).toBeDefined();
    fireEvent.click(dialog.getByRole('button', { name: 'Restart and risk it' }));
    await settled();
    expect(inputs(node, 'restartNode')).toEqual([{ force: false }, { force: true }]);
  });

  it('are none where all counts', async () => {
    await showWindow({ at: '#/settings' });
    expect(screen.queryByRole('button', { name: 'Restart the node now' })).toBeNull();
  });
});

describe('The wallet', () => {
  it('leads to where one is made while there is none', async () => {
    await live({ wallet: { state: 'none', unattended: 'none' } });
    const link = section('Wallet').getByRole('link', { name: 'Create or import a wallet' });
    expect(link.getAttribute('href')).toBe('#/welcome/wallet');
  });

  it('gets another passphrase when the new one is long enough and the same twice', async () => {
    const node = await live();
    await press('Change the passphrase', 'Wallet');
    expect(section('Wallet').getByText('Enter the passphrase.')).toBeDefined();
    secret('Present passphrase', 'the old one');
    secret('New passphrase', 'short');
    await press('Change the passphrase', 'Wallet');
    expect(section('Wallet').getByText('Enter at least 8 characters.')).toBeDefined();
    secret('New passphrase', 'long enough');
    secret('The same again', 'long enougg');
    await press('Change the passphrase', 'Wallet');
    expect(section('Wallet').getByText(/not the same/)).toBeDefined();
    expect(inputs(node, 'changePassphrase')).toEqual([]);
    secret('The same again', 'long enough');
    await press('Change the passphrase', 'Wallet');
    expect(inputs(node, 'changePassphrase')).toEqual([
      { passphrase: 'the old one', newPassphrase: 'long enough' },
    ]);
    expect(section('Wallet').getByLabelText<HTMLInputElement>('Present passphrase').value).toBe('');
    expect(section('Wallet').getByText('The passphrase is changed.')).toBeDefined();
  });

  it('is exported with its passphrase, which does not stay in the field', async () => {
    const node = await live();
    await press('Export to a file', 'Wallet');
    expect(inputs(node, 'exportWallet')).toEqual([]);
    const field = section('Wallet').getAllByLabelText<HTMLInputElement>('Passphrase').at(-1);
    if (field) fireEvent.input(field, { target: { value: 'the old one' } });
    await press('Export to a file', 'Wallet');
    expect(inputs(node, 'exportWallet')).toEqual([{ what: 'keystore', passphrase: 'the old one' }]);
    expect(field?.value).toBe('');
    expect(section('Wallet').getByText(/^Written to /)).toBeDefined();
  });

  it('is locked at once, or after a yes where slots are at stake', async () => {
    const node = await live();
    await press('Lock the wallet', 'Wallet');
    node.refuse('lockWallet', 'SLOTS_AT_STAKE', 'Up to 5 TST.');
    await press('Lock the wallet', 'Wallet');
    fireEvent.click(screen.getByRole('button', { name: 'Lock and risk it' }));
    await settled();
    expect(inputs(node, 'lockWallet')).toEqual([{ force: false }, { force: false }, { force: true }]);
  });

  it('unlocks itself by the key store, for which the passphrase is needed', async () => {
    const node = await live();
    fireEvent.click(section('Wallet').getByRole('radio', { name: /key store of this system/ }));
    await press('Unlock it this way', 'Wallet');
    expect(inputs(node, 'setUnattended')).toEqual([]);
    const [field] = section('Wallet').getAllByLabelText<HTMLInputElement>('Passphrase');
    if (field) fireEvent.input(field, { target: { value: 'the old one' } });
    await press('Unlock it this way', 'Wallet');
    expect(inputs(node, 'setUnattended')).toEqual([{ kind: 'keyStore', passphrase: 'the old one' }]);
    expect(section('Wallet').getByText('That is set.')).toBeDefined();
    await expectAccessible();
  });

  it('unlocks itself by a file that is named with its whole path', async () => {
    const node = await live();
    fireEvent.click(section('Wallet').getByRole('radio', { name: 'A file unlocks it' }));
    type('Wallet', 'File', 'passphrase.txt');
    expect(section('Wallet').getByText(/Enter the whole path/)).toBeDefined();
    await press('Unlock it this way', 'Wallet');
    expect(inputs(node, 'setUnattended')).toEqual([]);
    type('Wallet', 'File', '/media/stick/passphrase.txt');
    await press('Unlock it this way', 'Wallet');
    expect(inputs(node, 'setUnattended')).toEqual([{ kind: 'keyFile', path: '/media/stick/passphrase.txt' }]);
  });

  it('and everything else is readable in practice, too', async () => {
    await showWindow({ at: '#/settings', snapshot: fixtureSnapshot() });
    await expectAccessible();
  });
});
