import { Interface, isCallException, type LogDescription } from 'ethers';
import type { Deployment } from '../engine/contracts/deployment.ts';
import { familyOf, familyRules, mayBePaid, type MarketFamily } from '../engine/contracts/family.ts';
import {
  hex32,
  slotIdOf,
  type Address,
  type Challenge,
  type RequestId,
  type SlotId,
} from '../engine/contracts/ids.ts';
import type { Groth16Proof } from '../engine/contracts/proofs.ts';
import {
  requestStates,
  type RequestState,
  type SlotState,
  type StorageRequest,
} from '../engine/contracts/requests.ts';
import type { Account } from './account.ts';
import type { Chain } from './chain.ts';

interface Cancellable {
  signal: AbortSignal;
}

/** The marketplace as the actors of the practice network call it. Reads are of the pending block. */
export class Marketplace {
  readonly family: MarketFamily;
  readonly #interface: Interface;
  readonly #chain: Chain;
  readonly #deployment: Deployment;

  constructor({ chain, deployment }: { chain: Chain; deployment: Deployment }) {
    this.family = familyOf(deployment.abi);
    this.#interface = new Interface(deployment.abi);
    this.#chain = chain;
    this.#deployment = deployment;
  }

  /** Undefined when the contract does not know the request. */
  async requestState(id: RequestId): Promise<RequestState | undefined> {
    const [state] = (await this.#tryRead('requestState', [id])) ?? [];
    return state === undefined ? undefined : requestStates[Number(state)];
  }

  /** In the words of both families: one that was paid is `paid`, whatever its contract calls it. */
  async slotState(id: SlotId): Promise<SlotState> {
    const [number] = await this.#read('slotState', [id]);
    const state = familyRules[this.family].slotStates[Number(number)] ?? 'free';
    if (!mayBePaid(this.family, state)) return state;
    const [collateral] = await this.#read('currentCollateral', [id]);
    return collateral === 0n ? 'paid' : state;
  }

  /** Unix seconds. */
  async requestEnd(id: RequestId): Promise<number> {
    const [end] = await this.#read('requestEnd', [id]);
    return Number(end);
  }

  async slotsOf(host: Address): Promise<SlotId[]> {
    const [ids] = await this.#read('mySlots', [], host);
    return Array.from(ids as Iterable<string>, (id) => hex32<SlotId>(id));
  }

  async canReserve(requestId: RequestId, slotIndex: number, host: Address): Promise<boolean> {
    const [can] = await this.#read('canReserveSlot', [requestId, slotIndex], host);
    return Boolean(can);
  }

  /** Whether the host of the slot should send a proof in this period. */
  async isProofDue(id: SlotId): Promise<boolean> {
    const [isRequired] = await this.#read('isProofRequired', [id]);
    if (isRequired) return true;
    const [willBe] = await this.#read('willProofBeRequired', [id]);
    return Boolean(willBe);
  }

  async challenge(id: SlotId): Promise<Challenge> {
    const [challenge] = await this.#read('getChallenge', [id]);
    return hex32<Challenge>(String(challenge));
  }

  async canMarkProofAsMissing(id: SlotId, period: number): Promise<boolean> {
    return (await this.#tryRead('canMarkProofAsMissing', [id, period])) !== undefined;
  }

  /** Whether the slot could be given up or, when its request is over, be paid out. */
  async canFree(id: SlotId, host: Address): Promise<boolean> {
    return (await this.#tryRead('freeSlot(bytes32)', [id], host)) !== undefined;
  }

  async requestStorage(account: Account, request: StorageRequest, { signal }: Cancellable): Promise<void> {
    await this.#send(account, 'requestStorage', [request], signal);
  }

  async withdrawFunds(account: Account, id: RequestId, { signal }: Cancellable): Promise<void> {
    await this.#send(account, 'withdrawFunds(bytes32)', [id], signal);
  }

  /** Of the vault family: what a validator has coming for the proofs of the request that it marked. */
  async withdrawByValidator(account: Account, id: RequestId, { signal }: Cancellable): Promise<void> {
    await this.#send(account, 'withdrawByValidator', [id], signal);
  }

  async reserveSlot(
    account: Account,
    { requestId, slotIndex }: SlotPlace,
    { signal }: Cancellable,
  ): Promise<void> {
    await this.#send(account, 'reserveSlot', [requestId, slotIndex], signal);
  }

  async fillSlot(
    account: Account,
    { requestId, slotIndex }: SlotPlace,
    proof: Groth16Proof,
    { signal }: Cancellable,
  ): Promise<void> {
    await this.#send(account, 'fillSlot', [requestId, slotIndex, proof], signal);
  }

  async submitProof(
    account: Account,
    id: SlotId,
    proof: Groth16Proof,
    { signal }: Cancellable,
  ): Promise<void> {
    await this.#send(account, 'submitProof', [id, proof], signal);
  }

  async freeSlot(account: Account, id: SlotId, { signal }: Cancellable): Promise<void> {
    await this.#send(account, 'freeSlot(bytes32)', [id], signal);
  }

  async markProofAsMissing(
    account: Account,
    id: SlotId,
    period: number,
    { signal }: Cancellable,
  ): Promise<void> {
    await this.#send(account, 'markProofAsMissing', [id, period], signal);
  }

  /** Follows the requests from the beginning, or a later block, on. */
  requests(): LogTail<PostedRequest> {
    return this.#tail('StorageRequested', ({ args }) => {
      return { requestId: hex32<RequestId>(String(args['requestId'])), slots: Number(args['ask'].slots) };
    });
  }

  /** Follows the fills from the beginning on. */
  fills(): LogTail<SlotPlace> {
    return this.#tail('SlotFilled', ({ args }) => {
      return { requestId: hex32<RequestId>(String(args['requestId'])), slotIndex: Number(args['slotIndex']) };
    });
  }

  #tail<T>(event: string, parse: (log: LogDescription) => T): LogTail<T> {
    let fromBlock = this.#deployment.deployedAtBlock;
    return async () => {
      const toBlock = this.#chain.head.number;
      if (fromBlock > toBlock) return [];
      const topics = this.#interface.encodeFilterTopics(event, []);
      const { marketplace } = this.#deployment;
      const logs = await this.#chain.provider.getLogs({ address: marketplace, topics, fromBlock, toBlock });
      fromBlock = toBlock + 1;
      return logs.flatMap((log) => this.#interface.parseLog(log) ?? []).map(parse);
    };
  }

  async #read(method: string, values: unknown[], from?: Address): Promise<readonly unknown[]> {
    const data = this.#interface.encodeFunctionData(method, values);
    const call = { to: this.#deployment.marketplace, data, blockTag: 'pending', ...(from && { from }) };
    return this.#interface.decodeFunctionResult(method, await this.#chain.provider.call(call));
  }

  /** Undefined when the contract refuses. */
  async #tryRead(method: string, values: unknown[], from?: Address): Promise<readonly unknown[] | undefined> {
    try {
      return await this.#read(method, values, from);
    } catch (error) {
      if (isCallException(error)) return undefined;
      throw error;
    }
  }

  async #send(account: Account, method: string, values: unknown[], signal: AbortSignal): Promise<void> {
    const data = this.#interface.encodeFunctionData(method, values);
    await account.send({ to: this.#deployment.marketplace, data }, { signal });
  }
}

/** Each call gives what came since the call before, in order. */
export type LogTail<T> = () => Promise<T[]>;

export interface PostedRequest {
  readonly requestId: RequestId;
  readonly slots: number;
}

export interface SlotPlace {
  readonly requestId: RequestId;
  readonly slotIndex: number;
}

export const slotOf = ({ requestId, slotIndex }: SlotPlace): SlotId => slotIdOf(requestId, slotIndex);
