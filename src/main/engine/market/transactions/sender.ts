import type { Clock } from '../../clock/clock.ts';
import type { StoredTransaction, TransactionVersion } from '../../contracts/storedtransaction.ts';
import { throwIfAborted } from '../../lib/abort.ts';
import type { Logger } from '../../logger.ts';
import { parseAnswer, quantity, type Rpc } from '../rpc.ts';
import type { Signer } from '../signer.ts';
import { newestVersion, type Subject, type TransactionBook } from './book.ts';
import { deliver, type Delivery } from './delivery.ts';
import { capOfCalls, raisedFee, type GasPrice } from './fees.ts';
import { signedVersion, type Unsigned } from './signing.ts';

export interface SenderModules {
  readonly rpc: Rpc;
  readonly signer: Signer;
  readonly chainId: number;
  readonly book: TransactionBook;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

export interface SenderOptions {
  /** wei: no unit of gas is ever offered more for. */
  readonly maxFeePerGas: bigint;
  readonly nowMs: () => number;
}

/** When a transaction's newest version was handed to a server last, in this run of the program. */
export interface Handed {
  readonly atMs: number;
  /** When this version was handed over first. */
  readonly firstAtMs: number;
  /** Chain time of that, Unix seconds. */
  readonly firstAt: number;
  readonly hash: string;
}

/**
 * Writes a version down and hands it over, in this order, so that nothing is ever on its way that a restart would not
 * know of. Only for the one whose turn it is: a nonce has one user at a time.
 */
export class Sender {
  readonly #modules: SenderModules;
  readonly #options: SenderOptions;
  readonly #handedById = new Map<string, Handed>();

  constructor(modules: SenderModules, options: SenderOptions) {
    this.#modules = modules;
    this.#options = options;
  }

  handed(id: string): Handed | undefined {
    return this.#handedById.get(id);
  }

  forget(id: string): void {
    this.#handedById.delete(id);
  }

  /** @throws StoreError when it could not be written down; then nothing was sent */
  async send(
    unsigned: Unsigned,
    subject: Omit<Subject, 'purpose'> &
      Pick<StoredTransaction, 'purpose' | 'requestId' | 'slotIndex' | 'deadline'>,
    { signal, check = () => {} }: { signal: AbortSignal; check?: () => void },
  ): Promise<{ id: string; delivery: Delivery }> {
    const { book, logger } = this.#modules;
    const version = await signedVersion(unsigned, this.#modules, { signal });
    // Whoever signs may have taken his time.
    check();
    throwIfAborted(signal);
    const id = version.hash;
    await book.add({
      ...subject,
      id,
      nonce: unsigned.nonce,
      storedAtMs: Math.floor(this.#options.nowMs()),
      state: 'stored',
      versions: [version],
      isSettled: false,
    });
    const { purpose, slotId } = subject;
    logger.debug('Transaction made', { purpose, slotId, transactionHash: id, nonce: unsigned.nonce });
    return { id, delivery: await this.hand(id) };
  }

  /** Hands over the newest version, again if need be. */
  async hand(id: string): Promise<Delivery> {
    const { book, rpc, clock } = this.#modules;
    const record = book.get(id);
    if (!record) throw new Error('A transaction is sent that is not in the book');
    const { hash, raw } = newestVersion(record);
    if (raw === undefined) throw new Error('A settled transaction is sent again');
    const before = this.#handedById.get(id);
    const atMs = this.#options.nowMs();
    const first = before?.hash === hash ? before : { firstAtMs: atMs, firstAt: clock.now() };
    this.#handedById.set(id, { hash, atMs, firstAtMs: first.firstAtMs, firstAt: first.firstAt });
    const delivery = await deliver({ raw, hash }, { rpc });
    if (delivery.kind === 'taken' && record.state === 'stored')
      await book.note(id, (current) =>
        current.state === 'stored' ? { ...current, state: 'pending' } : current,
      );
    return delivery;
  }

  /**
   * Makes a version that pays more and hands it over. `empty` takes the call back. Undefined when the cap does not allow
   * it; nothing was done then.
   */
  async replace(
    record: StoredTransaction,
    by: Pick<Unsigned, 'kind' | 'to' | 'data' | 'gasLimit'>,
    price: GasPrice,
    { signal, changes }: { signal: AbortSignal; changes?: Partial<StoredTransaction> },
  ): Promise<Delivery | undefined> {
    const { book, logger } = this.#modules;
    const old = newestVersion(record);
    const fee = raisedFee(old, price, this.#capOf(by.kind));
    if (!fee) return undefined;
    const version = await signedVersion({ ...by, nonce: record.nonce, fee }, this.#modules, { signal });
    await book.addVersion(record.id, version, changes);
    logger.info(by.kind === 'empty' ? 'A transaction is taken back' : 'A transaction is replaced', {
      purpose: record.purpose,
      slotId: record.slotId,
      nonce: record.nonce,
      replaced: old.hash,
      transactionHash: version.hash,
      maxFeePerGas: fee.maxFeePerGas,
    });
    return this.hand(record.id);
  }

  /** The same call once more, for more. */
  async raise(
    record: StoredTransaction,
    price: GasPrice,
    options: { signal: AbortSignal },
  ): Promise<Delivery | undefined> {
    const { kind, to, data = '0x', gasLimit }: TransactionVersion = newestVersion(record);
    return this.replace(record, { kind, to, data, gasLimit }, price, options);
  }

  async takeBack(
    record: StoredTransaction,
    price: GasPrice,
    { signal, because }: { signal: AbortSignal; because: 'late' | 'useless' },
  ): Promise<Delivery | undefined> {
    const by = await this.empty({ signal });
    return this.replace(record, by, price, { signal, changes: { goneBecause: because } });
  }

  /** A transfer of nothing to oneself. Its gas is asked for, since on some chains it is more than elsewhere. */
  async empty({
    signal,
  }: {
    signal: AbortSignal;
  }): Promise<Pick<Unsigned, 'kind' | 'to' | 'data' | 'gasLimit'>> {
    const { rpc, signer } = this.#modules;
    const { address: to } = signer;
    const answer = await rpc.send('eth_estimateGas', [{ from: to, to, data: '0x' }], { signal });
    const gas = parseAnswer(quantity, answer, 'eth_estimateGas');
    return { kind: 'empty', to, data: '0x', gasLimit: (gas * 6n) / 5n };
  }

  #capOf(kind: Unsigned['kind']): bigint {
    const { maxFeePerGas } = this.#options;
    return kind === 'empty' ? maxFeePerGas : capOfCalls(maxFeePerGas);
  }
}
