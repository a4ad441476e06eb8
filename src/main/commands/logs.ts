import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { openExport } from '../exportfile.ts';
import { untilAborted } from '../engine/lib/abort.ts';
import { logLevels } from '../engine/logger.ts';
import { LogArchive } from '../logging/archive.ts';
import { exportedLine, recordOf, type LogRecord } from '../logging/records.ts';
import { addCommand, does, type CommandWorld, type Options, type Running } from './command.ts';
import { fits, recordText, type WantedRecords } from './logrecords.ts';
import { mustBeFree, newFileError } from './newfile.ts';
import { choiceOf, wholeOf } from './values.ts';

export function addLogs(program: Command, world: CommandWorld): void {
  const logs = program.command('logs').description('what the node has written down; --json prints NDJSON');

  const show = withFilter(
    addCommand(logs, 'show', 'the newest lines, with or without a node that runs'),
  ).option('--limit <n>', 'so many at most', '100');
  does(show, world, 'folder', async (running, _args, options) => {
    const limit = wholeOf('--limit', String(options.limit), { min: 1, max: 1_000_000 });
    for (const record of await newest(running, filterOf(options), limit)) printRecord(running, record);
  });

  const follow = withFilter(addCommand(logs, 'follow', 'lines as they are written, until interrupted'));
  does(follow, world, 'node', async (running, _args, options) => followLog(running, filterOf(options)));

  const exported = withFilter(
    addCommand(
      logs,
      'export <file>',
      'all lines there are as NDJSON, each with time, level, topics, message and fields; "-" prints them',
    ),
  );
  does(exported, world, 'folder', async (running, [file = ''], options) =>
    exportLog(running, file, filterOf(options)),
  );
}

function withFilter(command: Command): Command {
  return command
    .option('--level <level>', `that or graver: ${logLevels.join(', ')}`)
    .option('--topic <topic...>', 'of one of these parts, e.g. sales market')
    .option('--slot <id>', 'that name this slot; its beginning is enough')
    .option('--request <id>', 'that name this request');
}

function filterOf({ level, topic, slot, request }: Options): WantedRecords {
  const ids = [slot, request].filter((id) => typeof id === 'string');
  return {
    ...(typeof level === 'string' && { level: choiceOf('--level', level, logLevels) }),
    ...(Array.isArray(topic) && { topics: topic.map(String) }),
    ids,
  };
}

/** The files are read rather than the node asked: they reach further back. */
async function newest(
  { dataDir, signal }: Running,
  filter: WantedRecords,
  limit: number,
): Promise<LogRecord[]> {
  const kept: LogRecord[] = [];
  for await (const record of recordsOf(dataDir, signal)) {
    if (!fits(record, filter)) continue;
    kept.push(record);
    if (kept.length >= 2 * limit) kept.splice(0, kept.length - limit);
  }
  return kept.slice(-limit);
}

async function followLog(running: Running, filter: WantedRecords): Promise<void> {
  const { onEvent, closed, signal, terminal } = running;
  const stop = onEvent('log', (lines) => {
    for (const { json } of lines) {
      const record = recordOf(json);
      if (record && fits(record, filter)) printRecord(running, record);
    }
  });
  try {
    await untilAborted(closed, signal);
    terminal.say('The node has ended.');
  } finally {
    stop();
  }
}

async function exportLog(running: Running, file: string, filter: WantedRecords): Promise<void> {
  const { dataDir, signal, terminal, show } = running;
  const records = recordsOf(dataDir, signal);
  if (file === '-') {
    for await (const record of records) if (fits(record, filter)) terminal.print(exportedLine(record));
    return;
  }
  // Never over something that is there already.
  const path = resolve(file);
  await mustBeFree(path);
  const output = await openExport(path, { mayReplace: false });
  let lines = 0;
  try {
    let waiting = '';
    for await (const record of records) {
      if (!fits(record, filter)) continue;
      waiting += `${exportedLine(record)}\n`;
      lines += 1;
      if (waiting.length < CHARACTERS_AT_ONCE) continue;
      await output.write(waiting);
      waiting = '';
      terminal.showProgress(`${lines} lines …`);
    }
    await output.write(waiting);
    await output.finish().catch((error: unknown) => {
      throw newFileError(error, path);
    });
  } finally {
    terminal.showProgress('');
    await output.discard();
  }
  show({ file, lines }, () => `${lines} lines written to ${file}`);
}

const CHARACTERS_AT_ONCE = 500_000;

const recordsOf = (dataDir: string, signal: AbortSignal) =>
  new LogArchive({ folder: join(dataDir, 'logs') }).records({ signal });

function printRecord({ isJson, terminal }: Running, record: LogRecord): void {
  terminal.print(isJson ? record.json : recordText(record));
}
