import { Interface } from 'ethers';
import { z } from 'zod';
import type { NetworkCheck, ServerCheck } from '../../shared/networks.ts';
import type { MarketFamily } from '../engine/contracts/family.ts';
import { describeError, EngineError } from '../engine/errors.ts';
import { isAborted, throwIfAborted } from '../engine/lib/abort.ts';
import { ServerError, serverName, type AskServer } from './ask-server.ts';

export interface ProbeModules {
  readonly ask: AskServer;
  readonly nowMs?: () => number;
}

/** Why no node can start on a network. The codes are those the node itself refuses with. */
export class ProbeError extends EngineError<
  'CHAIN_UNREACHABLE' | 'WRONG_CHAIN' | 'NO_CONTRACT' | 'NOT_A_MARKETPLACE' | 'WRONG_FAMILY' | 'HOSTILE_VALUE'
> {}

/**
 * What the first server that answers says. What one says against the contract counts only when no other knows better.
 * @throws ProbeError CHAIN_UNREACHABLE when none answers; what was said against the contract
 */
export async function fromFirst<T>(urls: readonly string[], ask: (url: string) => Promise<T>): Promise<T> {
  const errors: unknown[] = [];
  for (const url of urls) {
    try {
      return await ask(url);
    } catch (error) {
      if (isAborted(error)) throw error;
      errors.push(error);
    }
  }
  const verdict = errors.find(isOfContract);
  if (verdict !== undefined) throw verdict;
  const message =
    errors.map(describeError).join(' ') || 'The network has no server. Name one in the settings.';
  throw new ProbeError('CHAIN_UNREACHABLE', { servers: urls.map(serverName) }, { message });
}

export async function chainIdAt(url: string, { ask }: ProbeModules, options: Cancel): Promise<number> {
  const answer = await ask(url, 'eth_chainId', [], options);
  const chainId = quantity(answer, url, 'eth_chainId');
  if (chainId <= 0) throw hostile(url, 'eth_chainId');
  return chainId;
}

/**
 * Which family the contract at `marketplace` is of. That it has no vault is believed only of one that answers as a
 * marketplace does. @throws ProbeError NO_CONTRACT, NOT_A_MARKETPLACE; ServerError
 */
export async function familyAt(
  url: string,
  marketplace: string,
  modules: ProbeModules,
  options: Cancel,
): Promise<MarketFamily> {
  const call = (signature: string) => callAt(url, marketplace, signature, modules, options);
  const code = await modules.ask(url, 'eth_getCode', [marketplace, 'latest'], options);
  if (code === '0x') {
    const message = `There is no contract at ${marketplace}. Marketplaces move: set the address that the network publishes today.`;
    throw new ProbeError('NO_CONTRACT', { marketplace }, { message });
  }
  const token = await call('token()');
  if (token === undefined || (await call('configuration()')) === undefined) {
    const message = `The contract at ${marketplace} does not answer as a marketplace does. Set address and ABI together, as the network publishes them.`;
    throw new ProbeError('NOT_A_MARKETPLACE', { marketplace }, { message });
  }
  const vault = await call('vault()');
  return vault !== undefined && /^0x0{24}(?!0{40})[0-9a-f]{40}$/i.test(vault) ? 'vault' : 'direct';
}

/** The first block whose time is not before `time`; the newest when all are. */
export async function firstBlockFrom(
  url: string,
  time: number,
  modules: ProbeModules,
  options: Cancel,
): Promise<number> {
  const head = await blockAt(url, 'latest', modules, options);
  let low = 0;
  let high = head.number;
  while (low < high) {
    throwIfAborted(options.signal);
    const middle = Math.floor((low + high) / 2);
    const { time: then } = await blockAt(url, `0x${middle.toString(16)}`, modules, options);
    if (then < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What the servers of a network answer today, and what would keep a node from starting there. */
export async function checkNetwork(
  { id, servers, chainId, marketplace, family }: CheckedNetwork,
  modules: ProbeModules,
  options: Cancel,
): Promise<NetworkCheck> {
  const checks = await Promise.all(servers.map((url) => checkServer(url, chainId, modules, options)));
  const usable = servers.filter((_, index) => checks[index]?.problem === undefined);
  if (usable.length === 0) {
    const first = checks[0]?.problem ?? problemOf(new ProbeError('CHAIN_UNREACHABLE', {}, noServers));
    return { id, servers: checks, problems: [first] };
  }
  try {
    const actual = await fromFirst(usable, (url) => familyAt(url, marketplace, modules, options));
    const problems =
      family === undefined || family === actual ? [] : [problemOf(wrongFamily(family, actual))];
    return { id, servers: checks, family: actual, problems };
  } catch (error) {
    if (isAborted(error)) throw error;
    return { id, servers: checks, problems: [problemOf(error)] };
  }
}

export interface CheckedNetwork {
  readonly id: string;
  readonly servers: readonly string[];
  /** Absent where only the servers know; then they must agree with the first. */
  readonly chainId?: number | undefined;
  readonly marketplace: string;
  readonly family?: MarketFamily | undefined;
}

const isOfContract = (error: unknown): error is ProbeError =>
  error instanceof ProbeError && (error.code === 'NO_CONTRACT' || error.code === 'NOT_A_MARKETPLACE');

interface Cancel {
  readonly signal: AbortSignal;
}

async function checkServer(
  url: string,
  expected: number | undefined,
  modules: ProbeModules,
  options: Cancel,
): Promise<ServerCheck> {
  const { nowMs = Date.now } = modules;
  const startedMs = nowMs();
  const shown = { url: serverName(url) };
  try {
    const chainId = await chainIdAt(url, modules, options);
    const answeredAfterMs = nowMs() - startedMs;
    const { number, time } = await blockAt(url, 'latest', modules, options);
    const blockAgeSeconds = Math.max(0, Math.floor(nowMs() / 1000) - time);
    const facts = { ...shown, chainId, block: number, blockAgeSeconds, answeredAfterMs };
    return expected === undefined || expected === chainId
      ? facts
      : { ...facts, problem: problemOf(wrongChain(shown.url, expected, chainId)) };
  } catch (error) {
    if (isAborted(error)) throw error;
    return { ...shown, problem: problemOf(error) };
  }
}

/** Undefined when the contract does not answer: it has no such function. */
async function callAt(
  url: string,
  to: string,
  signature: string,
  { ask }: ProbeModules,
  options: Cancel,
): Promise<string | undefined> {
  const data = new Interface([`function ${signature}`]).encodeFunctionData(signature);
  try {
    const answer = z
      .string()
      .regex(/^0x[0-9a-f]*$/i)
      .safeParse(await ask(url, 'eth_call', [{ to, data }, 'latest'], options));
    if (!answer.success) throw hostile(url, signature);
    return answer.data === '0x' ? undefined : answer.data;
  } catch (error) {
    if (error instanceof ServerError && isRevert(error)) return undefined;
    throw error;
  }
}

/** Numbers and words differ from server to server; 3 is a revert with its reason. */
const isRevert = ({ code, details }: ServerError) =>
  code === 'RPC_REFUSED' &&
  (details.refusalCode === 3 || /revert|invalid opcode/i.test(details.refusal ?? ''));

async function blockAt(url: string, tag: string, { ask }: ProbeModules, options: Cancel): Promise<Block> {
  const block = blockSchema.safeParse(await ask(url, 'eth_getBlockByNumber', [tag, false], options));
  if (!block.success) throw hostile(url, 'eth_getBlockByNumber');
  const { number, timestamp } = block.data;
  return { number: quantity(number, url, 'a block'), time: quantity(timestamp, url, 'a block') };
}

interface Block {
  readonly number: number;
  readonly time: number;
}

const blockSchema = z.object({ number: z.string(), timestamp: z.string() });

function quantity(answer: unknown, url: string, what: string): number {
  const isHex = typeof answer === 'string' && /^0x[0-9a-f]{1,14}$/i.test(answer);
  const value = isHex ? Number(answer) : NaN;
  if (!Number.isSafeInteger(value)) throw hostile(url, what);
  return value;
}

function hostile(url: string, what: string): ProbeError {
  const message = `${serverName(url)} answered nonsense for ${what}. Use another server.`;
  return new ProbeError('HOSTILE_VALUE', { url: serverName(url), what }, { message });
}

function wrongChain(url: string, expected: number, actual: number): ProbeError {
  const message = `${url} serves chain ${actual}, but the network is on chain ${expected}. Use a server of chain ${expected}.`;
  return new ProbeError('WRONG_CHAIN', { url, expected, actual }, { message });
}

function wrongFamily(expected: MarketFamily, actual: MarketFamily): ProbeError {
  const message = `The ABI is of the ${expected} family, but the contract is of the ${actual} family. Set address and ABI together, as the network publishes them.`;
  return new ProbeError('WRONG_FAMILY', { expected, actual }, { message });
}

const noServers = { message: 'The network has no server. Name one in the settings.' };

function problemOf(error: unknown): { code: string; message: string } {
  return error instanceof EngineError
    ? { code: error.code, message: error.message }
    : { code: 'INTERNAL', message: describeError(error) };
}
