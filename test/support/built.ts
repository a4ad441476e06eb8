import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build, type InlineConfig } from 'vite';

export interface Built {
  /** Holds `<name>.mjs` for each input. Below `node_modules`, so that the programs find their packages. */
  readonly folder: string;
  readonly remove: () => Promise<void>;
}

/** Builds programs of ours for plain Node, which does not read TypeScript. Input names to paths from the root. */
export async function built(
  input: Readonly<Record<string, string>>,
  { ssr }: Pick<InlineConfig, 'ssr'> = {},
): Promise<Built> {
  const root = resolve(import.meta.dirname, '../..');
  const parent = join(root, 'node_modules/.built-for-tests');
  await mkdir(parent, { recursive: true });
  const outDir = await mkdtemp(join(parent, 'programs-'));
  await build({
    configFile: false,
    logLevel: 'error',
    root,
    ...(ssr && { ssr }),
    build: {
      ssr: true,
      target: 'node20.19',
      outDir,
      emptyOutDir: true,
      rolldownOptions: { input: { ...input }, output: { format: 'es', entryFileNames: '[name].mjs' } },
    },
  });
  return { folder: outDir, remove: () => rm(outDir, { recursive: true, force: true }) };
}
