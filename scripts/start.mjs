/**
 * Opens the application: in Electron where its binary is there or can be downloaded, else the headless window.
 * A machine without a display or without the binary is a normal case.
 */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap, root, say } from './bootstrap.mjs';
import { electronBinary, electronInstaller } from './electron-binary.mjs';

const args = process.argv.slice(2);
bootstrap();

const reason = args.includes('--headless') ? '' : whyNotElectron();
if (reason === undefined)
  launch(electronBinary(), [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), root, ...args]);
else {
  if (reason)
    say(`Electron not used: ${reason}. Running the headless shell instead; open the URL below in a browser.`);
  launch(process.execPath, [
    join(root, 'out/main/headless.js'),
    ...args.filter((arg) => arg !== '--headless'),
  ]);
}

/** Undefined when Electron can be started; else why not, for one line. */
function whyNotElectron() {
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)
    return 'there is no display';
  if (electronBinary()) return undefined;
  const installer = electronInstaller();
  if (!installer) return 'it is not installed';
  const { stderr } = spawnSync(process.execPath, [installer], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 300_000,
  });
  if (electronBinary()) return undefined;
  const error = /\w*Error: [^\n]+/.exec(stderr ?? '')?.[0] ?? 'the download failed';
  return `its binary is not here and could not be downloaded (${error})`;
}

/** Hands over the terminal; what ends the child ends us, with its code. */
function launch(command, commandArgs) {
  const child = spawn(command, commandArgs, { cwd: process.cwd(), stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // The terminal sends SIGINT to the child as well; the others come to us alone.
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  }
  child.on('error', (error) => say(error.message));
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
