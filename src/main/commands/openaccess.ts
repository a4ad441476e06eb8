import { isIP } from 'node:net';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../cli.ts';
import { addCommand, does, type CommandWorld, type Options, type Running } from './command.ts';
import { SecretInput } from './secrets.ts';
import { factsText } from './table.ts';
import { choiceOf, wholeOf } from './values.ts';

/** From where the window of a headless node is opened, and who gets its figures. */
export function addOpenAccess(program: Command, world: CommandWorld): void {
  const access = program
    .command('access')
    .description('from where the window of a headless node is opened, and who gets its figures');

  does(addCommand(access, 'show', 'what is set'), world, 'folder', showAccess);

  const open = addCommand(
    access,
    'open <address>',
    'serve the window to other computers on this address (0.0.0.0: on all), with a password',
  )
    .option('--port <n>', 'the port', '8420')
    .option('--name <host...>', 'names by which browsers call this computer, beside its address')
    .option('--cert <file>', 'a certificate (PEM), so that what is sent is encrypted')
    .option('--key <file>', 'its key (PEM)')
    .option('--password-file <file>', 'where the password stands');
  does(open, world, 'folder', openAccess);

  const close = addCommand(access, 'close', 'serve the window to this computer only');
  does(close, world, 'folder', async (running) => {
    await running.client.closeAccess({});
    running.show({ access: null }, () =>
      `The window is served to this computer only. ${whenText(running)}`.trim(),
    );
  });

  const metrics = addCommand(
    access,
    'metrics <to>',
    'figures for a monitoring system at /metrics: to nobody, here (this computer only) or token',
  );
  does(metrics, world, 'folder', setMetrics);
}

async function openAccess(running: Running, [host = '']: readonly string[], options: Options): Promise<void> {
  if (isIP(host) === 0) throw new UsageError(`An address is wanted, such as 192.168.1.20, not "${host}".`);
  const port = wholeOf('--port', textOf(options, 'port') ?? '', { min: 1, max: 65_535 });
  const [certFile, keyFile] = [textOf(options, 'cert'), textOf(options, 'key')];
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new UsageError('--cert and --key belong together.');
  const names = Array.isArray(options['name']) ? options['name'].map(String) : [];
  const secrets = new SecretInput(running.terminal, { signal: running.signal });
  const password = await secrets.next({
    what: 'A password for the window',
    flag: '--password-file',
    file: textOf(options, 'passwordFile'),
    isNew: true,
  });
  const tls =
    certFile !== undefined && keyFile !== undefined
      ? { tls: { certFile: resolve(certFile), keyFile: resolve(keyFile) } }
      : {};
  await running.working(
    'Setting the password',
    running.client.openAccess({ host, port, names, password, ...tls }),
  );
  if (certFile === undefined)
    running.terminal.say(
      'Not encrypted: whoever is on the way can read the password. Name --cert and --key.',
    );
  const shown = { host, port, names, isEncrypted: certFile !== undefined };
  running.show(shown, () =>
    `The window is served on ${host}, port ${port}, with the password. ${whenText(running)}`.trim(),
  );
}

async function setMetrics(running: Running, [text = '']: readonly string[]): Promise<void> {
  const to = choiceOf('metrics', text, ['nobody', 'here', 'token'] as const);
  const { token } = await running.client.setMetrics({ to });
  const said = token === undefined ? '' : `\nAuthorization: Bearer ${token}\nIt is shown this once.`;
  running.show({ to, ...(token !== undefined && { token }) }, () =>
    `metrics: ${to}${said}\n${whenText(running)}`.trim(),
  );
}

async function showAccess({ client, show }: Running): Promise<void> {
  const { access, metrics } = await client.settings({});
  const to = metrics === undefined ? 'nobody' : metrics.tokenSha256 === undefined ? 'here' : 'token';
  const shown = access && {
    host: access.host,
    port: access.port,
    names: access.names,
    isEncrypted: access.tls !== undefined,
  };
  show({ access: shown ?? null, metrics: to }, () =>
    factsText([
      ['window', access ? `${access.host}, port ${access.port}, with a password` : 'this computer only'],
      ['names', access && access.names.length > 0 ? access.names.join(', ') : undefined],
      ['encrypted', access && (access.tls ? `with ${access.tls.certFile}` : 'no')],
      ['metrics', to],
    ]),
  );
}

const whenText = ({ isRunning }: Running): string =>
  isRunning ? 'It counts from the next start of the node on.' : '';

const textOf = (options: Options, name: string): string | undefined => {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
};
