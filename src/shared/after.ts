/** Runs `work` once after `ms` of wall time; returns what calls it off. Handed in where tests move time by hand. */
export type After = (ms: number, work: () => void) => () => void;

export const afterMs: After = (ms, work) => {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
};
