import type { CID } from 'multiformats/cid';
import { expect, it } from 'vitest';
import { Emitter } from '../../../../src/main/engine/lib/emitter.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { cidText } from '../../../../src/main/engine/network/cids.ts';
import { Announcements } from '../../../../src/main/engine/slots/announcements.ts';
import { aCid } from '../../../support/dhtfixtures.ts';
import { ManualTimers } from '../../../support/manualtimers.ts';
import { settled } from '../../../support/salesfixtures.ts';

it('what is held is announced once, as long as it is held', async () => {
  const told = new Map<string, AbortSignal>();
  let begun = 0;
  const provide = async (cid: CID, { signal }: { signal: AbortSignal }) => {
    begun++;
    told.set(cidText(cid), signal);
  };
  let held = [aCid(1)];
  const onContents = new Emitter<void>();
  const host = { onContents, contents: async () => held };
  const timers = new ManualTimers();
  const announcements = new Announcements({ host, finder: { provide }, logger: silentLogger, timers });
  const now = () => [...told].filter(([, signal]) => !signal.aborted).map(([text]) => text);
  const change = async (contents: CID[]) => {
    held = contents;
    onContents.emit();
    await settled();
  };
  announcements.start();
  await settled();
  expect(now()).toEqual([cidText(aCid(1))]);
  await change([aCid(1), aCid(2)]);
  await change([aCid(1), aCid(2)]);
  expect(now()).toEqual([aCid(1), aCid(2)].map(cidText));
  expect(begun).toBe(2);
  await change([aCid(2)]);
  expect(now()).toEqual([cidText(aCid(2))]);
  await change([aCid(1), aCid(2)]);
  expect(begun).toBe(3);
  // A look that nobody called for: the disk could not be read when it was called for.
  held = [aCid(3)];
  timers.advance(10 * 60_000);
  await settled();
  expect(now()).toEqual([cidText(aCid(3))]);
  await announcements.stop();
  expect(now()).toEqual([]);
  expect(onContents.size).toBe(0);
});
