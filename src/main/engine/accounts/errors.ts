import { EngineError } from '../errors.ts';

export class AccountsError extends EngineError<'ACCOUNTS_NOT_BEGUN' | 'ACCOUNTS_NOT_WRITTEN'> {}
