import { EngineError } from '../engine/errors.ts';

export type NetworkErrorCode =
  | 'NETWORK_DATA_INVALID'
  | 'NETWORK_DATA_DAMAGED'
  | 'NETWORK_SOURCE_REFUSED'
  | 'NETWORK_SOURCE_UNREADABLE'
  | 'NETWORK_UNKNOWN'
  | 'NETWORK_NOT_PROPOSED'
  | 'ABI_UNUSABLE';

/** Why the data of a network cannot be had or used. The message says what to do. */
export class NetworkError extends EngineError<NetworkErrorCode> {}
