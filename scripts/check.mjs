/** Types, floors and lint, format, unused code. Says all that is wrong, then fails. */
import { bootstrap, run, say } from './bootstrap.mjs';

bootstrap({ build: false });
/** @type {[string, string, string[]][]} */
const steps = [
  ['types (node)', 'tsc', ['-p', 'tsconfig.node.json']],
  ['types (web)', 'tsc', ['-p', 'tsconfig.web.json']],
  ['types (end to end)', 'tsc', ['-p', 'tsconfig.e2e.json']],
  ['lint and floors', 'oxlint', ['--deny-warnings', '.']],
  ['format', 'prettier', ['--check', '--log-level=warn', '.']],
  ['unused code', 'knip', ['--no-progress']],
];
let failed = 0;
for (const [name, command, args] of steps) {
  const { status, stdout, stderr } = run(command, args, { quiet: true, optional: true });
  say(`${status === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  if (status !== 0) {
    failed += 1;
    say(`${stdout ?? ''}${stderr ?? ''}`);
  }
}
process.exit(failed === 0 ? 0 : 1);
