import { slotToSlash, type PracticeSlash } from '../../shared/practiceslash.ts';
import type { SlotId } from '../engine/contracts/ids.ts';
import type { Logger } from '../engine/logger.ts';
import type { SlotkeeperNode } from '../engine/node.ts';
import type { SaleInfo, SalesEvent } from '../engine/sales/saleinfo.ts';
import type { Sales } from '../engine/sales/sales.ts';
import type { Prover } from '../engine/slots/prover.ts';
import { PracticeError } from './errors.ts';

/** What of a node is looked at. */
export interface SlashedNode {
  readonly sales: Pick<Sales, 'list' | 'onEvent'>;
  readonly insight: Pick<SlotkeeperNode['insight'], 'risk'>;
}

export interface SlashModules {
  readonly show: (slash: PracticeSlash) => void;
  readonly logger: Logger;
}

/**
 * Makes a slash happen as if this computer had been off: one proof of one slot is held back for as long as its period
 * lasts. All the rest is as ever: the validator finds it missing, the contract slashes, the node hears of it and goes on.
 * One at a time; a slot is chosen that is not lost by it.
 */
export class SlashOnDemand {
  readonly #modules: SlashModules;
  readonly #periodSeconds: number;
  #run: { readonly node: SlashedNode; readonly unsubscribe: () => void } | undefined;
  #slash: PracticeSlash | undefined;
  /** End of the period in which the proof is held back. */
  #heldBackUntil: number | undefined;

  constructor(modules: SlashModules, { periodSeconds }: { periodSeconds: number }) {
    this.#modules = modules;
    this.#periodSeconds = periodSeconds;
  }

  /**
   * Answers with the slot that is chosen; what follows is told by `show`.
   * @throws PracticeError PRACTICE_NO_SLOT, PRACTICE_SLASH_UNDER_WAY
   */
  begin(node: SlashedNode): PracticeSlash {
    if (this.#run) throw underWay();
    const chosen = this.#choose(node);
    if (!chosen) throw noSlot();
    this.#run = { node, unsubscribe: node.sales.onEvent.subscribe((event) => this.#hear(event)) };
    return this.#wait(chosen);
  }

  /** Calls it off: from now on every proof is given. Idempotent. */
  stop(): void {
    if (this.#run && this.#slash) this.#end({ ...this.#slash, state: 'calledOff' });
  }

  /** The same prover, but for the proof that is held back. */
  around(prover: Prover): Prover {
    return {
      name: prover.name,
      refusal: (zkeyHash) => prover.refusal(zkeyHash),
      prove: async (slot, ...rest) => {
        if (this.#holdsBack(slot.slotId)) throw heldBack();
        return prover.prove(slot, ...rest);
      },
    };
  }

  /**
   * Whether the proof that is being asked for is the one. Those of the period after it are given: whether it was marked is
   * known only in the course of that one. If it was not, the next one that is due is held back, too.
   */
  #holdsBack(slotId: SlotId): boolean {
    const slash = this.#slash;
    if (!this.#run || slash?.slotId !== slotId) return false;
    const dueBy = this.#run.node.sales.list().find((sale) => sale.slotId === slotId)?.proofs.dueBy;
    if (dueBy === undefined) return false;
    const last = this.#heldBackUntil;
    if (last === dueBy) return true;
    if (last !== undefined && dueBy <= last + this.#periodSeconds) return false;
    this.#heldBackUntil = dueBy;
    this.#modules.logger.notice('A proof is held back, for a slash', { slotId, dueBy });
    this.#tell({ ...slash, state: 'heldBack', at: dueBy });
    return true;
  }

  #hear(event: SalesEvent): void {
    const slash = this.#slash;
    if (!slash || event.sale.slotId !== slash.slotId) return;
    if (event.type === 'proof' && event.result === 'missed')
      this.#end({ ...slash, state: 'slashed', at: missedAt(event.sale) });
    else if (event.type === 'ended' || (event.type === 'entered' && event.sale.state !== 'proving'))
      this.#goOn(slash);
  }

  /** The sale ended before a proof of it was missed: another one, if there is one. */
  #goOn(slash: PracticeSlash): void {
    const chosen = this.#run && this.#choose(this.#run.node);
    if (chosen) this.#wait(chosen);
    else this.#end({ ...slash, state: 'calledOff' });
  }

  #choose({ sales, insight }: SlashedNode): ReturnType<typeof slotToSlash> {
    const report = insight.risk({ seconds: [], risk: 0 });
    return slotToSlash(report, sales.list(), { periodSeconds: this.#periodSeconds });
  }

  #wait(chosen: Omit<PracticeSlash, 'state'>): PracticeSlash {
    this.#heldBackUntil = undefined;
    const slash: PracticeSlash = { state: 'waiting', ...chosen };
    this.#modules.logger.notice('A slash was asked for; it waits for a proof to be due', { ...slash });
    this.#tell(slash);
    return slash;
  }

  #end(slash: PracticeSlash): void {
    this.#run?.unsubscribe();
    this.#run = undefined;
    this.#modules.logger.notice('The slash that was asked for is over', { ...slash });
    this.#tell(slash);
  }

  #tell(slash: PracticeSlash): void {
    this.#slash = slash;
    this.#modules.show(slash);
  }
}

const missedAt = ({ proofs, stateSince }: SaleInfo): number => proofs.missedAt.at(-1) ?? stateSince;

const heldBack = (): PracticeError =>
  new PracticeError('PROOF_HELD_BACK', 'It is held back on demand, so that a slash can be seen.');

const underWay = (): PracticeError =>
  new PracticeError('PRACTICE_SLASH_UNDER_WAY', 'A slash is under way already. Wait until it has happened.');

const noSlot = (): PracticeError =>
  new PracticeError(
    'PRACTICE_NO_SLOT',
    'No slot can be slashed now. One must be filled, have missed no proof yet, and run for some minutes more.',
  );
