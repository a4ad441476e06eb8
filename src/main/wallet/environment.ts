import { Secret } from '../engine/lib/secret.ts';

/** What the environment gives a node that nobody sits at. */
export interface EnvironmentSecrets {
  /** SLOTKEEPER_PASSPHRASE: opens the wallet. */
  readonly passphrase?: Secret;
  /** SLOTKEEPER_PASSPHRASE_FILE: the path of a file that holds it. */
  readonly passphraseFile?: string;
  /** SLOTKEEPER_PRIVATE_KEY: sells without a wallet. */
  readonly privateKey?: Secret;
}

/**
 * Takes the secrets out of the environment, so that no process we start inherits them. Whatever the system keeps of the
 * environment this process was started with (on Linux for its owner to read, in /proc) is out of reach: a key file or the
 * system's key store are better.
 */
export function takeEnvironmentSecrets(env: NodeJS.ProcessEnv = process.env): EnvironmentSecrets {
  const passphrase = taken(env, 'SLOTKEEPER_PASSPHRASE');
  const passphraseFile = taken(env, 'SLOTKEEPER_PASSPHRASE_FILE');
  const privateKey = taken(env, 'SLOTKEEPER_PRIVATE_KEY');
  return {
    ...(passphrase !== undefined && { passphrase: new Secret(passphrase) }),
    ...(passphraseFile !== undefined && { passphraseFile }),
    ...(privateKey !== undefined && { privateKey: new Secret(privateKey) }),
  };
}

/** One that is set to nothing counts as not set. */
function taken(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name];
  delete env[name];
  return value === '' ? undefined : value;
}
