import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const program = resolve(import.meta.dirname, '../../out/main/slotkeeper.js');

/** Runs a command against the node of this data folder, over whatever way into it that node has. Answers with its JSON. */
export async function command(dataDir: string, ...args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    program,
    ...args,
    '--data',
    dataDir,
    '--json',
  ]);
  return JSON.parse(stdout);
}
