import { readFile, rename, writeFile } from 'node:fs/promises';
import { Interface, MaxUint256, Wallet, concat } from 'ethers';
import { z } from 'zod';
import type { Deployment } from '../engine/contracts/deployment.ts';
import type { MarketFamily } from '../engine/contracts/family.ts';
import { address, isAddress, isHex32, type Address } from '../engine/contracts/ids.ts';
import { Secret } from '../engine/lib/secret.ts';
import type { Logger } from '../engine/logger.ts';
import { Account } from './account.ts';
import { PRACTICE_CHAIN_ID } from './chainid.ts';
import { artifacts, type Artifact } from './artifacts.ts';
import type { Chain } from './chain.ts';
import { PracticeError } from './errors.ts';

/** What stands on the practice chain, and whose keys act on it. */
export interface PracticeSite {
  readonly contracts: PracticeContracts;
  readonly keys: Readonly<Record<Actor, Secret>>;
}

export type Actor = 'client' | 'rival' | 'validator' | 'host';

export type PracticeContracts = z.output<typeof contractsSchema>;

export const PERIOD_SECONDS = 60;

/** In the order of the contract's `MarketplaceConfig`. Short periods, so that a newcomer sees proofs soon. */
export const practiceConfig = {
  collateral: {
    repairRewardPercentage: 10,
    maxNumberOfSlashes: 2,
    slashPercentage: 20,
    validatorRewardPercentage: 20,
  },
  proofs: { period: PERIOD_SECONDS, timeout: 30, downtime: 4, downtimeProduct: 37, zkeyHash: 'practice' },
  reservations: { maxReservations: 3 },
  requestDurationLimit: 2_592_000,
};

/**
 * The site that the file tells of, if it stands on this chain; else a new one: funded accounts, contracts, play money.
 * @throws PracticeError PRACTICE_STATE_UNREADABLE, also when the file tells of the other family; CHAIN_FAILED
 */
export async function openSite(
  { chain, logger }: { chain: Chain; logger: Logger },
  { file, family, signal }: { file: string; family: MarketFamily; signal: AbortSignal },
): Promise<PracticeSite> {
  const stored = await readSite(file);
  if (stored && stored.contracts.family !== family) throw unreadable(file);
  if (stored && (await chain.provider.getCode(stored.contracts.marketplace)) !== '0x') return stored;
  if (stored) logger.warn('The practice chain was lost; a new one begins');
  // The contract wants to look back over 256 blocks.
  await chain.mineMany(300);
  const site = await chain.whileMining(() => deploySite(chain, family, signal));
  await writeSite(file, site);
  logger.info('Practice contracts deployed', { ...site.contracts });
  return site;
}

/** The site as the node's settings for a chain have it. */
export function deploymentOf({ family, marketplace, deployedAtBlock }: PracticeContracts): Deployment {
  const { abi } = marketplaces[family];
  const name = 'Practice network';
  return { name, chainId: PRACTICE_CHAIN_ID, marketplace, abi, deployedAtBlock, hasOwnTime: true };
}

const marketplaces: Readonly<Record<MarketFamily, Artifact>> = {
  direct: artifacts.Marketplace,
  vault: artifacts.VaultMarketplace,
};

async function deploySite(chain: Chain, family: MarketFamily, signal: AbortSignal): Promise<PracticeSite> {
  const keys = { client: newKey(), rival: newKey(), validator: newKey(), host: newKey() };
  const deployer = new Account({ chain, key: newKey() });
  const accounts = Object.values(keys).map((key) => new Account({ chain, key }));
  for (const account of [deployer, ...accounts]) await chain.setGas(account.address, PLENTY_OF_GAS);
  const token = await create(deployer, artifacts.PracticeToken, [], signal);
  const verifier = await create(deployer, artifacts.AcceptingVerifier, [], signal);
  const treasury = family === 'vault' ? await create(deployer, artifacts.Vault, [token], signal) : token;
  const terms = [practiceConfig, treasury, verifier];
  const marketplace = await create(deployer, marketplaces[family], terms, signal);
  const deployedAtBlock = chain.head.number;
  const money = new PlayMoney(token, deployer, signal);
  await money.mint(keys.client, chain, CLIENT_TOKENS);
  await money.mint(keys.rival, chain, CLIENT_TOKENS);
  await money.mint(keys.host, chain, HOST_TOKENS);
  await money.approve(keys.client, chain, marketplace);
  await money.approve(keys.rival, chain, marketplace);
  return { contracts: { family, marketplace, token, deployedAtBlock }, keys };
}

const WHOLE = 10n ** 18n;
const PLENTY_OF_GAS = 1_000n * WHOLE;
const CLIENT_TOKENS = 1_000_000_000n * WHOLE;
const HOST_TOKENS = 10_000n * WHOLE;

const newKey = (): Secret => new Secret(Wallet.createRandom().privateKey);

class PlayMoney {
  readonly #interface = new Interface(artifacts.PracticeToken.abi);
  readonly #token: Address;
  readonly #minter: Account;
  readonly #signal: AbortSignal;

  constructor(token: Address, minter: Account, signal: AbortSignal) {
    this.#token = token;
    this.#minter = minter;
    this.#signal = signal;
  }

  async mint(key: Secret, chain: Chain, amount: bigint): Promise<void> {
    const to = new Account({ chain, key }).address;
    await this.#send(this.#minter, 'mint', [to, amount]);
  }

  /** Once and for everything: the actors' own safety is not what is practised. */
  async approve(key: Secret, chain: Chain, spender: Address): Promise<void> {
    await this.#send(new Account({ chain, key }), 'approve', [spender, MaxUint256]);
  }

  async #send(account: Account, method: string, values: unknown[]): Promise<void> {
    const data = this.#interface.encodeFunctionData(method, values);
    await account.send({ to: this.#token, data }, { signal: this.#signal });
  }
}

async function create(
  by: Account,
  { abi, bytecode }: Artifact,
  values: unknown[],
  signal: AbortSignal,
): Promise<Address> {
  const data = concat([bytecode, new Interface(abi).encodeDeploy(values)]);
  const { contractAddress } = await by.send({ data, gasLimit: 10_000_000n }, { signal });
  if (contractAddress === null) throw new PracticeError('CHAIN_FAILED', 'The chain created no contract.');
  return address(contractAddress);
}

const addressSchema = z.string().refine(isAddress).transform(address);
export const contractsSchema = z.strictObject({
  /** Not told by networks of the time when there was one family. */
  family: z.enum(['direct', 'vault']).default('direct'),
  marketplace: addressSchema,
  token: addressSchema,
  deployedAtBlock: z.int().nonnegative(),
});
const keySchema = z
  .string()
  .refine(isHex32)
  .transform((text) => new Secret(text));
const siteSchema = z.strictObject({
  contracts: contractsSchema,
  keys: z.strictObject({ client: keySchema, rival: keySchema, validator: keySchema, host: keySchema }),
});

async function readSite(file: string): Promise<PracticeSite | undefined> {
  try {
    return siteSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(file, error);
  }
}

function unreadable(file: string, cause?: unknown): PracticeError {
  const message = `The file ${file} of the practice network cannot be read. Remove its folder to begin anew.`;
  return new PracticeError('PRACTICE_STATE_UNREADABLE', message, { file }, cause);
}

/** The keys are worthless by design: play money on a chain that only this machine knows. */
async function writeSite(file: string, { contracts, keys }: PracticeSite): Promise<void> {
  const { client, rival, validator, host } = keys;
  const revealed = {
    client: client.reveal(),
    rival: rival.reveal(),
    validator: validator.reveal(),
    host: host.reveal(),
  };
  await writeFile(`${file}.new`, JSON.stringify({ contracts, keys: revealed }, null, 2), { mode: 0o600 });
  await rename(`${file}.new`, file);
}
