import { spawnSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withFloors } from '../../scripts/floors.mjs';

const root = resolve(import.meta.dirname, '../..');
let planted: string;

/** A tree of its own with our configuration, so that what is planted never stands in ours. */
beforeAll(() => {
  planted = mkdtempSync(join(tmpdir(), 'slotkeeper-floors-'));
  for (const name of ['.oxlintrc.json', 'tsconfig.base.json', 'package.json']) {
    writeFileSync(join(planted, name), readFileSync(join(root, name)));
  }
  const tsconfig = {
    extends: './tsconfig.base.json',
    compilerOptions: { types: ['node'], lib: ['ES2023'] },
    include: ['src'],
  };
  writeFileSync(join(planted, 'tsconfig.json'), JSON.stringify(tsconfig));
  symlinkSync(join(root, 'node_modules'), join(planted, 'node_modules'));
});

afterAll(() => rmSync(planted, { recursive: true, force: true }));

/** What the linter says of `files`, and whether it lets them pass. */
function lint(files: Record<string, string>): { passes: boolean; output: string } {
  rmSync(join(planted, 'src'), { recursive: true, force: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(planted, path)), { recursive: true });
    writeFileSync(join(planted, path), text);
  }
  const { status, stdout } = spawnSync(join(root, 'node_modules/.bin/oxlint'), ['--deny-warnings', 'src'], {
    cwd: planted,
    encoding: 'utf8',
  });
  return { passes: status === 0, output: stdout };
}

const imports = (specifier: string) =>
  `import * as other from '${specifier}';\nexport const names = Object.keys(other);\n`;

describe('the floors', () => {
  const allowed = {
    'src/main/engine/sales/sales.ts': imports('../slots/host.ts'),
    'src/main/engine/slots/host.ts': imports('../stores/slotstore.ts'),
    'src/main/engine/stores/slotstore.ts': imports('../lib/mutex.ts'),
    'src/main/engine/lib/mutex.ts': 'export const mutex = 1;\n',
    'src/main/shell/tray.ts': "import { app } from 'electron';\nexport const quit = () => app.quit();\n",
  };

  test('imports downwards pass', () => {
    const { passes, output } = lint(allowed);
    expect(output).not.toContain('no-restricted-imports');
    expect(passes, output).toBe(true);
  });

  test.each([
    ['a library file that knows the market', 'src/main/engine/lib/x.ts', '../market/market.ts'],
    ['proofs that know the network', 'src/main/engine/proofs/x.ts', '../network/cids.ts'],
    ['a store that knows the network', 'src/main/engine/stores/x.ts', '../network/exchange.ts'],
    ['a sale that knows why there were not more', 'src/main/engine/sales/x.ts', '../insight/whynot.ts'],
    ['a market that knows the sales', 'src/main/engine/market/x.ts', '../sales/sales.ts'],
    [
      'an engine part that knows the practice network',
      'src/main/engine/sales/x.ts',
      '../../practice/launch.ts',
    ],
    ['an engine part that knows the node above it', 'src/main/engine/sales/x.ts', '../node.ts'],
    ['an engine part that knows the wallet', 'src/main/engine/market/x.ts', '../../wallet/wallet.ts'],
    ['a wallet that imports Electron', 'src/main/wallet/x.ts', 'electron'],
    ['a wallet that knows the sales', 'src/main/wallet/x.ts', '../engine/sales/sales.ts'],
    ['a wallet that knows the calls of a window', 'src/main/wallet/x.ts', '../ipc/router.ts'],
    ['an engine part that imports Electron', 'src/main/engine/market/x.ts', 'electron'],
    ['the headless shell that imports Electron', 'src/main/web/x.ts', 'electron'],
    ['the web server that knows the shell', 'src/main/web/x.ts', '../shell/window.ts'],
    ['a file that goes past the logging proxy', 'src/main/engine/sales/x.ts', 'electron-log/node'],
    ['shared code that imports Node', 'src/shared/x.ts', 'node:fs'],
    ['shared code that imports main', 'src/shared/x.ts', '../main/engine/errors.ts'],
    ['a renderer that imports main', 'src/renderer/src/x.ts', '../../main/engine/errors.ts'],
    ['a renderer that imports zod', 'src/renderer/src/x.ts', 'zod'],
    ['a preload that imports zod', 'src/preload/x.ts', 'zod'],
  ])('%s fails the check', (_what, path, specifier) => {
    const { passes, output } = lint({ [path]: imports(specifier) });
    expect(output).toContain('no-restricted-imports');
    expect(passes).toBe(false);
  });

  test('a circle of imports fails the check', () => {
    const { passes, output } = lint({
      'src/main/engine/lib/a.ts': "import { b } from './b.ts';\nexport const a = () => b;\n",
      'src/main/engine/lib/b.ts': "import { a } from './a.ts';\nexport const b = () => a;\n",
    });
    expect(output).toContain('no-cycle');
    expect(passes).toBe(false);
  });

  test('a floating promise fails the check', () => {
    const { passes, output } = lint({
      'src/main/engine/lib/a.ts': 'const work = async () => {};\nexport function start() {\n  work();\n}\n',
    });
    expect(output).toContain('no-floating-promises');
    expect(passes).toBe(false);
  });

  test('the configuration holds what the table says', () => {
    const text = readFileSync(join(root, '.oxlintrc.json'), 'utf8');
    expect(JSON.parse(text)).toEqual(JSON.parse(withFloors(text)));
  });
});
