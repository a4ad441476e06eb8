/** Of every practice chain. */
export const PRACTICE_CHAIN_ID = 31_337;
