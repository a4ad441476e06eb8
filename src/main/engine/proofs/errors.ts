import { EngineError } from '../errors.ts';

export type ProofErrorCode =
  | 'EMPTY_TREE'
  | 'INDEX_OUT_OF_RANGE'
  | 'NOT_A_POWER_OF_TWO'
  | 'NOT_A_BLOCK'
  | 'NOT_A_DIGEST'
  | 'DIGESTER_FAILED'
  | 'DIGESTER_STOPPED';

export class ProofError extends EngineError<ProofErrorCode> {}
