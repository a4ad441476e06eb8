import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Interface, isCallException, toQuantity } from 'ethers';
import type { JsonFragment, JsonRpcProvider, TransactionReceipt } from 'ethers';

/** The compiled contracts of the practice network. */
export const artifacts = readArtifacts();

/** A contract as a test uses it: calls and transactions by name, or by full signature where a name is overloaded. */
export class TestContract {
  readonly address: string;
  readonly abi: readonly JsonFragment[];
  readonly interface: Interface;
  readonly #provider: JsonRpcProvider;

  constructor(provider: JsonRpcProvider, address: string, abi: readonly JsonFragment[]) {
    this.#provider = provider;
    this.address = address;
    this.abi = abi;
    this.interface = new Interface(abi);
  }

  /** Deploys one of the compiled contracts. @throws RevertError when its constructor refuses */
  static async deploy(
    provider: JsonRpcProvider,
    from: TestAccount,
    name: ContractName,
    args: readonly unknown[] = [],
  ): Promise<TestContract> {
    const { abi, bytecode } = artifacts.contracts[name];
    const data = bytecode + new Interface(abi).encodeDeploy(args).slice(2);
    // A transaction that reverts does not say why; a call does.
    await orRevert(provider.call({ from: from.address, data }));
    const transaction = { from: from.address, data, gas: toQuantity(10_000_000) };
    const hash: string = await provider.send('eth_sendTransaction', [transaction]);
    const { contractAddress } = await minedReceipt(provider, hash);
    if (contractAddress === null) throw new Error(`${name} was not deployed`);
    return new TestContract(provider, contractAddress.toLowerCase(), abi);
  }

  /** The (single) answer of a call; undefined when it has none. @throws RevertError */
  async read(
    from: TestAccount,
    method: string,
    args: readonly unknown[] = [],
    blockTag = 'latest',
  ): Promise<unknown> {
    const data = this.interface.encodeFunctionData(method, args);
    const answer = await orRevert(
      this.#provider.call({ from: from.address, to: this.address, data, blockTag }),
    );
    return this.interface.decodeFunctionResult(method, answer).toArray()[0];
  }

  /** Sends a transaction, which is mined at once. @throws RevertError after a failed one was mined */
  async send(from: TestAccount, method: string, args: readonly unknown[] = []): Promise<Sent> {
    const data = this.interface.encodeFunctionData(method, args);
    const transaction = { from: from.address, to: this.address, data, gas: toQuantity(5_000_000) };
    const hash: string = await this.#provider.send('eth_sendTransaction', [transaction]);
    const receipt = await minedReceipt(this.#provider, hash);
    if (receipt.status !== 1) throw await this.#revertOf(hash, method);
    return { hash, gasUsed: receipt.gasUsed, logs: receipt.logs };
  }

  async #revertOf(hash: string, method: string): Promise<Error> {
    const trace: { output?: string } = await this.#provider.send('debug_traceTransaction', [
      hash,
      { tracer: 'callTracer' },
    ]);
    return trace.output ? new RevertError(trace.output) : new Error(`${method} failed without a reason`);
  }
}

export interface TestAccount {
  /** Lower case. */
  readonly address: string;
  readonly key: string;
}

export interface Sent {
  readonly hash: string;
  readonly gasUsed: bigint;
  readonly logs: readonly { address: string; topics: readonly string[]; data: string }[];
}

/** A revert by the name of its error: `Marketplace_UnknownRequest`, or `Panic 0x11`. */
export class RevertError extends Error {
  readonly data: string;

  constructor(data: string) {
    super(nameOfRevert(data));
    this.data = data;
  }
}

interface Artifact {
  readonly abi: readonly JsonFragment[];
  readonly bytecode: string;
}
type ContractName = 'Marketplace' | 'VaultMarketplace' | 'Vault' | 'PracticeToken' | 'AcceptingVerifier';

function readArtifacts(): {
  sourceHash: string;
  compiler: string;
  contracts: Record<ContractName, Artifact>;
} {
  return JSON.parse(
    readFileSync(resolve(import.meta.dirname, '../../resources/contracts/artifacts.json'), 'utf8'),
  );
}

/** anvil answers with the hash a moment before it has mined the transaction. */
async function minedReceipt(provider: JsonRpcProvider, hash: string): Promise<TransactionReceipt> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const receipt = await provider.getTransactionReceipt(hash);
    if (receipt) return receipt;
    await setTimeout(5);
  }
  throw new Error(`${hash} was not mined`);
}

async function orRevert<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (isCallException(error) && error.data) throw new RevertError(error.data);
    throw error;
  }
}

const errorsOfAll = Object.values(artifacts.contracts).flatMap(({ abi }) =>
  abi.filter(({ type }) => type === 'error'),
);

function nameOfRevert(data: string): string {
  const error = new Interface(errorsOfAll).parseError(data);
  if (!error) return data;
  return error.name === 'Panic' ? `Panic 0x${error.args[0].toString(16)}` : error.name;
}
