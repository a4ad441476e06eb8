import { describeError } from '../../../src/main/engine/errors.ts';
import { logLevels, type LogFields, type Logger, type LogLevel } from '../../../src/main/engine/logger.ts';

/** Lines that tell what happened, oldest first. */
export type Trace = string[];

/** Tells what the engine logs that is out of the ordinary. */
export function tracingLogger(note: (line: string) => void): Logger {
  const loud = new Set(['notice', 'warn', 'error', 'fatal']);
  const write =
    (level: LogLevel) =>
    (message: string, { what, error, slotId }: LogFields = {}) => {
      if (!loud.has(level)) return;
      const slot = typeof slotId === 'string' && slotId.slice(2, 8);
      const parts = [message, what, slot, error === undefined ? '' : describeError(error)];
      note(`${level}: ${parts.filter(Boolean).join(' | ')}`);
    };
  const levels = Object.fromEntries(logLevels.map((level) => [level, write(level)]));
  const logger: Logger = { ...(levels as Record<LogLevel, Logger['info']>), child: () => logger };
  return logger;
}
