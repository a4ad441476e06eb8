import type { Deployment } from '../contracts/deployment.ts';
import type { MarketFamily } from '../contracts/family.ts';
import type { MarketConfig } from '../contracts/requests.ts';
import { describeError, isEngineError } from '../errors.ts';
import { isAborted, throwIfAborted } from '../lib/abort.ts';
import { silentLogger } from '../logger.ts';
import { checkCode, checkMarketplace } from './checks.ts';
import { Contract } from './contract.ts';
import type { Head } from './log-reader.ts';
import { lagsOf } from './servers/heads.ts';
import { openServer } from './servers/open.ts';
import type { Server } from './servers/server.ts';

/** What a server is good for, before a node relies on it. What could not be found out is absent. */
export interface ServerReport {
  /** Its name, without what is secret in its address. */
  readonly server: string;
  /** Why no node can use it; the code is that of a MarketError. */
  readonly problem?: { readonly code: string; readonly message: string };
  readonly head?: Head;
  /** Behind the best of those that were asked with it. */
  readonly lagBlocks?: number;
  /** From question to answer. */
  readonly latencyMs?: number;
  /** Of how many blocks it lists the logs at once, of the sizes that were tried; 0 when of none. */
  readonly logBlocks?: number;
  /** Whether it answers with the state of now, which changes without a block. */
  readonly answersPending?: boolean;
  readonly family?: MarketFamily;
  readonly config?: MarketConfig;
}

/** Asks each server, all at once and each for itself, what a node would need of it. Rejects only when it is called off. */
export async function probeServers(
  { rpcUrls, deployment }: { rpcUrls: readonly string[]; deployment: Deployment },
  { signal }: { signal: AbortSignal },
): Promise<ServerReport[]> {
  throwIfAborted(signal);
  const reports = await Promise.all(rpcUrls.map((url) => probe(url, deployment, signal)));
  const heads = new Map(reports.flatMap((report) => (report.head ? [[report, report.head] as const] : [])));
  const lags = lagsOf(heads);
  return reports.map((report) => {
    const lag = lags.get(report);
    return lag ? { ...report, lagBlocks: lag.blocks } : report;
  });
}

async function probe(url: string, deployment: Deployment, signal: AbortSignal): Promise<ServerReport> {
  const { chainId, abi } = deployment;
  let server: Server | undefined;
  const found: { -readonly [Fact in keyof ServerReport]?: ServerReport[Fact] } = {};
  try {
    server = openServer(url, { chainId, abi, logger: silentLogger });
    const modules = { rpc: server, deployment, logger: silentLogger };
    const head = await server.head({ signal });
    if (head) {
      found.head = head;
      found.logBlocks = await logBlocksOf(server, deployment, head.number, signal);
    }
    await checkCode(modules, { signal });
    const { family, config } = await checkMarketplace(modules, { signal });
    Object.assign(found, { family, config });
    found.answersPending = await whetherPending(server, deployment, signal);
  } catch (error) {
    if (isAborted(error)) throw error;
    found.problem = { code: isEngineError(error) ? error.code : 'INTERNAL', message: describeError(error) };
  } finally {
    server?.close();
  }
  const latencyMs = server?.health.status().latencyMs;
  const name = server?.server ?? 'the address is none';
  return { ...found, server: name, ...(latencyMs !== undefined && { latencyMs }) };
}

/** Asks for logs that nobody writes, so that only the range can be too much. */
async function logBlocksOf(
  server: Server,
  { marketplace }: Deployment,
  head: number,
  signal: AbortSignal,
): Promise<number> {
  const sizes = new Set(LOG_RANGES.map((blocks) => Math.min(blocks, head + 1)));
  for (const blocks of sizes) {
    const [fromBlock, toBlock] = [head - blocks + 1, head].map((block) => `0x${block.toString(16)}`);
    const filter = { address: marketplace, topics: [`0x${'00'.repeat(32)}`], fromBlock, toBlock };
    if (await answers(server.send('eth_getLogs', [filter], { signal }))) return blocks;
  }
  return 0;
}

/** Limits seen in the wild (marketplace.md §13). */
const LOG_RANGES = [100_000, 10_000, 2000, 1000, 100, 1];

async function whetherPending(
  server: Server,
  { marketplace, abi }: Deployment,
  signal: AbortSignal,
): Promise<boolean> {
  const data = new Contract({ address: marketplace, abi, rpc: server }).encode('token()', []);
  return answers(server.send('eth_call', [{ to: marketplace, data }, 'pending'], { signal }));
}

async function answers(asked: Promise<unknown>): Promise<boolean> {
  try {
    await asked;
    return true;
  } catch (error) {
    if (isEngineError(error, 'RPC_REFUSED')) return false;
    throw error;
  }
}
