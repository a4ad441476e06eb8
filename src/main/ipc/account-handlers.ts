import type { Api } from '../../shared/api.ts';
import type { Handlers } from '../../shared/contract.ts';
import { sentence, type Sentence } from '../../shared/i18n/say.ts';
import { csvOf, jsonOf } from '../engine/accounts/export.ts';
import type { SlotkeeperNode } from '../engine/node.ts';
import { writeExport } from '../exportfile.ts';
import type { ChooseFile } from './wallet-handlers.ts';

export interface AccountHandlerModules {
  readonly running: () => Pick<SlotkeeperNode, 'accounts'>;
  /** What the amounts of tokens are called and divided by. */
  readonly token: () => { readonly symbol: string; readonly decimals: number };
  readonly chooseFile?: ChooseFile;
  /** Told of what left. */
  readonly onExport?: (told: Sentence) => void;
}

export type AccountCalls =
  'accountTotals' | 'accountLines' | 'accountChart' | 'accountCheck' | 'exportAccounts';

/** The calls about what was earned and spent. */
export function createAccountHandlers({
  running,
  token,
  chooseFile,
  onExport = () => {},
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
      const told = sentence('activity.earningsExported', { count: { count: BigInt(lines.length) } });
      if (to === 'text' || !chooseFile) {
        onExport(told);
        return { kind: 'text', name, text, lines: lines.length };
      }
      const file = await chooseFile({ title: sentence('ask.exportEarnings'), name });
      if (file === undefined) return { kind: 'notChosen' };
      await writeExport(file, text);
      onExport(told);
      return { kind: 'written', file, lines: lines.length };
    },
  };
}
