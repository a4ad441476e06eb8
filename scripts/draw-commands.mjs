// Writes docs/commands.md anew from the help of the program. The program is TypeScript, so its test does the work.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const vitest = resolve(root, 'node_modules/vitest/vitest.mjs');
const args = [vitest, 'run', '--project', 'unit', 'test/main/commands/docs.test.ts'];
const { status } = spawnSync(process.execPath, args, {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, WRITE_DOCS: '1' },
});
process.exit(status ?? 1);
