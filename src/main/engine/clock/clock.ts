/** Chain time for the engine. Times are Unix seconds, as the marketplace's are. */
export interface Clock {
  /** The time now. Never goes back while the node runs. */
  now(): number;
  /**
   * Resolves once `now() >= time`; at once when that is past; rejects with an abort error.
   * By convention callers wait for a boundary plus one second, so that node and chain agree that it has passed.
   */
  waitUntil(time: number, options: { signal: AbortSignal }): Promise<void>;
}
