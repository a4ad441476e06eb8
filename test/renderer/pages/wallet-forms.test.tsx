import { fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FixtureNode } from '../../../src/renderer/src/dev/fixturenode.ts';
import { fixtureWallet } from '../../../src/renderer/src/dev/fixturewallet.ts';
import type { WalletStatus } from '../../../src/shared/wallet.ts';
import { expectAccessible, settled, showWindow } from '../support.tsx';

beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
});
afterEach(() => sessionStorage.clear());

const GOOD = 'correct horse battery staple';

/** The step of the wallet; `none` until one was made. */
async function showForms(status: Partial<WalletStatus> = {}): Promise<FixtureNode> {
  const node = await showWindow({
    at: '#/welcome/wallet',
    prepare: (fixture) => {
      let state: WalletStatus['state'] = status.state ?? 'none';
      const made = async () => {
        state = 'unlocked';
        return { address: fixtureWallet.address };
      };
      fixture.answers.walletStatus = async () => ({ ...fixtureWallet.status, ...status, state });
      fixture.answers.confirmMnemonic = made;
      fixture.answers.importWallet = made;
    },
  });
  const button = screen.queryByRole('button', { name: 'Make or import one all the same' });
  if (button) fireEvent.click(button);
  await settled();
  return node;
}

const type = (label: string | RegExp, text: string) =>
  fireEvent.input(screen.getByLabelText(label), { target: { value: text } });
const press = async (name: string) => {
  fireEvent.click(screen.getByRole('button', { name }));
  await settled();
};
const called = (node: FixtureNode, name: string) =>
  node.calls.filter((call) => call.name === name).map(({ input }) => input);

/** Everything that the browser keeps. */
const kept = () =>
  JSON.stringify([
    ...[sessionStorage, localStorage].map((storage) => Object.entries(storage)),
    location.href,
    history.state,
  ]);

describe('A new wallet', () => {
  it.each([
    ['short7', 'short7', 'Enter at least 8 characters.'],
    ['aaaaaaaaaaaa', 'aaaaaaaaaaaa', 'Use at least 5 different characters.'],
    [GOOD, `${GOOD}r`, 'The two are not the same. Type it again.'],
  ])('is not begun with the passphrase %s and %s', async (first, second, problem) => {
    const node = await showForms();
    type('New passphrase', first);
    type('The same again', second);
    await press('Show the words');
    expect(screen.getByText(problem)).toBeDefined();
    expect(called(node, 'createWallet')).toEqual([]);
  });

  it('says what a passphrase is worth while it is typed', async () => {
    await showForms();
    type('New passphrase', 'abcdefgh');
    expect(screen.getByText(/Could be guessed/)).toBeDefined();
    type('New passphrase', GOOD);
    expect(screen.getByText('Hard to guess.')).toBeDefined();
  });

  it('shows its words once, asks for some of them without showing them, and is made when they are right', async () => {
    const node = await showForms();
    type('New passphrase', GOOD);
    type('The same again', GOOD);
    await press('Show the words');
    expect(called(node, 'createWallet')).toEqual([{ passphrase: GOOD }]);
    const list = screen.getAllByRole('list').find((one) => one.textContent?.includes('junk'));
    expect(list && within(list).getAllByRole('listitem')).toHaveLength(12);
    await expectAccessible();
    await press('I wrote them down');
    expect(document.body.textContent).not.toContain('junk');
    await press('Create wallet');
    expect(called(node, 'confirmMnemonic')).toEqual([]);
    type('Word 2', 'test');
    type('Word 7', ' Test ');
    type('Word 12', 'junk');
    await press('Create wallet');
    expect(called(node, 'confirmMnemonic')).toEqual([{ words: ['test', 'test', 'junk'] }]);
    expect(screen.getByText(/There is a wallet/)).toBeDefined();
    expect(kept()).not.toMatch(/junk|correct horse/);
  });

  it('stays unmade when the words are not right, and what was typed stays', async () => {
    const node = await showForms();
    node.refuse('confirmMnemonic', 'WORDS_DO_NOT_MATCH');
    type('New passphrase', GOOD);
    type('The same again', GOOD);
    await press('Show the words');
    await press('I wrote them down');
    for (const place of [2, 7, 12]) type(`Word ${place}`, 'zoo');
    await press('Create wallet');
    expect(screen.getAllByText(/not the words asked for/).length).toBeGreaterThan(0);
    expect(screen.getByLabelText<HTMLInputElement>('Word 2').value).toBe('zoo');
  });
});

describe('A wallet that was made elsewhere', () => {
  it('is not taken from what cannot be its words or key', async () => {
    const node = await showForms();
    fireEvent.click(screen.getByRole('radio', { name: 'Import one' }));
    type('The words', 'only three words');
    type('New passphrase', GOOD);
    type('The same again', GOOD);
    await press('Import wallet');
    expect(screen.getByText('Enter 12, 15, 18, 21 or 24 words.')).toBeDefined();
    fireEvent.click(screen.getByRole('radio', { name: 'Private key' }));
    type('The key', '0x1234');
    await press('Import wallet');
    expect(screen.getByText('Enter the 64 hexadecimal digits of the key.')).toBeDefined();
    fireEvent.click(screen.getByRole('radio', { name: 'Keystore file' }));
    await press('Import wallet');
    expect(screen.getByText('Choose the file, and enter its passphrase.')).toBeDefined();
    expect(called(node, 'importWallet')).toEqual([]);
    await expectAccessible();
  });

  it('is taken from its words, and nothing of them is kept', async () => {
    const node = await showForms();
    fireEvent.click(screen.getByRole('radio', { name: 'Import one' }));
    const words = fixtureWallet.words.join(' ');
    type('The words', `  ${words.toUpperCase().replace(' ', '\n')} `);
    type('New passphrase', GOOD);
    type('The same again', GOOD);
    await press('Import wallet');
    expect(called(node, 'importWallet')).toEqual([
      { from: { kind: 'mnemonic', mnemonic: words, account: 0 }, passphrase: GOOD },
    ]);
    expect(screen.getByText(/There is a wallet/)).toBeDefined();
    expect(kept()).not.toMatch(/junk|correct horse/);
  });
});

describe('Unlocking when nobody is there', () => {
  it('is explained and chosen, and asks for what each way needs', async () => {
    const node = await showForms({ state: 'unlocked' });
    expect(screen.getByText(/After a power cut/)).toBeDefined();
    fireEvent.click(screen.getByRole('radio', { name: /key store of this system/ }));
    await press('Unlock it this way');
    expect(screen.getByText('Fill in what this way needs.')).toBeDefined();
    expect(called(node, 'setUnattended')).toEqual([]);
    type('Passphrase', GOOD);
    await press('Unlock it this way');
    expect(called(node, 'setUnattended')).toEqual([{ kind: 'keyStore', passphrase: GOOD }]);
    expect(kept()).not.toContain('correct horse');
    await expectAccessible();
  });

  it('offers no key store where there is none, and says why', async () => {
    await showForms({
      state: 'unlocked',
      ...({ keyStore: { ok: false, reason: 'No key store here.' } } as object),
    });
    expect(screen.queryByRole('radio', { name: /key store of this system/ })).toBeNull();
    expect(screen.getByText(/No key store here\./)).toBeDefined();
  });
});
