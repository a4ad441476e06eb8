/** The way from a market to its chain: one server or several, each of which can be good or bad to it. */
export interface Line {
  readonly urls: readonly string[];
  /** Lets the faults of this run happen from now on. */
  roughen(): void;
  /** From now on every server answers promptly and tells the truth. */
  smooth(): void;
  /** What was done to the calls, for the report of a run that failed. */
  account(): readonly string[];
  close(): Promise<void>;
}
