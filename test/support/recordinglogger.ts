import { logLevels, type Logger, type LogFields, type LogLevel } from '../../src/main/engine/logger.ts';

export interface RecordedLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that keeps its lines, those of its children too. */
export function recordingLogger(lines: RecordedLine[] = []): { logger: Logger; lines: RecordedLine[] } {
  const write =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields });
  const levels = Object.fromEntries(logLevels.map((level) => [level, write(level)]));
  const logger: Logger = { ...(levels as Record<LogLevel, Logger['info']>), child: () => logger };
  return { logger, lines };
}
