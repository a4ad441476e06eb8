import { isAborted, throwIfAborted, untilAborted } from '../../lib/abort.ts';
import { describeError, isEngineError } from '../../errors.ts';
import { Limiter } from '../../lib/limiter.ts';
import type { Logger } from '../../logger.ts';
import { MarketError } from '../errors.ts';
import type { RevertDecoder } from '../reverts.ts';
import {
  hexBytes,
  parseAnswer,
  quantity,
  smallQuantity,
  type SendRpcOptions,
  type ServerRpc,
} from '../rpc.ts';
import { z } from 'zod';
import type { Head } from '../log-reader.ts';
import { ServerHealth } from './health.ts';
import { meaningOf } from './meaning.ts';
import { blotted, type ServerAddress } from './serveraddress.ts';
import { unanswered, type Transport, type Unanswered } from './transport.ts';

export interface ServerModules {
  address: ServerAddress;
  /** Opens the way to it; `onLost` is told when an open connection was lost. */
  open: (onLost: () => void) => Transport;
  /** The chain it must serve. */
  chainId: number;
  reverts: RevertDecoder;
  logger: Logger;
  nowMs?: () => number;
}

/**
 * One server of the chain: few questions at a time, each with a limit, and a memory of how well it serves. Which chain it
 * serves is asked before the first question, and again after every fault and every lost connection.
 */
export class Server implements ServerRpc {
  readonly server: string;
  readonly health: ServerHealth;
  readonly #modules: ServerModules;
  readonly #transport: Transport;
  readonly #nowMs: () => number;
  readonly #places = new Limiter(AT_A_TIME);
  #identity: Promise<void> | undefined;

  constructor(modules: ServerModules) {
    this.#modules = modules;
    this.#nowMs = modules.nowMs ?? (() => performance.now());
    this.server = modules.address.name;
    this.health = new ServerHealth({ nowMs: this.#nowMs });
    this.#transport = modules.open(() => (this.#identity = undefined));
  }

  /** @throws MarketError as every `Rpc`; WRONG_CHAIN */
  async send(method: string, params: readonly unknown[], options: SendRpcOptions = {}): Promise<unknown> {
    throwIfAborted(options.signal);
    if (this.health.isThrottled) throw leftAlone(this.health.restMs);
    await this.#identify(options.signal);
    return this.#askTwice(method, params, options);
  }

  /** The block it calls its newest. Undefined when it announces one that it does not have. */
  async head(options: { signal: AbortSignal }): Promise<Head | undefined> {
    const number = parseAnswer(
      smallQuantity,
      await this.send('eth_blockNumber', [], options),
      'eth_blockNumber',
    );
    return this.block(number, options);
  }

  async block(number: number, options: { signal: AbortSignal }): Promise<Head | undefined> {
    const answer = await this.send('eth_getBlockByNumber', [`0x${number.toString(16)}`, false], options);
    const block = parseAnswer(blockAnswer, answer, 'a block') ?? undefined;
    return block?.number === number ? block : undefined;
  }

  fault(reason: string): void {
    this.health.failed(reason);
  }

  onHead(listener: () => void): () => void {
    return this.#transport.onHead?.(listener) ?? (() => {});
  }

  close(): void {
    this.#transport.close();
  }

  async #identify(signal: AbortSignal | undefined): Promise<void> {
    this.#identity ??= this.#checkChain();
    const identity = this.#identity;
    await (signal ? untilAborted(identity, signal) : identity);
  }

  /** Shared by all who wait for it, so no single one's signal ends it. */
  async #checkChain(): Promise<void> {
    try {
      const check = (answer: unknown) => void parseAnswer(quantity, answer, 'eth_chainId');
      const answer = await this.#askTwice('eth_chainId', [], { check });
      this.#judgeChain(parseAnswer(quantity, answer, 'eth_chainId'));
    } catch (error) {
      this.#identity = undefined;
      throw error;
    }
  }

  #judgeChain(actual: bigint): void {
    const { chainId, logger } = this.#modules;
    const wasExcluded = this.health.state === 'excluded';
    if (actual === BigInt(chainId)) {
      this.health.include();
      if (wasExcluded) logger.notice('A server is on the right chain again', { server: this.server });
      return;
    }
    this.health.exclude(`it serves chain ${actual} and not ${chainId}`);
    if (!wasExcluded)
      logger.error('A server is on another chain; it is not used', { server: this.server, actual });
    const message = `${this.server} serves chain ${actual}, but chain ${chainId} was asked for. Set an RPC address of chain ${chainId}.`;
    throw new MarketError('WRONG_CHAIN', { server: this.server, expected: chainId, actual }, { message });
  }

  /**
   * A server that answers every second call, or one of two behind an address, must not keep those waiting who need
   * several answers in a row. None of our calls does harm when it arrives twice, a signed transaction neither.
   */
  async #askTwice(method: string, params: readonly unknown[], options: SendRpcOptions): Promise<unknown> {
    const startedMs = this.#nowMs();
    try {
      return await this.#ask(method, params, options);
    } catch (error) {
      const isQuick = this.#nowMs() - startedMs < QUICK_MS;
      if (!isQuick || !isServerFault(error) || isThrottled(error)) throw error;
      return this.#ask(method, params, options);
    }
  }

  async #ask(
    method: string,
    params: readonly unknown[],
    { signal, check }: SendRpcOptions,
  ): Promise<unknown> {
    return this.#places.run(
      async () => {
        const startedMs = this.#nowMs();
        try {
          const answer = await this.#transport.ask(method, params, { signal });
          if ('error' in answer) throw this.#refusal(method, answer.error);
          check?.(answer.result);
          this.#learn(method, params, answer.result);
          this.health.answered(this.#nowMs() - startedMs);
          return answer.result;
        } catch (error) {
          if (isAborted(error)) throw error;
          const fault = asFault(error);
          this.#note(fault, method, params, this.#nowMs() - startedMs);
          throw fault;
        }
      },
      { signal },
    );
  }

  #refusal(method: string, error: { code: number; message: string; data?: unknown }): MarketError {
    const message = blotted(error.message, this.#modules.address);
    return meaningOf(method, { ...error, message }, this.#modules.reverts);
  }

  #note(error: unknown, method: string, params: readonly unknown[], tookMs: number): void {
    if (!isServerFault(error)) {
      this.health.answered(tookMs);
      const blocks = blocksOf(method, params);
      if (blocks !== undefined && isEngineError(error, 'RPC_REFUSED')) this.health.refusedLogs(blocks);
      return;
    }
    // Whoever answers next at this address may be another.
    this.#identity = undefined;
    if (isThrottled(error)) this.health.throttled(error.details.reason, error.details.retryAfterMs);
    else this.health.failed(describeError(error));
  }

  #learn(method: string, params: readonly unknown[], result: unknown): void {
    const blocks = blocksOf(method, params);
    if (blocks !== undefined) this.health.listedLogs(blocks);
    const head = method === 'eth_blockNumber' ? result : latestBlock(method, params, result);
    const number = smallQuantity.safeParse(head);
    if (number.success) this.health.sawHead(number.data);
  }
}

/** Servers answer more at once with 429 (marketplace.md §12). */
export const AT_A_TIME = 6;

/** A server that let us wait will let us wait again. */
const QUICK_MS = 1000;

/** Whether the server is at fault: another one may do better. */
export function isServerFault(error: unknown): boolean {
  return isEngineError(error, 'CHAIN_UNREACHABLE');
}

/** Who sends nonsense has not answered; a value that is hostile comes from a contract, through any server. */
function asFault(error: unknown): unknown {
  if (!isEngineError(error, 'HOSTILE_VALUE')) return error;
  return unanswered({ reason: error.message, isNonsense: true }, error);
}

const leftAlone = (retryAfterMs: number) =>
  unanswered({
    reason: `it asked to be left alone for ${Math.ceil(retryAfterMs / 1000)} s`,
    isThrottled: true,
    retryAfterMs,
  });

function isThrottled(error: unknown): error is MarketError & { details: Unanswered } {
  return (
    isEngineError(error, 'CHAIN_UNREACHABLE') && (error.details as Partial<Unanswered>).isThrottled === true
  );
}

function blocksOf(method: string, [filter]: readonly unknown[]): number | undefined {
  if (method !== 'eth_getLogs') return undefined;
  const range = logRange.safeParse(filter);
  return range.success ? range.data.toBlock - range.data.fromBlock + 1 : undefined;
}

function latestBlock(method: string, [tag]: readonly unknown[], result: unknown): unknown {
  if (method !== 'eth_getBlockByNumber' || tag !== 'latest') return undefined;
  const block = z.object({ number: z.unknown() }).safeParse(result);
  return block.success ? block.data.number : undefined;
}

const logRange = z.object({ fromBlock: smallQuantity, toBlock: smallQuantity });
const blockAnswer = z.object({ number: smallQuantity, hash: hexBytes, timestamp: smallQuantity }).nullable();
