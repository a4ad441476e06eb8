#!/usr/bin/env node
/** The command for the terminal: looks after a node that runs, or starts one. Installs and builds first when that is due. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap, root, say } from './bootstrap.mjs';

bootstrap();
const child = spawn(process.execPath, [join(root, 'out/main/slotkeeper.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // The terminal sends SIGINT to the child as well; the others come to us alone.
  process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
}
child.on('error', (error) => say(error.message));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
