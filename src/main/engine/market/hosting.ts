import type { Clock } from '../clock/clock.ts';
import { slotIdOf, type Address, type RequestId, type SlotId } from '../contracts/ids.ts';
import { periodOf } from '../contracts/periods.ts';
import type { Groth16Proof } from '../contracts/proofs.ts';
import { isEngineError } from '../errors.ts';
import { Mutex } from '../lib/mutex.ts';
import { Contract } from './contract.ts';
import { addressValue, amountValue } from './decoding.ts';
import { MarketError, revertError } from './errors.ts';
import type { Cancellable, Market, OwnTransaction, SendOptions, Sent } from './market.ts';
import type { Connection } from './provider.ts';
import { ownTransaction } from './transactions/outcome.ts';
import { ProofGas } from './transactions/proofgas.ts';
import type { Call, Submitted, Transactions } from './transactions/transactions.ts';
import { tokenAbi } from './views.ts';

export interface HostingModules {
  readonly connection: Pick<Connection, 'rpc' | 'marketplace' | 'token' | 'config'>;
  readonly transactions: Transactions;
  readonly views: Pick<
    Market,
    'signer' | 'slotState' | 'getHost' | 'holdsReservation' | 'mySlots' | 'balances'
  >;
  readonly clock: Pick<Clock, 'now'>;
}

/** What the account's gas is good for. */
export interface GasOutlook {
  /** wei */
  readonly gasPerProof: bigint;
  readonly proofsPerDay?: number;
  /** Transactions wait, because gas costs more than the cap allows. */
  readonly waitsForFees: boolean;
}

/**
 * The transactions of a host, each with what makes it the same as an earlier one. Whether something has happened already
 * is told by the estimate, which the contract refuses by name; and where one of ours may have brought it about without
 * anybody having heard of it, by a question of its own.
 */
export class Hosting {
  readonly #modules: HostingModules;
  readonly #token: Contract;
  readonly #proofGas: ProofGas;
  /** One approval and its fill at a time: another approval in between would change what the fill may take. */
  readonly #approvals = new Mutex();

  constructor(modules: HostingModules) {
    this.#modules = modules;
    const { rpc, token } = modules.connection;
    this.#token = new Contract({ address: token, abi: [...tokenAbi, ALLOWANCE], rpc });
    this.#proofGas = new ProofGas(() => modules.transactions.book.all());
  }

  async reserve(requestId: RequestId, slotIndex: number, options: SendOptions): Promise<Sent> {
    const { views, transactions } = this.#modules;
    const call = this.#call('reserveSlot(bytes32,uint64)', [requestId, slotIndex], {
      purpose: 'reserve',
      slotId: slotIdOf(requestId, slotIndex),
      requestId,
      slotIndex,
      headRoomPercent: 25,
      stillHolds: (on) => views.holdsReservation(requestId, slotIndex, on),
    });
    const joined = await transactions.join(call, options);
    if (!joined) await this.#demandGasForProofs(options);
    return transactions.mined(joined ?? (await transactions.submit(call, options)), options);
  }

  /** The gas of the approval that was needed for it counts as its own. */
  async fill(
    requestId: RequestId,
    slotIndex: number,
    proof: Groth16Proof,
    collateral: bigint,
    options: SendOptions,
  ): Promise<Sent> {
    const { views, transactions } = this.#modules;
    const slotId = slotIdOf(requestId, slotIndex);
    const subject = { slotId, requestId, slotIndex };
    const call = this.#call('fillSlot', [requestId, slotIndex, proof], {
      ...subject,
      purpose: 'fill',
      headRoomPercent: 10,
      stillHolds: async (on) => (await views.getHost(slotId, on)) === views.signer,
    });
    const { submitted, approvalCost } = await this.#approvals.run(async () => {
      const joined = await transactions.join(call, options);
      if (joined) return { submitted: joined, approvalCost: 0n };
      await this.#demandGasForProofs(options);
      return this.#approveAndFill(call, this.#approval(collateral, subject), collateral, options);
    }, options);
    const filled = await transactions.mined(submitted, options);
    return { ...filled, gasCost: filled.gasCost + approvalCost };
  }

  async free(slotId: SlotId, options: SendOptions): Promise<Sent> {
    const { views, transactions, connection } = this.#modules;
    const isPaid = async (on: Cancellable) => (await views.slotState(slotId, on)) === 'paid';
    const call = this.#call('freeSlot(bytes32)', [slotId], {
      purpose: 'free',
      slotId,
      headRoomPercent: 200,
      stillHolds: isPaid,
    });
    const joined = await transactions.join(call, options);
    // With a vault it would succeed, and move nothing.
    if (!joined && connection.config.family === 'vault' && (await isPaid(options)))
      throw revertError('Marketplace_AlreadyPaid', { slotId });
    return transactions.mined(joined ?? (await transactions.submit(call, options)), options);
  }

  prove(slotId: SlotId, proof: Groth16Proof, options: SendOptions): Promise<Sent> {
    const { transactions, clock, connection } = this.#modules;
    const call = this.#call('submitProof', [slotId, proof], {
      purpose: 'prove',
      slotId,
      period: periodOf(clock.now(), connection.config.periodSeconds),
      headRoomPercent: 20,
      // The contract takes one a period, so one that was mined needs no second.
      stillHolds: async () => true,
    });
    return transactions.send(call, options);
  }

  of(slotId: SlotId): OwnTransaction[] {
    return this.#modules.transactions.book.of(slotId).flatMap((record) => ownTransaction(record) ?? []);
  }

  async gasOutlook({ signal }: Cancellable): Promise<GasOutlook> {
    const { transactions, clock } = this.#modules;
    const proofsPerDay = this.#proofGas.perDay(clock.now());
    return {
      gasPerProof: await this.#costOfProof(signal),
      waitsForFees: transactions.waitsForFees,
      ...(proofsPerDay !== undefined && { proofsPerDay }),
    };
  }

  /**
   * The approval is left out where exactly that much is allowed already, by a fill that failed; unless something of ours
   * under way may still use that up or change it.
   */
  async #approveAndFill(
    fill: Call,
    approval: Call,
    collateral: bigint,
    options: SendOptions,
  ): Promise<{ submitted: Submitted; approvalCost: bigint }> {
    const { transactions } = this.#modules;
    const approve = async () => {
      const { gasCost } = await transactions.send(approval, options);
      return { submitted: await transactions.submit(fill, options), approvalCost: gasCost };
    };
    const isUnderWay = transactions.book
      .unmined()
      .some(({ purpose }) => purpose === 'approve' || purpose === 'fill');
    if (isUnderWay || (await this.#allowance(options)) !== collateral) return approve();
    try {
      return { submitted: await transactions.submit(fill, options), approvalCost: 0n };
    } catch (error) {
      // A server that lags spoke of an allowance that was used up meanwhile.
      const isShort =
        isEngineError(error) &&
        'revert' in error.details &&
        error.details.revert === 'ERC20InsufficientAllowance';
      if (!isShort) throw error;
      return approve();
    }
  }

  #allowance({ signal }: Cancellable): Promise<bigint> {
    const { connection, views } = this.#modules;
    const args = [views.signer, connection.marketplace.address];
    return this.#token.read(amountValue, 'allowance(address,address)', args, { blockTag: 'latest', signal });
  }

  /** Exactly what this fill may take: sums that were approved and not used would add up. */
  #approval(collateral: bigint, subject: Pick<Call, 'slotId' | 'requestId' | 'slotIndex'>): Call {
    const { token, marketplace } = this.#modules.connection;
    const data = this.#token.encode('approve', [marketplace.address, collateral]);
    // Whether it still holds was just asked, by the allowance.
    const stillHolds = async () => false;
    return { ...subject, purpose: 'approve', to: token, data, headRoomPercent: 20, stillHolds };
  }

  /**
   * New slots are not taken on while the gas would not last for `PROOFS_KEPT` proofs of each slot held and of the new one:
   * the proofs of those that are held must never want for what a fill has used up.
   */
  async #demandGasForProofs({ signal }: Cancellable): Promise<void> {
    const { views } = this.#modules;
    const [{ gas }, held, perProof] = await Promise.all([
      views.balances({ signal }),
      views.mySlots({ signal }),
      this.#costOfProof(signal),
    ]);
    const needed = perProof * BigInt(PROOFS_KEPT * (held.length + 1));
    if (gas >= needed) return;
    const message = `The gas in the wallet would not last for ${PROOFS_KEPT} proofs of each slot; no new slot is taken until there is more`;
    throw new MarketError('INSUFFICIENT_GAS', { gas, needed, slots: held.length }, { message });
  }

  async #costOfProof(signal: AbortSignal): Promise<bigint> {
    const { baseFee, tip } = await this.#modules.transactions.prices.now({ signal });
    return this.#proofGas.perProof() * (baseFee + tip);
  }

  #call(signature: string, args: readonly unknown[], rest: Omit<Call, 'to' | 'data'>): Call {
    const { marketplace } = this.#modules.connection;
    return { ...rest, to: marketplace.address, data: marketplace.encode(signature, args) };
  }
}

/** Who pays the account: the marketplace, and where there is one, its vault. */
export async function payersOf(
  { marketplace, config }: Pick<Connection, 'marketplace' | 'config'>,
  { signal }: Cancellable,
): Promise<readonly Address[]> {
  if (config.family !== 'vault') return [marketplace.address];
  const vault = await marketplace.read(addressValue, 'vault()', [], { blockTag: 'latest', signal });
  return [marketplace.address, vault];
}

const ALLOWANCE = 'function allowance(address owner, address spender) view returns (uint256)';

const PROOFS_KEPT = 10;
