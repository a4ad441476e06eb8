import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import { resolve } from 'node:path';

const root = import.meta.dirname;

/**
 * One build serves both worlds: `index` is the desktop's entry, `headless` the same node under plain Node, `slotkeeper`
 * the commands for either, `practice` the practice network as a process of its own, `libp2pthread` the thread in which
 * libp2p runs. The target is Node 20, so that all but the desktop run there.
 */
export default defineConfig({
  main: {
    build: {
      target: 'node20.19',
      outDir: 'out/main',
      externalizeDeps: true,
      rolldownOptions: {
        input: {
          index: resolve(root, 'src/main/index.ts'),
          headless: resolve(root, 'src/main/headless.ts'),
          slotkeeper: resolve(root, 'src/main/slotkeeper.ts'),
          practice: resolve(root, 'src/main/practice/daemon.ts'),
          libp2pthread: resolve(root, 'src/main/engine/network/transports/libp2pthread.ts'),
        },
        output: { format: 'es' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: resolve(root, 'src/preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: resolve(root, 'src/renderer'),
    plugins: [react()],
    build: {
      outDir: resolve(root, 'out/renderer'),
      minify: 'oxc',
      rolldownOptions: { input: resolve(root, 'src/renderer/index.html') },
    },
  },
});
