import electronLog from 'electron-log/node';
import type { LogLine } from '../../shared/api.ts';
import { consoleText, type ConsoleFormat, type ConsoleStream } from './console.ts';
import type { RotatingFile } from './rotating-file.ts';

export interface SinkOptions {
  readonly file: RotatingFile | undefined;
  readonly console: ConsoleFormat;
  readonly stream: ConsoleStream;
  /** The file could not be written; the line is lost to it, not to the console. */
  readonly onError: (error: unknown) => void;
}

export interface Sinks {
  write(line: LogLine): void;
  close(): void;
}

/** Hands lines to electron-log, whose transports write the file and the console. Nothing but this knows the library. */
export function openSinks({ file, console, stream, onError }: SinkOptions): Sinks {
  const library = electronLog.create({ logId: 'slotkeeper' });
  const { transports } = library;
  transports.console.level = console === 'none' ? false : 'silly';
  transports.console.transforms = [lineOf];
  transports.console.writeFn = ({ message }) => {
    // The transform above answers with the line itself where the library's own answer with a list.
    stream.write(`${consoleText(message.data as unknown as LogLine, console, stream)}\n`);
  };
  const prepareFile = file === undefined ? undefined : openFile(transports.file, file, onError);
  if (file === undefined) transports.file.level = false;

  // A reader of the console that goes away must not end the node.
  const ignoreBrokenPipe = () => {};
  stream.on?.('error', ignoreBrokenPipe);
  return {
    write: (line) => {
      prepareFile?.(line);
      library[libraryLevels[line.level]](line);
    },
    close: () => void stream.off?.('error', ignoreBrokenPipe),
  };
}

type FileTransport = typeof electronLog.transports.file;

/** Returns what is to be done before each line: to part the file where it would grow too large. */
function openFile(transport: FileTransport, file: RotatingFile, onError: (error: unknown) => void) {
  transport.transforms = [(options) => lineOf(options).json];
  transport.resolvePathFn = () => file.path;
  transport.writeOptions = { flag: 'a', mode: 0o600, encoding: 'utf8' };
  transport.maxSize = 0;
  const written = transport.getFile();
  let isTorn = false;
  written.on('error', (error) => {
    isTorn = true;
    onError(error);
  });
  return (line: LogLine) => {
    try {
      if (isTorn) file.repair();
      isTorn = false;
      if (written.size + Buffer.byteLength(line.json) + 2 <= file.partBytes) return;
      file.rotate();
      written.clear();
    } catch (error) {
      onError(error);
    }
  };
}

const lineOf = ({ data }: { data: unknown[] }) => data[0] as LogLine;

const libraryLevels = {
  trace: 'silly',
  debug: 'debug',
  info: 'info',
  notice: 'info',
  warn: 'warn',
  error: 'error',
  fatal: 'error',
} as const satisfies Record<LogLine['level'], string>;

// The library tells of file errors on the console of its default instance; ours are told by `onError`.
electronLog.transports.console.writeFn = () => {};
