import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'vite';

/** The practice daemon as it ships: built for plain Node. Below `node_modules`, so that it finds its packages. */
export interface BuiltDaemon {
  readonly daemonPath: string;
  /** A program that launches the practice network in a folder, prints `ready`, and stays until it is killed. */
  readonly parentPath: string;
  remove(): Promise<void>;
}

export async function buildDaemon(): Promise<BuiltDaemon> {
  const root = resolve(import.meta.dirname, '../..');
  const parent = join(root, 'node_modules/.practice-test');
  await mkdir(parent, { recursive: true });
  const outDir = await mkdtemp(join(parent, 'daemon-'));
  const source = (name: string) => join(root, 'src/main/practice', name);
  await build({
    configFile: false,
    logLevel: 'error',
    root,
    build: {
      ssr: true,
      target: 'node20.19',
      outDir,
      emptyOutDir: true,
      rolldownOptions: {
        input: { daemon: source('daemon.ts'), launch: source('launch.ts') },
        output: { format: 'es' },
      },
    },
  });
  const daemonPath = join(outDir, 'daemon.js');
  const parentPath = join(outDir, 'parent.mjs');
  await writeFile(parentPath, parentProgram(daemonPath));
  return { daemonPath, parentPath, remove: () => rm(outDir, { recursive: true, force: true }) };
}

const parentProgram = (daemonPath: string): string => `
import { launchPractice } from './launch.js';
const logger = Object.fromEntries(['trace', 'debug', 'info', 'notice', 'warn', 'error', 'fatal'].map((level) => [level, () => {}]));
logger.child = () => logger;
const modules = { folder: process.argv[2], logger, daemonPath: ${JSON.stringify(daemonPath)} };
const { signal } = new AbortController();
await launchPractice(modules, { scenario: 'demo', speed: 20, seed: 1, signal });
process.stdout.write('ready\\n');
`;
