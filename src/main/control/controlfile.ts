import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Secret } from '../engine/lib/secret.ts';

/** How commands of the same account reach the node of a data folder. */
export interface ControlInfo {
  /** `http://127.0.0.1:` and a port. */
  readonly url: string;
  readonly token: Secret;
  readonly pid: number;
  readonly startedAtMs: number;
  readonly version: string;
}

/** Tells commands where the node is, in a file that no other account can read. */
export async function writeControlFile(dataDir: string, info: ControlInfo): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const path = pathIn(dataDir);
  const temporary = `${path}.${info.pid}.new`;
  await rm(temporary, { force: true });
  // `wx`: whoever put a file or a link there meanwhile does not get to read what we write.
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ ...info, token: info.token.reveal() }, null, 1)}\n`);
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** Undefined when there is none that can be read, or the process that wrote it is gone. */
export async function readControlFile(dataDir: string): Promise<ControlInfo | undefined> {
  const info = controlSchema.safeParse(await jsonIn(pathIn(dataDir))).data;
  return info && isAlive(info.pid) ? { ...info, token: new Secret(info.token) } : undefined;
}

/** Takes the file away, if it is still the one with this token. */
export async function removeControlFile(dataDir: string, token: Secret): Promise<void> {
  const info = controlSchema.safeParse(await jsonIn(pathIn(dataDir))).data;
  if (info?.token === token.reveal()) await rm(pathIn(dataDir), { force: true });
}

const pathIn = (dataDir: string) => join(dataDir, 'control.json');

const controlSchema = z.object({
  url: z.string().regex(/^http:\/\/127\.0\.0\.1:\d{1,5}$/),
  token: z.string().regex(/^[\w-]{20,200}$/),
  pid: z.int().positive(),
  startedAtMs: z.int().nonnegative(),
  version: z.string(),
});

async function jsonIn(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** A number may have gone to another process since: only an answer to the token tells. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
