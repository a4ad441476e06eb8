import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { abortScope, untilAborted } from '../engine/lib/abort.ts';
import type { Logger } from '../engine/logger.ts';
import { PRACTICE_CHAIN_ID } from './chainid.ts';
import { rescueChainState } from './chainstate.ts';
import { PracticeError } from './errors.ts';
import type { PracticeFolder } from './folder.ts';
import { endMarked, markOf, writeMark } from './processes.ts';

export interface Anvil {
  /** One port for both. */
  readonly rpcUrl: string;
  readonly wsUrl: string;
  /** Resolves when the chain has ended; with the error when nobody stopped it. */
  readonly failed: Promise<Error | undefined>;
  /** Ends the chain. What was not saved of it is lost. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts the chain on a free loopback port, from the folder's state if there is one. It mines only when told to.
 * A chain that a killed owner left behind in the folder is ended first.
 * @throws PracticeError NO_CHAIN_BINARY, CHAIN_FAILED
 */
export async function startAnvil(
  { folder, logger }: { folder: PracticeFolder; logger: Logger },
  { signal, binary = findAnvil() }: { signal: AbortSignal; binary?: string },
): Promise<Anvil> {
  if (await endMarked(folder.anvilPidFile)) logger.warn('Ended a practice chain that was left behind');
  const hasState = await rescueChainState(folder.chainStateFile, logger);
  // A process group of its own: Ctrl-C in the terminal is for us to handle, in order, not for the chain.
  const child = spawn(binary, anvilArguments(folder, hasState), {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const ended = endOf(child);
  const mark = child.pid === undefined ? undefined : markOf(child.pid);
  try {
    // At once, so that a chain is found again whenever we are killed.
    if (mark) await writeMark(folder.anvilPidFile, mark);
    const port = await listeningPort(child, ended, signal);
    return supervise({ child, ended, folder }, `127.0.0.1:${port}`);
  } catch (error) {
    child.kill('SIGKILL');
    await ended;
    await rm(folder.anvilPidFile, { force: true });
    throw error;
  }
}

/**
 * The chain's binary: the one that SLOTKEEPER_ANVIL names, else the npm package's, else the one on PATH.
 * @throws PracticeError NO_CHAIN_BINARY, whose message names these three ways
 */
export function findAnvil(env: NodeJS.ProcessEnv = process.env, packaged = packagedAnvil): string {
  const named = env['SLOTKEEPER_ANVIL'];
  if (named) {
    if (isExecutable(named)) return named;
    throw noBinary(`SLOTKEEPER_ANVIL names ${named}, which is not a program.`);
  }
  const found = [packaged(), ...anvilsOnPath(env)].find((file) => file !== undefined && isExecutable(file));
  if (found === undefined)
    throw noBinary('The practice network needs the program anvil, which was not found.');
  return found;
}

function noBinary(what: string): PracticeError {
  const ways =
    'Set SLOTKEEPER_ANVIL to its path, or install the npm package @foundry-rs/anvil, or put anvil on the PATH.';
  return new PracticeError('NO_CHAIN_BINARY', `${what} ${ways}`);
}

function packagedAnvil(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve('@foundry-rs/anvil-linux-amd64/package.json');
    return join(dirname(manifest), 'bin', 'anvil');
  } catch {
    return undefined;
  }
}

function anvilsOnPath(env: NodeJS.ProcessEnv): string[] {
  const name = process.platform === 'win32' ? 'anvil.exe' : 'anvil';
  return (env['PATH'] ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Few states are kept for looking back, as each is a copy; blocks and logs are all kept. Nothing newer than Shanghai is
 * needed, and the forks after it write to system contracts in every block, which makes the state file grow.
 */
function anvilArguments({ chainStateFile, cacheFolder }: PracticeFolder, hasState: boolean): string[] {
  const listen = ['--host', '127.0.0.1', '--port', '0', '--no-cors'];
  const chain = ['--chain-id', String(PRACTICE_CHAIN_ID), '--hardfork', 'shanghai', '--accounts', '0'];
  const history = ['--prune-history', '64', '--cache-path', cacheFolder];
  const state = hasState ? ['--load-state', chainStateFile] : [];
  return [...listen, ...chain, ...history, ...state, '--no-mining', '--color', 'never'];
}

/** Resolves when the process is gone, with the end of what it said. Reads all output, else the pipe would fill up. */
function endOf(child: ChildProcess): Promise<string> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)));
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) =>
      resolve(`it ended with ${signal ?? `code ${code}`}. ${said}`.trim()),
    );
  });
}

async function listeningPort(
  child: ChildProcess,
  ended: Promise<string>,
  signal: AbortSignal,
): Promise<number> {
  using patience = abortScope(signal);
  const timer = setTimeout(() => patience.abort(), START_LIMIT_MS);
  try {
    return await untilAborted(Promise.race([printedPort(child), ended.then(startFailure)]), patience.signal);
  } catch (error) {
    throw patience.signal.aborted && !signal.aborted ? startFailure('it did not answer in time') : error;
  } finally {
    clearTimeout(timer);
  }
}

const START_LIMIT_MS = 30_000;

function startFailure(why: string): never {
  throw new PracticeError('CHAIN_FAILED', `The practice chain could not be started: ${why}`);
}

function printedPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    if (!child.stdout) return;
    // Read to the end also after the port is known, else the chain would block on a full pipe.
    createInterface({ input: child.stdout }).on('line', (line) => {
      const port = /^Listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<string>;
  readonly folder: PracticeFolder;
}

function supervise({ child, ended, folder }: Running, place: string): Anvil {
  let isStopping = false;
  const failed = ended.then((why) => {
    return isStopping ? undefined : new PracticeError('CHAIN_FAILED', `The practice chain ended: ${why}`);
  });
  const stop = async (): Promise<void> => {
    isStopping = true;
    child.kill('SIGTERM');
    const patience = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await ended;
    clearTimeout(patience);
    await rm(folder.anvilPidFile, { force: true });
  };
  return { rpcUrl: `http://${place}`, wsUrl: `ws://${place}`, failed, stop };
}

const STOP_LIMIT_MS = 15_000;
