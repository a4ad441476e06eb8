/**
 * Benchmarks: `npm run bench` runs all of `bench/`, `npm run bench -- slotqueue` those whose name begins so. Each is
 * bundled (plain Node 20 reads no TypeScript) and run in a process of its own that may collect garbage when it likes.
 * They print ratios to a limit measured in the same run, and assert nothing.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap, fail, root, say } from './bootstrap.mjs';

bootstrap({ build: false });
const wanted = process.argv.slice(2);
const names = readdirSync(join(root, 'bench'))
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length))
  .filter((name) => wanted.length === 0 || wanted.some((word) => name.startsWith(word)))
  .sort();
if (names.length === 0) fail(`No benchmark is called ${wanted.join(' or ')}; see the folder bench.`);

// Below the root, so that packages are found; they are not bundled, and run as they do in the product.
const folder = mkdtempSync(join(root, 'node_modules', '.bench-'));
let failed = 0;
try {
  await bundle();
  for (const name of names) {
    process.stdout.write(`\n${name}\n`);
    const { status } = spawnSync(process.execPath, ['--expose-gc', join(folder, `${name}.js`)], {
      stdio: 'inherit',
    });
    if (status === 0) continue;
    failed += 1;
    say(`The benchmark ${name} ended with an error.`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed === 0 ? 0 : 1);

async function bundle() {
  const { build } = await import('vite');
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: true,
      target: 'node20.19',
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      copyPublicDir: false,
      rolldownOptions: {
        input: Object.fromEntries(names.map((name) => [name, join(root, 'bench', `${name}.bench.ts`)])),
        output: { format: 'es', entryFileNames: '[name].js' },
      },
    },
  });
}
