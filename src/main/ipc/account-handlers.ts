import { sentence } from '../../shared/i18n/say.ts';
import type { Api } from '../../shared/api.ts';
import type { Handlers } from '../../shared/contract.ts';
import { csvOf, jsonOf } from '../engine/accounts/export.ts';
import type { SlotkeeperNode } from '../engine/node.ts';
import { diskFiles } from '../engine/stores/filesystem.ts';
import { writeFileDurably } from '../engine/stores/durablefile.ts';
import type { ChooseFile } from './wallet-handlers.ts';

export interface AccountHandlerModules {
  readonly running: () => Pick<SlotkeeperNode, 'accounts'>;
  /** What the amounts of tokens are called and divided by. */
  readonly token: () => { readonly symbol: string; readonly decimals: number };
  readonly chooseFile?: ChooseFile;
}

export type AccountCalls =
  'accountTotals' | 'accountLines' | 'accountChart' | 'accountCheck' | 'exportAccounts';

/** The calls about what was earned and spent. */
export function createAccountHandlers({
  running,
  token,
  chooseFile,
}: AccountHandlerModules): Pick<Handlers<Api>, AccountCalls> {
  return {
    accountTotals: () => running().accounts.totals(),
    accountLines: ({ offset, limit, ...filter }) => running().accounts.page(filter, { offset, limit }),
    accountChart: ({ step }) => running().accounts.chart(step),
    accountCheck: async ({ isFresh }) => {
      const { accounts } = running();
      return (isFresh ? undefined : accounts.lastCheck) ?? (await accounts.check());
    },
    exportAccounts: async ({ format, to, ...filter }) => {
      const { accounts } = running();
      const lines = accounts.lines(filter);
      const units = { token: token(), began: accounts.began };
      const text = format === 'csv' ? csvOf(lines, units) : jsonOf(lines, units);
      const name = `slotkeeper-earnings${filter.month === undefined ? '' : `-${filter.month}`}.${format}`;
      if (to === 'text' || !chooseFile) return { kind: 'text', name, text, lines: lines.length };
      const file = await chooseFile({ title: sentence('ask.exportEarnings'), name });
      if (file === undefined) return { kind: 'notChosen' };
      await writeFileDurably(file, Buffer.from(text), diskFiles, { mode: 0o600 });
      return { kind: 'written', file, lines: lines.length };
    },
  };
}
