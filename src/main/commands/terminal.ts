import { createInterface } from 'node:readline/promises';
import { UsageError } from '../cli.ts';
import { abortError } from '../engine/lib/abort.ts';
import { Secret } from '../engine/lib/secret.ts';

/** Where a command is typed and read. Results go to `print`, everything else to `say`. */
export interface Terminal {
  /** Someone can be asked. */
  readonly canAsk: boolean;
  /** A line of the result. */
  print(line: string): void;
  /** A line beside the result: questions, progress, errors. */
  say(line: string): void;
  /** Shows `text` in place of the last such text, where someone looks; '' takes it away. */
  showProgress(text: string): void;
  /** Takes away all that was shown, where someone looks. */
  clear(): void;
  /** @throws UsageError when nobody can be asked; or an abort error */
  ask(question: string, options: { signal: AbortSignal }): Promise<string>;
  /** Like `ask`, without what is typed being seen. */
  askSecret(question: string, options: { signal: AbortSignal }): Promise<Secret>;
  /** What another program hands us, as long as it is no larger than a passphrase or a key file. */
  readInput(options: { signal: AbortSignal }): Promise<string>;
}

/** True only for a plain yes. */
export async function askYes(
  terminal: Terminal,
  question: string,
  options: { signal: AbortSignal },
): Promise<boolean> {
  return /^y(?:es)?$/i.test((await terminal.ask(`${question} [y/N] `, options)).trim());
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  const canAsk = stdin.isTTY && stderr.isTTY;
  return {
    canAsk,
    print: (line) => void stdout.write(`${line}\n`),
    say: (line) => void stderr.write(`${line}\n`),
    showProgress: (text) => {
      if (stderr.isTTY) stderr.write(`\r\u001B[K${text}`);
    },
    clear: () => {
      // What was said is on the screen also where what is printed goes to a file.
      const screen = stdout.isTTY ? stdout : stderr;
      // Also what was scrolled away.
      if (screen.isTTY) screen.write('\u001B[2J\u001B[3J\u001B[H');
    },
    ask: async (question, options) => {
      if (!canAsk) throw nobodyToAsk(question);
      return answerTo(question, options);
    },
    askSecret: async (question, options) => {
      if (!canAsk) throw nobodyToAsk(question);
      return new Secret(await unseenAnswerTo(question, options));
    },
    readInput: (options) => inputOf(options),
  };
}

const nobodyToAsk = (question: string) =>
  new UsageError(`Nobody can be asked here: "${question.replace(/ \[y\/N\] $|:? *$/, '')}"`);

async function answerTo(question: string, { signal }: { signal: AbortSignal }): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<never>((_, reject) => lines.once('close', () => reject(abortError(signal))));
  // The one of the two that comes second has nobody who waits for it.
  ended.catch(() => {});
  try {
    return await Promise.race([lines.question(question, { signal }), ended]);
  } finally {
    lines.close();
  }
}

/** Reads a line key by key: the terminal shows nothing of it, and no line editor keeps it. */
async function unseenAnswerTo(question: string, { signal }: { signal: AbortSignal }): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.resume();
  let onData: (data: Buffer) => void = () => {};
  let onAbort: () => void = () => {};
  try {
    return await new Promise<string>((resolve, reject) => {
      let typed = '';
      onAbort = () => reject(abortError(signal));
      onData = (data) => {
        for (const key of data.toString('utf8')) {
          if (key === '\r' || key === '\n') return resolve(typed);
          if (key === '\u0003' || (key === '\u0004' && typed === '')) return reject(abortError());
          if (key === '\u007F' || key === '\b') typed = Array.from(typed).slice(0, -1).join('');
          else if (key >= ' ') typed += key;
        }
      };
      signal.addEventListener('abort', onAbort, { once: true });
      stdin.on('data', onData);
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
    stdin.off('data', onData);
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

const MAX_INPUT_BYTES = 100_000;

async function inputOf({ signal }: { signal: AbortSignal }): Promise<string> {
  // Here it would be seen as it is typed.
  if (process.stdin.isTTY) throw nobodyToAsk('What belongs on standard input');
  const chunks: Buffer[] = [];
  let size = 0;
  const stop = () => void process.stdin.destroy(abortError(signal));
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_INPUT_BYTES) throw new UsageError('What stands on standard input is too long.');
      chunks.push(chunk);
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return Buffer.concat(chunks).toString('utf8');
}
