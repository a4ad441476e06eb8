import { randomUUID } from 'node:crypto';
import type { Api, Diagnostics } from '../../shared/api.ts';
import type { Handlers } from '../../shared/contract.ts';
import { sentence, type Sentence } from '../../shared/i18n/say.ts';
import type { LiveSnapshot } from '../../shared/live.ts';
import { makeDiagnostics } from '../diagnostics/bundle.ts';
import { ExportError, writeExport } from '../exportfile.ts';
import type { LogArchive } from '../logging/archive.ts';
import type { Logging } from '../logging/logging.ts';
import { readSettings, withoutSecrets } from '../settings-file.ts';
import { LogExports } from './logexports.ts';
import type { ChooseFile } from './wallet-handlers.ts';

export interface LogHandlerModules {
  readonly logging: Pick<Logging, 'logger' | 'recent' | 'topics'>;
  readonly archive: LogArchive;
  readonly snapshot: () => LiveSnapshot;
  readonly queueLength: () => number | undefined;
  readonly dataDir: string;
  readonly chooseFile?: ChooseFile;
  /** Told of what left. */
  readonly onExport: (told: Sentence) => void;
  readonly signal: AbortSignal;
}

type LogCall =
  | 'recentLogs'
  | 'logTopics'
  | 'olderLogs'
  | 'beginLogExport'
  | 'continueLogExport'
  | 'cancelLogExport'
  | 'diagnostics'
  | 'saveDiagnostics';

/** The calls about the log, and what of a node is sent to others. */
export function createLogHandlers(modules: LogHandlerModules): Pick<Handlers<Api>, LogCall> {
  const { logging, archive, chooseFile, onExport, signal } = modules;
  const exports = new LogExports({
    archive,
    chooseFile,
    onDone: (lines) => onExport(sentence('activity.logExported', { count: { count: BigInt(lines) } })),
    logger: logging.logger.child('log'),
    signal,
  });
  signal.addEventListener('abort', () => void exports.close(), { once: true });
  // What is saved is what was shown, not what is so by then.
  let shown: Diagnostics | undefined;
  return {
    recentLogs: ({ limit }) => logging.recent(limit),
    logTopics: () => logging.topics(),
    olderLogs: ({ filter, ...place }) => archive.page(filter, place, { signal }),
    beginLogExport: (wish) => exports.begin(wish),
    continueLogExport: ({ id }) => exports.step(id),
    cancelLogExport: async ({ id }) => {
      await exports.cancel(id);
      return null;
    },
    diagnostics: async () => {
      const { dataDir, snapshot, queueLength } = modules;
      const settings = withoutSecrets(await readSettings(dataDir));
      const { tables } = snapshot();
      const facts = { tables, settings, archive, dataDir, queueLength: queueLength(), nowMs: Date.now() };
      shown = { id: randomUUID(), ...(await makeDiagnostics(facts, { signal })) };
      return shown;
    },
    saveDiagnostics: async ({ id, to }) => {
      if (shown?.id !== id) throw notShown();
      const { name, text } = shown;
      const lines = text.split('\n').length - 1;
      const asksFile = to === 'file' ? chooseFile : undefined;
      const file = await asksFile?.({ title: sentence('ask.saveDiagnostics'), name });
      if (asksFile && file === undefined) return { kind: 'notChosen' };
      if (file !== undefined) await writeExport(file, text);
      onExport(sentence('activity.diagnosticsSaved'));
      return file === undefined ? { kind: 'text', name, text, lines } : { kind: 'written', file, lines };
    },
  };
}

const notShown = () =>
  new ExportError(
    'EXPORT_GONE',
    {},
    { message: 'These diagnostics were replaced by newer ones. Look at those.' },
  );
