/** The moment of all pictures: a Sunday, and the one of the design's. UTC. */
export const PICTURE_MS = Date.UTC(2026, 10, 22, 12, 31);

/** From now on it is that moment, also for `new Date()`; timers go on. Returns what moves it on by so many seconds. */
export function freezeTime(atMs: number): (seconds: number) => void {
  let nowMs = atMs;
  const TrueDate = Date;
  globalThis.Date = class extends TrueDate {
    // Whatever a date can be made of; without anything it is the frozen now.
    constructor(...values: [] | ConstructorParameters<DateConstructor>) {
      super(...((values.length === 0 ? [nowMs] : values) as ConstructorParameters<DateConstructor>));
    }

    static override now(): number {
      return nowMs;
    }
  } as DateConstructor;
  return (seconds) => void (nowMs += seconds * 1000);
}
