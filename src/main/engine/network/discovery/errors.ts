import { EngineError } from '../../errors.ts';

/** `RECORD_MALFORMED`: the bytes are no peer record. `RECORD_FALSE`: they are one that its peer did not sign. */
export type DiscoveryErrorCode = 'RECORD_MALFORMED' | 'RECORD_FALSE';

export class DiscoveryError extends EngineError<DiscoveryErrorCode> {}
