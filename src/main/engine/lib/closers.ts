/**
 * What has to be closed at the end, added as it is opened. `close` goes backwards, one after the other, and through all
 * of it even when one fails; what failed it rejects with then. Called again or meanwhile it closes nothing twice.
 */
export class Closers {
  readonly #closers: (() => Promise<void> | void)[] = [];
  #closing: Promise<void> | undefined;

  add(...closers: readonly (() => Promise<void> | void)[]): void {
    this.#closers.push(...closers);
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll().finally(() => (this.#closing = undefined));
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 1) throw new AggregateError(errors, 'Several parts could not be closed');
    if (errors.length === 1) throw errors[0];
  }
}
