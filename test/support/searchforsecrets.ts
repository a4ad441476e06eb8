import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What must be found nowhere. */
export interface SoughtSecrets {
  /** 32 bytes of hex, with `0x` or without. */
  readonly privateKeys?: readonly string[];
  /** Words with a space between them. */
  readonly mnemonics?: readonly string[];
  readonly passphrases?: readonly string[];
}

/**
 * Which of the secrets stand in `haystack`, in whatever form one would carelessly leave them: a key as hex of any case,
 * base64, decimal number, list of bytes or the bytes themselves; four words of a mnemonic in a row, whatever stands
 * between them; a passphrase as it is, escaped, as hex or base64; each also with a zero byte after every letter, as
 * programs hold text in memory. An empty answer is good news. Fit for files of some hundred MB, such as heap snapshots.
 */
export function searchForSecrets(haystack: Uint8Array | string, secrets: SoughtSecrets): string[] {
  const raw = Buffer.from(haystack as Uint8Array).toString('latin1');
  const texts = [raw, raw.replaceAll('\0', '')];
  return formsOf(secrets)
    .filter(({ isIn }) => texts.some((text) => isIn(text)))
    .map(({ name }) => name);
}

/** The same for all files below a folder; each finding names its file. */
export async function searchFolder(folder: string, secrets: SoughtSecrets): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const inFile = searchForSecrets(await readFile(path), secrets);
    found.push(...inFile.map((name) => `${path}: ${name}`));
  }
  return found;
}

interface Form {
  readonly name: string;
  readonly isIn: (text: string) => boolean;
}

function formsOf({ privateKeys = [], mnemonics = [], passphrases = [] }: SoughtSecrets): Form[] {
  return [
    ...privateKeys.flatMap(formsOfKey),
    ...mnemonics.map(formOfMnemonic),
    ...passphrases.flatMap(formsOfPassphrase),
  ];
}

function formsOfKey(key: string): Form[] {
  const bytes = Buffer.from(key.replace(/^0x/, ''), 'hex');
  const list = new RegExp([...bytes].slice(0, 16).join('\\s*,\\s*'));
  return [
    pattern('private key as hex', new RegExp(bytes.toString('hex'), 'i')),
    literal('private key as decimal number', BigInt(`0x${bytes.toString('hex')}`).toString()),
    ...bytesOf(bytes).map((text) => literal('private key as bytes', text)),
    pattern('private key as list of bytes', list),
    ...base64Of(bytes).map((text) => literal('private key as base64', text)),
  ];
}

function formOfMnemonic(mnemonic: string): Form {
  const words = mnemonic.split(' ');
  const runs = words.slice(0, -3).map((_, at) => words.slice(at, at + 4).join('[^a-z]{1,8}'));
  return pattern('words of a mnemonic', new RegExp(runs.join('|'), 'i'));
}

function formsOfPassphrase(passphrase: string): Form[] {
  const bytes = Buffer.from(passphrase);
  return [
    literal('passphrase', bytes.toString('latin1')),
    literal('passphrase as JSON', Buffer.from(JSON.stringify(passphrase).slice(1, -1)).toString('latin1')),
    pattern('passphrase as hex', new RegExp(bytes.toString('hex'), 'i')),
    ...base64Of(bytes).map((text) => literal('passphrase as base64', text)),
  ];
}

/** As they are, and as V8's heap snapshots write them: with a blank for each zero. */
function bytesOf(bytes: Buffer): string[] {
  const text = bytes.toString('latin1');
  return [...new Set([text, text.replaceAll('\0', ' ')])];
}

/** As they stand in the middle of a longer base64 text: which depends on how many bytes come before. */
function base64Of(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]);
    const end = padded.length % 3 === 0 ? undefined : -1;
    return (['base64', 'base64url'] as const).map((encoding) =>
      padded.toString(encoding).replaceAll('=', '').slice([0, 2, 3][before], end),
    );
  });
}

const literal = (name: string, text: string): Form => ({ name, isIn: (hay) => hay.includes(text) });
const pattern = (name: string, regex: RegExp): Form => ({ name, isIn: (hay) => regex.test(hay) });
