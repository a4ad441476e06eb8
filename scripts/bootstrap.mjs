/**
 * What every command needs before it can run, with plain Node and npm only: dependencies by the lock file, a chain for
 * the practice network, a build that is not stale. Each step does nothing when there is nothing to do.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '..');

/** Installs, and builds when `build` is asked for. Progress goes to stderr, so that stdout stays the command's own. */
export function bootstrap({ build = true } = {}) {
  requireNode();
  installDependencies();
  if (build) buildIfStale();
}

/** Runs a command with our node_modules/.bin first on the PATH; ends this process when it fails. */
export function run(command, args, { env = {}, quiet = false, optional = false } = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    // npm is a script on Windows, which only a shell can start.
    shell: process.platform === 'win32',
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['inherit', process.stderr.fd, 'inherit'],
    env: withLocalBin({ ...process.env, ...env }),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status === 0) return result;
  if (quiet && !optional) process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
  if (!optional)
    fail(`"${command} ${args.join(' ')}" failed${result.error ? `: ${result.error.message}` : ''}.`);
  return result;
}

export function withLocalBin(env) {
  const separator = process.platform === 'win32' ? ';' : ':';
  return { ...env, PATH: `${join(root, 'node_modules', '.bin')}${separator}${env.PATH ?? ''}` };
}

export function say(line) {
  process.stderr.write(`${line}\n`);
}

export function fail(line) {
  say(line);
  process.exit(1);
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(
    `Slotkeeper needs Node 20.19 or newer; this is ${process.versions.node}. Install a newer one from your system or nodejs.org.`,
  );
}

function installDependencies() {
  const stamp = join(root, 'node_modules', '.slotkeeper-installed');
  const wanted = digest(readFileSync(join(root, 'package-lock.json')));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Installing dependencies by the lock file (about half a minute) …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { quiet: true });
  installChain();
  writeFileSync(stamp, wanted);
}

/** The lock file carries the chain's binary for Linux on x64. Elsewhere its wrapper is installed beside it, if it can be. */
function installChain() {
  if (process.platform === 'linux' && process.arch === 'x64') return;
  if (
    process.env.SLOTKEEPER_ANVIL ||
    run('anvil', ['--version'], { quiet: true, optional: true }).status === 0
  )
    return;
  const { status } = run(
    'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', '@foundry-rs/anvil@1.7.1'],
    {
      quiet: true,
      optional: true,
    },
  );
  if (status !== 0)
    say('The practice network needs the program "anvil", which could not be installed; put it on the PATH.');
}

function buildIfStale() {
  const stamp = join(root, 'out', '.stamp');
  const wanted = digestOfSources();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Building …');
  run('electron-vite', ['build'], { quiet: true });
  mkdirSync(join(root, 'out'), { recursive: true });
  writeFileSync(stamp, wanted);
}

function digestOfSources() {
  const hash = createHash('sha256');
  for (const file of [
    'package.json',
    'package-lock.json',
    'electron.vite.config.ts',
    ...files('src'),
    ...files('resources'),
  ]) {
    hash.update(file).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

function files(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

function digest(bytes) {
  return createHash('sha256').update(bytes).update(process.version.split('.')[0]).digest('hex');
}
