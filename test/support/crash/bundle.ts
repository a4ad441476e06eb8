import { join } from 'node:path';
import { built } from '../built.ts';

/** The child program for plain Node. */
export interface Bundle {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

/** All that is written in JavaScript goes into the one file, which loads in a fraction of the time. */
export async function bundleChild(): Promise<Bundle> {
  const { folder, remove } = await built(
    { child: 'test/support/crash/child.ts' },
    { ssr: { noExternal: true, external: ['classic-level'] } },
  );
  return { path: join(folder, 'child.mjs'), remove };
}
