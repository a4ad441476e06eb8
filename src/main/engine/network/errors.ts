import { EngineError } from '../errors.ts';

/**
 * Codes from `MANIFEST_NOT_FOUND` to `NO_PEERS` may pass by themselves; the others say that bytes are not what they
 * were said to be, and asking again will not help.
 */
export type NetworkErrorCode =
  | 'MANIFEST_NOT_FOUND'
  | 'BLOCKS_NOT_FOUND'
  | 'NO_PEERS'
  | 'PEER_UNREACHABLE'
  | 'LINK_CLOSED'
  | 'LINK_LIMIT_EXCEEDED'
  | 'PEER_TIMEOUT'
  | 'WRONG_PEER'
  | 'PEER_INCOMPATIBLE'
  | 'PEER_ADDRESS_INVALID'
  | 'ADDRESS_MALFORMED'
  | 'SOCKET_FAILED'
  | 'LISTEN_FAILED'
  | 'MALFORMED_MESSAGE'
  | 'FALSE_BLOCK'
  | 'FALSE_PROOF'
  | 'LEAF_COUNT_MISMATCH'
  | 'CID_UNSUPPORTED'
  | 'EMPTY_TREE'
  | 'INDEX_OUT_OF_RANGE'
  | PlanErrorCode;

/** Why a request and its manifest do not fit together; found before any block is fetched. */
export type PlanErrorCode =
  | 'MANIFEST_CID_MISMATCH'
  | 'MANIFEST_MALFORMED'
  | 'MANIFEST_NOT_PROTECTED'
  | 'MANIFEST_NOT_VERIFIABLE'
  | 'BLOCK_SIZE_UNSUPPORTED'
  | 'CELL_SIZE_UNSUPPORTED'
  | 'HASH_UNSUPPORTED'
  | 'STRATEGY_UNSUPPORTED'
  | 'SLOT_COUNT_MISMATCH'
  | 'SLOT_COUNT_UNSUPPORTED'
  | 'TOLERANCE_MISMATCH'
  | 'BLOCK_COUNT_MISMATCH'
  | 'SLOT_INDEX_OUT_OF_RANGE'
  | 'SLOT_SIZE_MISMATCH'
  | 'MERKLE_ROOT_MISMATCH'
  | 'VERIFY_ROOT_MISMATCH';

export class NetworkError extends EngineError<NetworkErrorCode> {}
