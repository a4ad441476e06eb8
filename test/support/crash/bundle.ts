import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'vite';

/** The child program for plain Node. Below `node_modules`, so that it finds the database's native part. */
export interface Bundle {
  readonly path: string;
  remove(): Promise<void>;
}

export async function bundleChild(): Promise<Bundle> {
  const root = resolve(import.meta.dirname, '../../..');
  const parent = join(root, 'node_modules/.crash-test');
  await mkdir(parent, { recursive: true });
  const outDir = await mkdtemp(join(parent, 'child-'));
  await build({
    configFile: false,
    logLevel: 'error',
    root,
    // All that is written in JavaScript goes into the one file, which loads in a fraction of the time.
    ssr: { noExternal: true, external: ['classic-level'] },
    build: {
      ssr: true,
      target: 'node20.19',
      outDir,
      emptyOutDir: true,
      rolldownOptions: {
        input: { child: join(import.meta.dirname, 'child.ts') },
        output: { format: 'es', entryFileNames: '[name].mjs' },
      },
    },
  });
  return { path: join(outDir, 'child.mjs'), remove: () => rm(outDir, { recursive: true, force: true }) };
}
