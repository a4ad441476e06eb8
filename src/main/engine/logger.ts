export const logLevels = ['trace', 'debug', 'info', 'notice', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof logLevels)[number];

export type LogFields = Readonly<Record<string, unknown>>;

/**
 * How the engine logs: a constant message and facts beside it. What a value looks like in a text line and in JSON is
 * decided by the formatters of `main/logging`, never by the caller. Secrets are wrapped in `Secret` before they get here.
 */
export interface Logger extends Record<LogLevel, (message: string, fields?: LogFields) => void> {
  /** A logger that adds a topic and fields to every line; inner fields win over outer ones. */
  child(topic: string, fields?: LogFields): Logger;
}

/** For callers that do not care, and for tests. */
export const silentLogger: Logger = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  notice: () => {},
  warn: () => {},
  error: () => {},
  fatal: () => {},
  child: () => silentLogger,
};
