import { EngineError } from '../../errors.ts';

/**
 * `ROUTER_SILENT`: nobody answers; `ROUTER_REFUSED`: it does not let others in, the details say why; `ROUTER_NOT_PUBLIC`:
 * it is not on the internet itself but behind another one, as with carrier-grade NAT.
 */
export type PortMappingErrorCode = 'ROUTER_SILENT' | 'ROUTER_REFUSED' | 'ROUTER_NOT_PUBLIC';

export class PortMappingError extends EngineError<PortMappingErrorCode> {}
