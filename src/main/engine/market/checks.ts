import { z } from 'zod';
import type { Deployment } from '../contracts/deployment.ts';
import { familyOf, type MarketFamily } from '../contracts/family.ts';
import type { Address } from '../contracts/ids.ts';
import type { MarketConfig } from '../contracts/requests.ts';
import { isEngineError } from '../errors.ts';
import { isAborted } from '../lib/abort.ts';
import { sleep } from '../lib/retry.ts';
import type { Logger } from '../logger.ts';
import { Contract } from './contract.ts';
import { addressValue, configValue } from './decoding.ts';
import { MarketError } from './errors.ts';
import { hexBytes, parseAnswer, smallQuantity, type Rpc } from './rpc.ts';

/** What is asked before a node relies on a chain. Each refusal is a MarketError whose message says what to do. */
export interface CheckModules {
  rpc: Rpc;
  deployment: Deployment;
  logger: Logger;
}

interface Cancel {
  signal: AbortSignal;
}

/** A server that still catches up would tell of yesterday. @throws MarketError those of `Rpc` */
export async function untilSynced(
  { rpc, logger }: CheckModules,
  { signal, sleep: wait = sleep }: Cancel & { sleep?: typeof sleep },
): Promise<void> {
  for (let waitMs = 1000; ; waitMs = Math.min(10_000, waitMs * 1.5)) {
    const syncing = await whetherSyncing(rpc, signal);
    if (syncing === false) return;
    logger.notice('The chain’s server is still catching up; waiting for it', syncing);
    await wait(waitMs, signal);
  }
}

/** @throws MarketError NO_CONTRACT */
export async function checkCode(
  { rpc, deployment: { marketplace, name } }: CheckModules,
  { signal }: Cancel,
): Promise<void> {
  if (await hasCode(rpc, marketplace, signal)) return;
  throw new MarketError(
    'NO_CONTRACT',
    { marketplace },
    {
      message: `There is no contract at ${marketplace} on ${name}. Marketplaces move: set the address that the network publishes today.`,
    },
  );
}

export interface CheckedMarketplace {
  readonly family: MarketFamily;
  /** Holds the tokens, in the family that has one. */
  readonly vault?: Address;
  readonly token: Address;
  readonly config: MarketConfig;
}

/**
 * That the contract is a marketplace, and of the family its ABI is of: the ABI says what each answer means, so nothing
 * that it answers may be believed before. @throws MarketError NOT_A_MARKETPLACE, WRONG_FAMILY
 */
export async function checkMarketplace(
  { rpc, deployment }: CheckModules,
  { signal }: Cancel,
): Promise<CheckedMarketplace> {
  const { marketplace: at, abi, name } = deployment;
  const family = familyOf(abi);
  const marketplace = new Contract({ address: at, abi, rpc });
  const options = { blockTag: 'latest', signal } as const;
  try {
    const vault = await vaultOf(rpc, at, signal);
    if ((vault === undefined) !== (family === 'direct')) throw wrongFamily(deployment, family);
    const config = await marketplace.read(configValue(family), 'configuration()', [], options);
    const token = await marketplace.read(addressValue, 'token()', [], options);
    const oddity = (await oddityOf(rpc, { config, token }, signal)) ?? undefined;
    if (oddity !== undefined) throw new MarketError('HOSTILE_VALUE', { oddity }, { message: oddity });
    return { family, config, token, ...(vault && { vault }) };
  } catch (error) {
    if (isAborted(error) || isEngineError(error, 'WRONG_FAMILY') || isUnreachable(error)) throw error;
    const message = `The contract at ${at} does not answer as a marketplace does. Set address and ABI of ${name} together, as the network publishes them.`;
    throw new MarketError('NOT_A_MARKETPLACE', { marketplace: at }, { message, cause: error });
  }
}

/**
 * How far the computer's time is ahead of the chain's, in seconds; said in the log when one of them must be wrong.
 * Undefined where the chain's time is its own.
 */
export async function checkClock(
  { rpc, deployment, logger }: CheckModules,
  { signal, nowSeconds = () => Date.now() / 1000 }: Cancel & { nowSeconds?: () => number },
): Promise<number | undefined> {
  if (deployment.hasOwnTime) return undefined;
  const time = await newestTime(rpc, signal);
  const ahead = Math.round(nowSeconds() - time);
  if (Math.abs(ahead) < TOLERATED_SECONDS) return ahead;
  const figures = { aheadSeconds: ahead, blockTime: time };
  if (ahead < 0) logger.warn('The computer’s clock is behind the chain’s time. Set it right.', figures);
  else logger.warn('The computer’s clock is ahead of the newest block, or no blocks come any more.', figures);
  return ahead;
}

/** Blocks may be far apart where nobody sends anything. */
const TOLERATED_SECONDS = 600;

async function whetherSyncing(rpc: Rpc, signal: AbortSignal): Promise<false | Record<string, unknown>> {
  try {
    const answer = await rpc.send('eth_syncing', [], { signal });
    const progress = syncProgress.safeParse(answer);
    if (progress.success) return { ...progress.data };
    return answer === true ? {} : false;
  } catch (error) {
    // Not every server tells.
    if (isEngineError(error, 'RPC_REFUSED')) return false;
    throw error;
  }
}

const syncProgress = z.object({
  currentBlock: smallQuantity.optional(),
  highestBlock: smallQuantity.optional(),
});

async function hasCode(rpc: Rpc, address: Address, signal: AbortSignal): Promise<boolean> {
  const answer = await rpc.send('eth_getCode', [address, 'latest'], {
    signal,
    check: (code) => void parseAnswer(hexBytes, code, 'eth_getCode'),
  });
  return parseAnswer(hexBytes, answer, 'eth_getCode') !== '0x';
}

/** Undefined when the contract keeps no vault; a contract without such a function reverts, or answers with nothing. */
async function vaultOf(rpc: Rpc, marketplace: Address, signal: AbortSignal): Promise<Address | undefined> {
  const contract = new Contract({
    address: marketplace,
    abi: ['function vault() view returns (address)'],
    rpc,
  });
  try {
    const vault = await contract.read(addressValue, 'vault()', [], { blockTag: 'latest', signal });
    return (await hasCode(rpc, vault, signal)) ? vault : undefined;
  } catch (error) {
    if (isAborted(error) || isUnreachable(error)) throw error;
    return undefined;
  }
}

function wrongFamily({ marketplace, name }: Deployment, family: MarketFamily): MarketError {
  const [said, found] =
    family === 'vault' ? ['a vault', 'has none'] : ['no vault', 'keeps its tokens in one'];
  const message = `The ABI is of a marketplace with ${said}, but the contract at ${marketplace} ${found}. Set address and ABI of ${name} together, as the network publishes them.`;
  return new MarketError('WRONG_FAMILY', { marketplace, family }, { message });
}

/** What no marketplace's constructor would have let pass (marketplace.md §7), or is of no use to a host. */
async function oddityOf(
  rpc: Rpc,
  { config, token }: { config: MarketConfig; token: Address },
  signal: AbortSignal,
): Promise<string | undefined> {
  const { repairRewardPercentage, slashPercentage, maxNumberOfSlashes } = config;
  if (repairRewardPercentage > 100 || slashPercentage * maxNumberOfSlashes > 100)
    return 'Its configuration takes more than the whole collateral';
  if (config.maxReservations === 0) return 'Its configuration lets nobody reserve a slot';
  if (config.requestDurationLimitSeconds === 0) return 'Its configuration lets no request last';
  return (await hasCode(rpc, token, signal)) ? undefined : `There is no contract at ${token}, its token`;
}

/** Where no blocks come without transactions the pending one still has the time of now (marketplace.md §13). */
async function newestTime(rpc: Rpc, signal: AbortSignal): Promise<number> {
  const times = await Promise.all(
    ['latest', 'pending'].map(async (tag) => {
      try {
        const answer = await rpc.send('eth_getBlockByNumber', [tag, false], { signal });
        const block = timedBlock.safeParse(answer);
        return block.success ? block.data.timestamp : 0;
      } catch (error) {
        if (tag === 'pending' && isEngineError(error, 'RPC_REFUSED')) return 0;
        throw error;
      }
    }),
  );
  return Math.max(...times);
}

const timedBlock = z.object({ timestamp: smallQuantity });

/** Nonsense is no silence: here it says that the contract is another one. */
function isUnreachable(error: unknown): boolean {
  return isEngineError(error, 'CHAIN_UNREACHABLE') && !('isNonsense' in error.details);
}
