/**
 * Writes the floors of the house into .oxlintrc.json: who may import whom, by folder. One table here, so that a floor
 * is said once; the linter holds it. Run it after a change of the table (a test compares).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const electron = {
  name: 'electron',
  message: 'Only main/shell, main/index.ts and the preload know Electron.',
};
const electronLog = [
  { name: 'electron-log', message: 'Log through main/logging.' },
  { name: 'electron-log/main', message: 'It imports Electron; log through main/logging.' },
  { name: 'electron-log/node', message: 'Only main/logging knows the log library.' },
];

const world = [
  'practice',
  'wallet',
  'networks',
  'control',
  'commands',
  'demo',
  'ipc',
  'web',
  'notices',
  'activity',
  'diagnostics',
  'shell',
  'logging',
  'renderer',
  'preload',
];
const above = {
  lib: [
    'clock',
    'contracts',
    'proofs',
    'market',
    'stores',
    'network',
    'slots',
    'sales',
    'insight',
    'accounts',
  ],
  clock: ['contracts', 'proofs', 'market', 'stores', 'network', 'slots', 'sales', 'insight', 'accounts'],
  contracts: ['clock', 'proofs', 'market', 'stores', 'network', 'slots', 'sales', 'insight', 'accounts'],
  proofs: ['clock', 'contracts', 'market', 'stores', 'network', 'slots', 'sales', 'insight', 'accounts'],
  market: ['proofs', 'stores', 'network', 'slots', 'sales', 'insight', 'accounts'],
  stores: ['proofs', 'market', 'network', 'slots', 'sales', 'insight', 'accounts'],
  network: ['market', 'stores', 'slots', 'sales', 'insight', 'accounts'],
  slots: ['sales', 'insight', 'accounts'],
  sales: ['insight', 'accounts'],
  insight: ['accounts'],
  accounts: ['insight'],
};

/** For each place: the folders it must not import from, packages it must not import, and what it may after all. */
const floors = [
  ...Object.entries(above).map(([folder, higher]) => ({
    files: [`src/main/engine/${folder}/**`],
    folders: [...higher, ...world],
    alsoNot: ['**/node.ts', '**/view.ts'],
    paths: [electron, ...electronLog],
    why: `engine/${folder} imports from its own folder and the floors below.`,
  })),
  {
    files: ['src/main/engine/*.ts'],
    folders: world,
    paths: [electron, ...electronLog],
    why: 'The engine knows nothing of the worlds around it.',
  },
  {
    files: [
      'src/main/{practice,networks,control,commands,ipc,web,demo,notices,activity,diagnostics}/**',
      'src/main/{application,headless,slotkeeper,serve,cli,failure,confirm,settings-file,nodekeeper,exportfile}.ts',
    ],
    folders: ['shell', 'renderer', 'preload'],
    paths: [electron, ...electronLog],
    why: 'Plain Node: nothing of the desktop.',
  },
  {
    files: ['src/main/wallet/**'],
    folders: [
      'shell',
      'renderer',
      'preload',
      'practice',
      'networks',
      'control',
      'commands',
      'demo',
      'ipc',
      'web',
      'logging',
      'clock',
      'proofs',
      'network',
      'slots',
      'sales',
      'insight',
    ],
    alsoNot: ['**/node.ts', '**/view.ts'],
    paths: [electron, ...electronLog],
    why: 'The wallet knows no world around it, and of the engine what signing and keeping files needs.',
  },
  {
    files: ['src/main/logging/**'],
    folders: ['shell', 'renderer', 'preload', 'practice', 'demo', 'ipc', 'web', 'wallet'],
    paths: [electron, ...electronLog.slice(0, 2)],
    why: 'Logging stands below everything that logs.',
  },
  {
    files: ['src/main/shell/**', 'src/main/index.ts'],
    folders: ['renderer', 'preload'],
    paths: electronLog,
    why: 'The shell loads the window, it does not import it.',
  },
  {
    files: ['src/shared/**'],
    folders: ['main', 'renderer', 'preload'],
    paths: [
      electron,
      ...electronLog,
      ...['ethers', 'ws', 'classic-level', 'react'].map((name) => ({ name })),
    ],
    groups: ['node:*'],
    why: 'Shared by both worlds: imports nothing but zod.',
  },
  {
    files: ['src/preload/**'],
    folders: ['main', 'renderer'],
    paths: [...electronLog, { name: 'zod', message: 'No zod in the preload.' }],
    groups: ['node:*'],
    why: 'The preload sees only shared.',
  },
  {
    files: ['src/renderer/**'],
    folders: ['main', 'preload'],
    paths: [electron, ...electronLog, { name: 'zod', message: 'Keep zod out of the window.' }],
    groups: ['node:*'],
    why: 'The renderer sees only shared.',
  },
];

export function floorOverrides() {
  return floors.map(({ files, folders, alsoNot = [], paths, groups = [], why }) => ({
    files,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths,
          patterns: [
            { group: [...folders.map((folder) => `**/${folder}/**`), ...alsoNot, ...groups], message: why },
          ],
        },
      ],
    },
  }));
}

/** The linter's configuration with the floors of the table, as text. */
export function withFloors(text) {
  const config = JSON.parse(text);
  const own = config.overrides.filter((override) => !override.rules?.['no-restricted-imports']);
  return `${JSON.stringify({ ...config, overrides: [...own, ...floorOverrides()] }, null, 2)}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const file = join(resolve(import.meta.dirname, '..'), '.oxlintrc.json');
  writeFileSync(file, withFloors(readFileSync(file, 'utf8')));
}
