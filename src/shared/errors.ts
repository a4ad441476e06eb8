import { germanErrorTexts } from './i18n/errors.de.ts';
import { currentLanguage, type Language } from './i18n/language.ts';

/**
 * The codes a person can meet, each with what happened and what to do. Figures stand in the message and the details of
 * the error; a code that is not here is shown with its own message.
 */
export const errorTexts = {
  // The way to the node
  NODE_UNREACHABLE:
    'The node does not answer. If it was ended, start Slotkeeper again; this window reconnects by itself.',
  NODE_NOT_RUNNING: 'The node is not running yet. Try again when it has started.',
  NODE_STOPPING: 'The node is stopping. Start Slotkeeper again to go on.',
  BAD_INPUT: 'The node did not accept this input. Correct what is named below and try again.',
  UNKNOWN_CALL: 'This window is of another version than the node. Reload it.',
  INTERNAL:
    'Something went wrong in the node. Try again; if it happens again, send the log with the id below.',
  NOT_ON_PRACTICE: 'This can be done only on the practice network.',

  // Start
  PORT_IN_USE: 'The port is taken by another program. End that one, or choose another with --port.',
  PORT_NOT_ALLOWED: 'This account may not use the port. Choose one above 1023 with --port.',
  ADDRESS_NOT_HERE:
    'This computer does not have the address that the access is set to. Choose one that it has.',
  TLS_UNUSABLE: 'Certificate or key cannot be used. Check both files: they are PEM, and belong together.',
  PASSWORD_UNSUITABLE: 'A password for the access has at least 12 characters. Choose a longer one.',
  WINDOW_NOT_BUILT: 'The window is not built. Run npm run build.',
  DATA_FOLDER_IN_USE:
    'Another Slotkeeper uses this data folder. End that one, or choose another folder with --data.',
  DATA_FOLDER_OF_ANOTHER_VERSION:
    'The data folder was written by another version. Start that version, or choose another folder with --data.',
  DATA_FOLDER_UNUSABLE: 'The data folder cannot be read or written. Check that it exists and belongs to you.',
  DATABASE_DAMAGED:
    'The database is damaged. Nothing was changed; copy the data folder before you do anything else.',
  LOG_FILE_UNWRITABLE:
    'The log cannot be written. Check the space left and that the data folder belongs to you.',
  NO_CHAIN_BINARY:
    'The practice network needs anvil, which is not here. Run npm install again, or put anvil on the PATH.',
  CHAIN_FAILED: 'The chain of the practice network did not start. The log says why; start Slotkeeper again.',
  PRACTICE_ENDED: 'The practice network ended by itself. Start Slotkeeper again.',
  PRACTICE_FOLDER_IN_USE: 'Another Slotkeeper runs this practice network. End that one first.',
  PRACTICE_NO_SLOT:
    'No slot can be slashed now. One must be filled, have missed no proof yet, and run for some minutes more.',
  PRACTICE_SLASH_UNDER_WAY: 'A slash is under way already. Wait until it has happened.',

  // The wallet
  NO_WALLET: 'There is no wallet yet. Create one, or import the key of an account; then the node starts.',
  WALLET_EXISTS: 'There is a wallet already. Remove it first if you want another; its file is kept.',
  WALLET_LOCKED: 'The wallet is locked. Unlock it with its passphrase.',
  WALLET_UNLOCKED: 'The wallet is in use. Lock it first.',
  WALLET_DAMAGED:
    'The file of the wallet is damaged. Nothing was changed: put a copy of it back, or remove the wallet and import its words or its key.',
  WALLET_FOLDER_UNUSABLE:
    'The folder of the wallet cannot be read or written. Check the space left, and that it belongs to you.',
  WRONG_PASSPHRASE: 'This is not the passphrase. Try again; if you are sure of it, the file may be damaged.',
  TOO_MANY_ATTEMPTS: 'Too many wrong passphrases in a row. Wait as long as is said below, and try again.',
  PASSPHRASE_UNSUITABLE: 'A passphrase has at least 8 characters. Choose a longer one.',
  BAD_MNEMONIC: 'These are not the words of a wallet. Check how they are spelt, and their order.',
  BAD_PRIVATE_KEY: 'This is no private key. One has 64 hexadecimal digits.',
  BAD_KEYSTORE: 'This is no keystore that can be read. Choose the file that the other wallet exported.',
  NOTHING_TO_CONFIRM: 'No new wallet waits for its words. Create one again.',
  WORDS_DO_NOT_MATCH: 'These are not the words asked for. Look them up in what you wrote down.',
  OTHER_KEY: 'This is the key of another account than the wallet. Unlock the wallet with its passphrase.',
  NO_KEY_STORE: 'The key store of this system cannot be used. Use a key file, or unlock with the passphrase.',
  KEY_STORE_FAILED: 'The key store of this system did not answer. Unlock the wallet with its passphrase.',
  KEY_FILE_UNUSABLE: 'The key file cannot be used. Check its path, and that it holds the passphrase.',
  KEY_FILE_UNSAFE: 'Others can read the key file. Run the command that is named below, and try again.',
  UNATTENDED_DAMAGED:
    'How the wallet is to be unlocked cannot be read. Unlock it with its passphrase, and choose again.',
  SLOTS_AT_STAKE:
    'Slots have to be proven, and this would keep the node from it. Wait until they end, or go on all the same and lose their collateral.',

  // The chain
  CHAIN_UNREACHABLE:
    'The chain does not answer. Check the address of its RPC and the connection; it is tried again.',
  WRONG_CHAIN: 'The RPC belongs to another chain than the settings say. Correct the RPC or the chain id.',
  NO_CONTRACT: 'There is no contract at the address of the marketplace. Correct the address or the network.',
  NOT_A_MARKETPLACE: 'The contract at this address is no marketplace. Correct the address.',
  INSUFFICIENT_TOKENS: 'The wallet has too few tokens for the collateral. Add tokens, or offer less.',
  INSUFFICIENT_GAS:
    'The wallet cannot pay for the transaction. Add coins for gas: without them no proof can be sent.',

  WRONG_FAMILY:
    'The contract is of another kind than its ABI. Set address and ABI together, as the network publishes them.',

  // Earnings
  ACCOUNTS_NOT_BEGUN:
    'The accounts begin when the chain has told what the account holds. Wait for the chain to answer.',
  ACCOUNTS_NOT_WRITTEN:
    'What the chain told could not be written down yet. Check the space left on the disk.',

  // Exports
  EXPORT_UNWRITABLE:
    'The file cannot be written. Choose another folder, or free some space; the details name the reason.',
  EXPORT_GONE: 'This export is not under way any more. Begin it again.',

  // Networks
  SETTINGS_INVALID: 'The settings cannot be used. Correct what is named below.',
  NETWORK_DATA_INVALID: 'These data do not describe the network. Nothing was changed; get them again.',
  NETWORK_DATA_DAMAGED:
    'The stored data of the network are damaged. Go back to the built-in ones, or accept new ones.',
  NETWORK_SOURCE_REFUSED: 'Data are not read from there. Name an https URL, or the whole path of a file.',
  NETWORK_SOURCE_UNREADABLE: 'The data cannot be read. Check the file or the URL; nothing was changed.',
  NETWORK_UNKNOWN: 'There is no network of this name. Choose one of those that are listed.',
  NETWORK_NOT_PROPOSED:
    'This change is not proposed any more. Ask for it again, look at it, and accept that.',
  NETWORK_KEY_DAMAGED:
    'The key by which other peers know this node cannot be read. Put network-key.json of the data folder back, or delete it to get a new identity.',
  LISTEN_FAILED:
    'A port for other peers is taken by another program. Choose another with “slotkeeper settings set listen-port” or “discovery-port”.',
  ABI_UNUSABLE: 'The ABI cannot be used. Correct the file or the settings that name it.',
  NOT_CONFIRMED: 'Nothing was changed, because it was not confirmed.',
  CONFIRM_AT_TERMINAL:
    'This needs a yes at the terminal. Use the slotkeeper command on the computer that runs the node.',

  // Offers
  QUOTA_EXCEEDED: 'This is more than is left of the quota. Offer less, or raise the quota in the settings.',
  QUOTA_BELOW_PROMISED:
    'More than this is stored or promised by your offers. Set a larger quota, or make the offers smaller first.',
  QUOTA_OVER_DISK: 'The disk has less free than this. Set a smaller quota, or free some space.',
  UNKNOWN_LEVEL:
    'This is no log level. Enter one, such as info, or levels by topic, such as info;debug:sales.',
  NODE_FOLDERS_DAMAGED:
    'Which network the data belong to cannot be read. Put node-folders.json of the data folder back from a copy.',
  SLOT_FOLDER_GONE:
    'The folder of the slots is not there. Connect its disk again; no proof can be given meanwhile.',
  MOVE_TARGET_UNUSABLE: 'The slots cannot be moved there. Choose an empty folder on another disk.',
  MOVE_UNDER_WAY: 'The slots are being moved already. Go on with that, or cancel it first.',
  COPY_NOT_TRUE: 'A copy reads differently from what was written. Check the disk; nothing was deleted.',
  STORAGE_RECORD_DAMAGED:
    'Where the slots are stored cannot be read. Correct storage.json in the data folder; nothing was changed.',
  DISK_FULL: 'The disk has too little space left. Free some, or offer less.',
  SIZE_OUT_OF_BOUNDS: 'An offer of this size is not possible. Enter more than 0 and no more than is left.',
  DURATION_OUT_OF_BOUNDS: 'This length of time is not possible. Enter at least a second.',
  AMOUNT_OUT_OF_BOUNDS: 'This amount is not possible. Enter one above zero that a wallet can hold.',
  UNTIL_OUT_OF_BOUNDS: 'This end is not possible. Choose a date, or none.',
  TOTAL_BELOW_RESERVED:
    'More of this offer is in sales already. Offer at least as much, or wait until they end.',
  COLLATERAL_BELOW_TIED:
    'More collateral of this offer is in sales already. Give at least as much, or wait until they end.',
  UNTIL_BEFORE_SALES_END:
    'A sale in this offer runs longer. Choose an end after it, or none; to take nothing new, pause the offer.',
  OFFER_WINDING_DOWN:
    'This offer is deleted and goes with its last slot. Create a new one to offer the space again.',
  WORKERS_OUT_OF_RANGE:
    'The queue does not hold so many slots. Choose fewer workers, or a longer queue in the settings.',
  BYTES_OUT_OF_BOUNDS: 'The data of a slot is larger than its request says. Nothing more of it is stored.',
  BACKTEST_REPLACED: 'A newer question took the place of this one. Ask again if you still want the answer.',
  NOT_FOUND: 'This offer is not there any more. Reload the page.',
} as const;

export type KnownErrorCode = keyof typeof errorTexts;

/** What to show for an error of the node: the text of its code, or else its own words. */
export function errorText({ code, message }: { readonly code: string; readonly message: string }): string {
  return Object.hasOwn(errorTexts, code)
    ? textsByLanguage[currentLanguage()][code as KnownErrorCode]
    : message;
}

/** The node's own words, which hold the figures; they are English, so in another language the text of the code. */
export const errorMessage = (error: { readonly code: string; readonly message: string }): string =>
  currentLanguage() === 'en' ? error.message : errorText(error);

const textsByLanguage: Readonly<Record<Language, Readonly<Record<KnownErrorCode, string>>>> = {
  en: errorTexts,
  de: germanErrorTexts,
};
