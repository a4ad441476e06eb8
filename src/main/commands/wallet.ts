import { mustBeFree, newFileError } from './newfile.ts';
import { visibleText } from './format.ts';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Api } from '../../shared/api.ts';
import type { Client } from '../../shared/contract.ts';
import { UsageError } from '../cli.ts';
import { addCommand, does, type CommandWorld, type Options, type Running } from './command.ts';
import { commandError } from './errors.ts';
import { SecretInput } from './secrets.ts';
import { factsText } from './table.ts';
import { askYes } from './terminal.ts';
import { choiceOf, wholeOf } from './values.ts';

const PASSPHRASE_FLAG = '--passphrase-file';

export function addWallet(program: Command, world: CommandWorld): void {
  const wallet = program
    .command('wallet')
    .description('the key that sells; secrets are typed unseen, or come from files or standard input');

  does(
    addCommand(wallet, 'status', 'whether there is one, its account, how it is unlocked'),
    world,
    'folder',
    showStatus,
  );

  const create = withPassphrase(
    addCommand(wallet, 'create', 'a new key: its words are shown once and asked back'),
  )
    .option('--words <n>', '12 or 24', '12')
    .option(
      '--words-file <file>',
      'write the words there, readable by this account only, instead of showing them',
    );
  does(create, world, 'folder', createWallet);

  const imported = withPassphrase(
    addCommand(wallet, 'import <kind>', 'a key made elsewhere: mnemonic, private-key or keystore'),
  )
    .option('--from <file>', 'where it stands; a keystore always comes from a file')
    .option('--account <n>', 'mnemonic: which of its accounts, from 0', '0')
    .option('--keystore-passphrase-file <file>', 'keystore: what protects it now');
  does(imported, world, 'folder', importWallet);

  does(
    withPassphrase(addCommand(wallet, 'unlock', 'let the node that runs sell with it')),
    world,
    'node',
    async (running, _args, options) => {
      const passphrase = await ownPassphrase(secretsOf(running), options);
      await running.working('Unlocking', running.client.unlockWallet({ passphrase }));
      running.show({ state: 'unlocked' }, () => 'Unlocked.');
    },
  );

  const lock = addCommand(wallet, 'lock', 'stop selling and forget the key').option(
    '--force',
    'also while slots have to be proven: they can be lost',
  );
  does(lock, world, 'node', async ({ client, show }, _args, { force }) => {
    await client.lockWallet({ force: force === true });
    show({ state: 'locked' }, () => 'Locked. Nothing is sold or proven until it is unlocked.');
  });

  const change = withPassphrase(
    addCommand(wallet, 'change-passphrase', 'protect it with another one'),
  ).option('--new-passphrase-file <file>', 'where the new one stands');
  does(change, world, 'folder', changePassphrase);

  const unattended = withPassphrase(
    addCommand(
      wallet,
      'unattended <way> [file]',
      'how it is unlocked when nobody is there: none, key-file or key-store',
    ),
  );
  does(unattended, world, 'folder', setUnattended);

  const exported = withPassphrase(
    addCommand(wallet, 'export <what> <file>', 'write the keystore or the private-key to a file'),
  ).option('--yes', 'do not ask');
  does(exported, world, 'folder', exportWallet);

  const remove = addCommand(
    wallet,
    'remove',
    'make room for another; the file is kept under another name',
  ).option('--yes', 'do not ask');
  does(remove, world, 'folder', async (running, _args, options) => {
    const { client, show } = running;
    await mustSayYes(running, options, [
      'The node cannot sell with this account any more. Slots that it holds would be lost, with their collateral.',
      'Remove the wallet?',
    ]);
    const { keptAs } = await client.removeWallet({});
    show({ keptAs }, () => `Removed. Its file is kept as ${keptAs}.`);
  });
}

const withPassphrase = (command: Command): Command =>
  command.option(`${PASSPHRASE_FLAG} <file>`, 'where the passphrase of the wallet stands');

const secretsOf = ({ terminal, signal }: Running) => new SecretInput(terminal, { signal });

const textOf = (options: Options, name: string): string | undefined => {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
};

const ownPassphrase = (secrets: SecretInput, options: Options, { isNew = false } = {}): Promise<string> =>
  secrets.next({
    what: isNew ? 'A passphrase that will protect it' : 'The passphrase of the wallet',
    flag: PASSPHRASE_FLAG,
    file: textOf(options, 'passphraseFile'),
    isNew,
  });

async function showStatus({ client, show }: Running): Promise<void> {
  const status = await client.walletStatus({});
  const { state, address, unattended, failure, keyStore } = status;
  show(status, () =>
    factsText([
      ['Wallet', { none: 'none: create or import one', locked: 'locked', unlocked: 'unlocked' }[state]],
      ['Account', address],
      ['Unattended', unattended],
      ['Problem', failure && `${visibleText(failure.message)} (${failure.code})`],
      ['Key store', keyStore.ok ? 'can be used' : keyStore.reason],
    ]),
  );
}

async function createWallet(running: Running, _args: readonly string[], options: Options): Promise<void> {
  const { client, terminal, show, isJson } = running;
  const wordCount = { 12: 12, 24: 24 }[choiceOf('--words', String(options.words), ['12', '24'] as const)] as
    12 | 24;
  const file = textOf(options, 'wordsFile');
  if (file === undefined && (isJson || !terminal.canAsk)) {
    throw new UsageError('Nobody can be shown the words here. Name a file for them with --words-file.');
  }
  await mustHaveNone(client);
  if (file !== undefined) await mustBeFree(file);
  const passphrase = await ownPassphrase(secretsOf(running), options, { isNew: true });
  const { words, positions } = await client.createWallet({ wordCount, passphrase });
  const repeated =
    file === undefined
      ? await repeatedWords(running, words, positions)
      : await writtenWords(file, words, positions);
  const { address } = await client.confirmMnemonic({ words: repeated });
  show({ address }, () => `Created: ${address}`);
}

/** Before anyone takes the trouble to think of a passphrase. @throws CommandError WALLET_EXISTS */
async function mustHaveNone(client: Client<Api>): Promise<void> {
  const { state, address } = await client.walletStatus({});
  if (state === 'none') return;
  throw commandError(
    'WALLET_EXISTS',
    `There is a wallet already, ${address}. Remove it first: slotkeeper wallet remove.`,
  );
}

/** Shows the words until they were written down, takes them away, and asks some of them back. */
async function repeatedWords(
  { terminal, signal }: Running,
  words: readonly string[],
  positions: readonly number[],
): Promise<string[]> {
  terminal.say('Write these words down, in their order, and keep them where nobody else reads them:\n');
  terminal.say(words.map((word, index) => `${String(index + 1).padStart(4)}. ${word}`).join('\n'));
  terminal.say('\nWhoever has them has the key; without them it cannot be had again.');
  await terminal.ask('Press Enter when they are written down. ', { signal });
  terminal.clear();
  const repeated: string[] = [];
  for (const position of positions) {
    const answer = await terminal.ask(`Word ${position + 1}: `, { signal });
    repeated.push(answer.trim().toLowerCase());
  }
  return repeated;
}

/** What is written down need not be asked back. Never over a file that is there. @throws CommandError FILE_THERE */
async function writtenWords(
  file: string,
  words: readonly string[],
  positions: readonly number[],
): Promise<string[]> {
  await writeFile(file, `${words.join(' ')}\n`, { flag: 'wx', mode: 0o600, flush: true }).catch(
    (cause: unknown) => {
      throw newFileError(cause, file);
    },
  );
  return positions.map((position) => words[position] ?? '');
}

async function importWallet(
  running: Running,
  [text = '']: readonly string[],
  options: Options,
): Promise<void> {
  const { client, working, show } = running;
  const kind = choiceOf('The kind', text, ['mnemonic', 'private-key', 'keystore'] as const);
  await mustHaveNone(client);
  const secrets = secretsOf(running);
  const from = await sourceOf(kind, secrets, options);
  const passphrase = await ownPassphrase(secrets, options, { isNew: true });
  const { address } = await working('Importing', client.importWallet({ from, passphrase }));
  show({ address }, () => `Imported: ${address}`);
}

type Source = Parameters<Client<Api>['importWallet']>[0]['from'];

async function sourceOf(
  kind: 'mnemonic' | 'private-key' | 'keystore',
  secrets: SecretInput,
  options: Options,
): Promise<Source> {
  const file = textOf(options, 'from');
  if (kind === 'mnemonic') {
    const account = wholeOf('--account', String(options.account), { max: 2 ** 31 - 1 });
    return { kind, mnemonic: await secrets.next({ what: 'The words', flag: '--from', file }), account };
  }
  if (kind === 'private-key') {
    return {
      kind: 'privateKey',
      privateKey: await secrets.next({ what: 'The private key', flag: '--from', file }),
    };
  }
  if (file === undefined) throw new UsageError('Name the keystore file with --from.');
  const keystore = await secrets.next({ what: 'The keystore', file });
  const keystorePassphrase = await secrets.next({
    what: 'The passphrase that protects the keystore now',
    flag: '--keystore-passphrase-file',
    file: textOf(options, 'keystorePassphraseFile'),
  });
  return { kind, keystore, keystorePassphrase };
}

async function changePassphrase(running: Running, _args: readonly string[], options: Options): Promise<void> {
  const { client, working, show } = running;
  const secrets = secretsOf(running);
  const passphrase = await ownPassphrase(secrets, options);
  const newPassphrase = await secrets.next({
    what: 'The new passphrase',
    flag: '--new-passphrase-file',
    file: textOf(options, 'newPassphraseFile'),
    isNew: true,
  });
  await working('Changing', client.changePassphrase({ passphrase, newPassphrase }));
  show({ changed: true }, () => 'Changed. A key file that holds the old one is no longer used.');
}

async function setUnattended(
  running: Running,
  [text = '', file]: readonly string[],
  options: Options,
): Promise<void> {
  const { client, show } = running;
  const way = choiceOf('The way', text, ['none', 'key-file', 'key-store'] as const);
  if (way === 'key-file') {
    if (file === undefined) throw new UsageError('Name the file that holds the passphrase.');
    await client.setUnattended({ kind: 'keyFile', path: resolve(file) });
  } else if (way === 'key-store') {
    const passphrase = await ownPassphrase(secretsOf(running), options);
    await client.setUnattended({ kind: 'keyStore', passphrase });
  } else await client.setUnattended({ kind: 'none' });
  show({ unattended: way }, () => `Unlocked without anybody: ${way}`);
}

/** In this process, whoever runs the node: a key does not travel. */
async function exportWallet(
  running: Running,
  [text = '', file = '']: readonly string[],
  options: Options,
): Promise<void> {
  const what = choiceOf('What is exported', text, ['keystore', 'private-key'] as const);
  await mustSayYes(running, options, [
    what === 'keystore'
      ? 'Whoever has the file and the passphrase can spend what the account holds.'
      : 'Whoever reads the file can spend all that the account holds, without any passphrase.',
    `Write it to ${file}?`,
  ]);
  const passphrase = await ownPassphrase(secretsOf(running), options);
  const here = await running.openHere({ exportTo: resolve(file) });
  try {
    const asked = { what: what === 'keystore' ? 'keystore' : 'privateKey', passphrase } as const;
    const result = await running.working('Exporting', here.client.exportWallet(asked));
    running.show(result, () => `Written to ${result.file}, readable by this account only.`);
  } finally {
    await here.close();
  }
}

/** @throws CommandError NOT_CONFIRMED when it is not said; UsageError when nobody can be asked */
async function mustSayYes(
  { terminal, signal }: Running,
  options: Options,
  lines: readonly string[],
): Promise<void> {
  if (options.yes === true) return;
  const question = lines.at(-1) ?? '';
  for (const line of lines.slice(0, -1)) terminal.say(line);
  if (!terminal.canAsk) throw new UsageError(`Nobody can be asked here: "${question}" Say --yes.`);
  if (!(await askYes(terminal, question, { signal })))
    throw commandError('NOT_CONFIRMED', 'Nothing was changed.');
}
