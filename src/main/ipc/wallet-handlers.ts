import type { Api } from '../../shared/api.ts';
import { sentence, type Sentence } from '../../shared/i18n/say.ts';
import type { Handlers } from '../../shared/contract.ts';
import type { walletCalls } from '../../shared/wallet.ts';
import { ConfirmError, mustConfirm, type Confirm, type Question } from '../confirm.ts';
import { Secret } from '../engine/lib/secret.ts';
import { writeExport } from '../exportfile.ts';
import type { KeySource } from '../wallet/keysource.ts';
import type { UnattendedChoice } from '../wallet/unattendedkeys.ts';
import type { Wallet } from '../wallet/wallet.ts';

/** Lets a person choose where a file is written; undefined when the person thinks better of it. */
export type ChooseFile = (suggestion: {
  readonly title: Sentence;
  readonly name: string;
}) => Promise<string | undefined>;

export interface WalletHandlerModules {
  readonly wallet: Wallet;
  /** Stops what runs with its key, too. */
  readonly lockWallet: (options: { force: boolean }) => Promise<void>;
  readonly confirm: Confirm;
  /** Absent where main has no window of its own. */
  readonly chooseFile?: ChooseFile;
}

/** The calls about the key that sells. What is secret in an input becomes a `Secret` before anything else happens to it. */
export function createWalletHandlers({
  wallet,
  lockWallet,
  confirm,
  chooseFile,
}: WalletHandlerModules): Pick<Handlers<Api>, keyof typeof walletCalls> {
  return {
    walletStatus: async () => ({ ...(await wallet.look()), keyStore: await wallet.keyStore }),
    createWallet: ({ wordCount, passphrase }) => wallet.create(wordCount, new Secret(passphrase)),
    confirmMnemonic: async ({ words }) => ({
      address: await wallet.confirm(words.map((word) => new Secret(word))),
    }),
    importWallet: async ({ from, passphrase }) => ({
      address: await wallet.import(sourceOf(from), new Secret(passphrase)),
    }),
    unlockWallet: async ({ passphrase }) => {
      await wallet.unlock(new Secret(passphrase));
      return null;
    },
    lockWallet: async (options) => {
      await lockWallet(options);
      return null;
    },
    changePassphrase: async ({ passphrase, newPassphrase }) => {
      await wallet.changePassphrase(new Secret(passphrase), new Secret(newPassphrase));
      return null;
    },
    setUnattended: async (choice) => {
      await wallet.setUnattended(choiceOf(choice));
      return null;
    },
    exportWallet: async ({ what, passphrase }) => {
      if (!chooseFile) throw exportAtTerminal();
      const { address, content } = await wallet.export(what, new Secret(passphrase));
      try {
        const { question, ending } = exportTexts[what];
        await mustConfirm(confirm, {
          ...question,
          lines: [sentence('ask.account', { address }), ...question.lines],
        });
        const file = await chooseFile({ title: question.title, name: `slotkeeper-${address}${ending}` });
        if (file === undefined) throw notChosen();
        await writeExport(file, content);
        return { file };
      } finally {
        content.fill(0);
      }
    },
    removeWallet: async () => {
      await mustConfirm(confirm, removal);
      return { keptAs: await wallet.setAside() };
    },
  };
}

type ImportInput = Parameters<Handlers<Api>['importWallet']>[0]['from'];
type UnattendedInput = Parameters<Handlers<Api>['setUnattended']>[0];

function sourceOf(from: ImportInput): KeySource {
  switch (from.kind) {
    case 'mnemonic':
      return { kind: 'mnemonic', mnemonic: new Secret(from.mnemonic), account: from.account };
    case 'privateKey':
      return { kind: 'privateKey', privateKey: new Secret(from.privateKey) };
    case 'keystore':
      return {
        kind: 'keystore',
        keystore: new Secret(from.keystore),
        keystorePassphrase: new Secret(from.keystorePassphrase),
      };
  }
}

const choiceOf = (choice: UnattendedInput): UnattendedChoice =>
  choice.kind === 'keyStore' ? { kind: 'keyStore', passphrase: new Secret(choice.passphrase) } : choice;

const exportTexts = {
  keystore: {
    question: {
      title: sentence('ask.exportKeystore'),
      lines: [sentence('ask.exportKeystoreSafe')],
      yes: sentence('ask.exportYes'),
    },
    ending: '.json',
  },
  privateKey: {
    question: {
      title: sentence('ask.exportKey'),
      lines: [sentence('ask.exportKeyDanger'), sentence('ask.exportKeyNobody')],
      yes: sentence('ask.exportKeyYes'),
    },
    ending: '-private-key.txt',
  },
} as const satisfies Record<'keystore' | 'privateKey', { question: Question; ending: string }>;

const removal: Question = {
  title: sentence('ask.remove'),
  lines: [sentence('ask.removeLost'), sentence('ask.removeKept')],
  yes: sentence('ask.removeYes'),
};

const exportAtTerminal = () =>
  new ConfirmError(
    'CONFIRM_AT_TERMINAL',
    {},
    { message: 'A key does not leave by this way. Run slotkeeper wallet export at the terminal.' },
  );

const notChosen = () =>
  new ConfirmError('NOT_CONFIRMED', {}, { message: 'Nothing was exported: no file was chosen.' });
