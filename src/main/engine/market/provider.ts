import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { FetchRequest, JsonRpcProvider, Network } from 'ethers';
import type { Deployment } from '../contracts/deployment.ts';
import { familyOf } from '../contracts/family.ts';
import type { Address } from '../contracts/ids.ts';
import type { MarketConfig } from '../contracts/requests.ts';
import { isAborted } from '../lib/abort.ts';
import { Contract } from './contract.ts';
import { addressValue, configValue } from './decoding.ts';
import { isEngineError } from '../errors.ts';
import { MarketError, type MarketErrorCode } from './errors.ts';
import { RevertDecoder } from './reverts.ts';
import { hexBytes, parseAnswer, ProviderRpc, quantity, type Rpc } from './rpc.ts';

/** A checked way to a marketplace. */
export interface Connection {
  readonly rpc: Rpc;
  readonly marketplace: Contract;
  readonly token: Address;
  readonly config: MarketConfig;
  /** Ends all connections; calls under way reject. */
  close(): void;
}

/**
 * Reaches the chain and makes sure that it is the right one, that there is a contract at the address, and that it is a
 * marketplace of the family the ABI describes.
 * @throws MarketError CHAIN_UNREACHABLE, WRONG_CHAIN, NO_CONTRACT, NOT_A_MARKETPLACE; each message says what to do
 */
export async function connect(
  { rpcUrls: [rpcUrl = ''], deployment }: { rpcUrls: readonly string[]; deployment: Deployment },
  { signal }: { signal: AbortSignal },
): Promise<Connection> {
  const { provider, close } = createProvider(rpcUrl, deployment.chainId);
  try {
    const rpc = new ProviderRpc(provider, new RevertDecoder(deployment.abi));
    const marketplace = new Contract({ address: deployment.marketplace, abi: deployment.abi, rpc });
    await checkChain(rpc, rpcUrl, deployment, signal);
    await checkCode(rpc, deployment, signal);
    return { rpc, marketplace, ...(await readMarketplace(marketplace, deployment, signal)), close };
  } catch (error) {
    close();
    throw error;
  }
}

function createProvider(rpcUrl: string, chainId: number): { provider: JsonRpcProvider; close: () => void } {
  const agent = agentFor(rpcUrl);
  const request = new FetchRequest(rpcUrl);
  request.timeout = REQUEST_TIMEOUT_MS;
  request.setThrottleParams({ maxAttempts: 3, slotInterval: 250 });
  request.getUrlFunc = FetchRequest.createGetUrlFunc({ agent });
  const provider = new JsonRpcProvider(request, chainId, {
    staticNetwork: Network.from(chainId),
    // Some servers refuse batches; a cached answer right after a receipt would be the one from before it.
    batchMaxCount: 1,
    batchStallTime: 0,
    cacheTimeout: -1,
  });
  return {
    provider,
    close: () => {
      provider.destroy();
      agent.destroy();
    },
  };
}

const REQUEST_TIMEOUT_MS = 20_000;

/** Few connections, kept open: servers answer too many at once with 429. An idle one is closed before a server does. */
function agentFor(rpcUrl: string): HttpAgent {
  const options = { keepAlive: true, maxSockets: 6, timeout: 15_000 };
  const { protocol } = parseUrl(rpcUrl);
  return protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
}

function parseUrl(rpcUrl: string): URL {
  const url = URL.canParse(rpcUrl) ? new URL(rpcUrl) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw refusal(
    'CHAIN_UNREACHABLE',
    { rpcUrl },
    `"${rpcUrl}" is not an http or https address. Correct the RPC address in the settings.`,
  );
}

async function checkChain(
  rpc: Rpc,
  rpcUrl: string,
  { chainId, name }: Deployment,
  signal: AbortSignal,
): Promise<void> {
  const actual = parseAnswer(quantity, await firstAnswer(rpc, rpcUrl, signal), 'eth_chainId');
  if (actual === BigInt(chainId)) return;
  throw refusal(
    'WRONG_CHAIN',
    { rpcUrl, expected: chainId, actual },
    `${rpcUrl} serves chain ${actual}, but ${name} is on chain ${chainId}. Set an RPC address of chain ${chainId}.`,
  );
}

async function firstAnswer(rpc: Rpc, rpcUrl: string, signal: AbortSignal): Promise<unknown> {
  try {
    return await rpc.send('eth_chainId', [], { signal });
  } catch (error) {
    if (isAborted(error)) throw error;
    const message = `No answer from ${rpcUrl}. Check that the address is right and that this computer is online.`;
    throw refusal('CHAIN_UNREACHABLE', { rpcUrl }, message, error);
  }
}

async function checkCode(rpc: Rpc, { marketplace, name }: Deployment, signal: AbortSignal): Promise<void> {
  const code = parseAnswer(
    hexBytes,
    await rpc.send('eth_getCode', [marketplace, 'latest'], { signal }),
    'eth_getCode',
  );
  if (code !== '0x') return;
  throw refusal(
    'NO_CONTRACT',
    { marketplace },
    `There is no contract at ${marketplace} on ${name}. Marketplaces move: set the address that the network publishes today.`,
  );
}

async function readMarketplace(
  marketplace: Contract,
  { name, abi }: Deployment,
  signal: AbortSignal,
): Promise<{ config: MarketConfig; token: Address }> {
  const options = { blockTag: 'latest', signal } as const;
  const hint = `Set address and ABI of ${name} together, as the network publishes them.`;
  try {
    const config = await marketplace.read(configValue(familyOf(abi)), 'configuration()', [], options);
    const token = await marketplace.read(addressValue, 'token()', [], options);
    return { config, token };
  } catch (error) {
    if (isAborted(error) || isEngineError(error, 'CHAIN_UNREACHABLE')) throw error;
    const message = `The contract at ${marketplace.address} does not answer as a marketplace does. ${hint}`;
    throw refusal('NOT_A_MARKETPLACE', { marketplace: marketplace.address }, message, error);
  }
}

function refusal(code: MarketErrorCode, details: object, message: string, cause?: unknown): MarketError {
  return new MarketError(code, details, { message, cause });
}
