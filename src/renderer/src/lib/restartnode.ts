import type { Api } from '../../../shared/api.ts';
import type { Client } from '../../../shared/contract.ts';

/** Has the node begin anew with what the settings say now. */
export async function restartNode(_client: Client<Api>): Promise<void> {}
