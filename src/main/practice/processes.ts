import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/** A process that can be told from a later one with the same number: by its name and the time of its start. */
export const processMarkSchema = z.strictObject({ pid: z.int().positive(), identity: z.string().min(1) });
export type ProcessMark = z.output<typeof processMarkSchema>;

/** Undefined when there is no such process, or when it is dead and only waits to be reaped. */
export function markOf(pid: number): ProcessMark | undefined {
  const identity = process.platform === 'linux' ? identityFromProc(pid) : identityFromPs(pid);
  return identity === undefined ? undefined : { pid, identity };
}

export function isAlive(mark: ProcessMark): boolean {
  return markOf(mark.pid)?.identity === mark.identity;
}

/** The process that the file names, if it is still that process. */
export async function readMark(file: string): Promise<ProcessMark | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const mark = processMarkSchema.safeParse(parseJson(text));
  return mark.success && isAlive(mark.data) ? mark.data : undefined;
}

export async function writeMark(file: string, mark: ProcessMark): Promise<void> {
  await writeFile(file, JSON.stringify(mark), { mode: 0o600 });
}

/** Writes the mark only where there is no file yet, whole at once, so that nobody reads half of it. */
export async function claimMark(file: string, mark: ProcessMark): Promise<boolean> {
  const draft = `${file}.${process.pid}-${randomUUID()}`;
  await writeMark(draft, mark);
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Asks the process to end and waits for it; one that has not ended after `patienceMs` is killed. */
export async function endProcess(mark: ProcessMark, { patienceMs = 10_000 } = {}): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!isAlive(mark)) return;
    process.kill(mark.pid, signal);
    for (let waitedMs = 0; waitedMs < patienceMs && isAlive(mark); waitedMs += 25) await sleep(25);
  }
}

/** Ends the process that the file names, if it still runs, and removes the file. True when there was one to end. */
export async function endMarked(file: string): Promise<boolean> {
  const mark = await readMark(file);
  if (mark) await endProcess(mark);
  await rm(file, { force: true });
  return mark !== undefined;
}

function identityFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in parentheses and may itself contain some, hence the last one.
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${name} ${fields[START_TIME]}`;
  } catch {
    return undefined;
  }
}

/** Position of the start time, in ticks since boot, among the fields after the name. */
const START_TIME = 19;

function identityFromPs(pid: number): string | undefined {
  try {
    return (
      execFileSync('ps', ['-o', 'comm=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
    );
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
