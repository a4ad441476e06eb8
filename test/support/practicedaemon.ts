import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { built } from './built.ts';

/** The practice daemon as it ships: built for plain Node. */
export interface BuiltDaemon {
  readonly daemonPath: string;
  /** A program that launches the practice network in a folder, prints `ready`, and stays until it is killed. */
  readonly parentPath: string;
  readonly remove: () => Promise<void>;
}

export async function buildDaemon(): Promise<BuiltDaemon> {
  const { folder, remove } = await built({
    daemon: 'src/main/practice/daemon.ts',
    launch: 'src/main/practice/launch.ts',
  });
  const daemonPath = join(folder, 'daemon.mjs');
  const parentPath = join(folder, 'parent.mjs');
  await writeFile(parentPath, parentProgram(daemonPath));
  return { daemonPath, parentPath, remove };
}

const parentProgram = (daemonPath: string): string => `
import { launchPractice } from './launch.mjs';
const logger = Object.fromEntries(['trace', 'debug', 'info', 'notice', 'warn', 'error', 'fatal'].map((level) => [level, () => {}]));
logger.child = () => logger;
const modules = { folder: process.argv[2], logger, daemonPath: ${JSON.stringify(daemonPath)} };
const { signal } = new AbortController();
await launchPractice(modules, { family: 'direct', exchange: 'tcp', peers: 'told', scenario: 'demo', speed: 20, seed: 1, signal });
process.stdout.write('ready\\n');
`;
